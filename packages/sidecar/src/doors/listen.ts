import type { AddressInfo, Server } from 'node:net';
import { PaiError } from '@pai/core';

/** A place to listen on; port 0 is any free one. */
export interface ListenAddress {
  readonly address: string;
  readonly port: number;
}

/** Reads `ADDR:PORT`, `[ADDR6]:PORT` or `PORT` (loopback). Throws `usage` naming `option`. */
export function parseListen(text: string, option: string): ListenAddress {
  const match = /^(?:(?:\[([0-9a-f:.%]+)\]|([^:[\]]+)):)?(\d{1,5})$/i.exec(text.trim());
  const port = Number(match?.[3]);
  if (match === null || port > 65_535) {
    throw new PaiError(
      'usage',
      `${option} ${JSON.stringify(text)} is not an address and a port; write 127.0.0.1:8443 or [::1]:8443`,
    );
  }
  return { address: match[1] ?? match[2] ?? '127.0.0.1', port };
}

/** `ADDR:PORT`, with brackets around IPv6. */
export function formatListen({ address, port }: ListenAddress): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}

/** Starts `server`. Rejects with `address_in_use` and a sentence that says which door wanted which address. */
export async function listen(server: Server, at: ListenAddress, door: string): Promise<ListenAddress> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once('error', reject);
  server.listen({ host: at.address, port: at.port }, resolve);
  try {
    await promise;
  } catch (thrown) {
    throw cannotListen(thrown as NodeJS.ErrnoException, at, door);
  }
  // From here on an error is an accept that failed (too many files): it concerns one connection, not the process.
  server.off('error', reject).on('error', () => {});
  const bound = server.address() as AddressInfo;
  return { address: at.address, port: bound.port };
}

function cannotListen(error: NodeJS.ErrnoException, at: ListenAddress, door: string): PaiError {
  const place = formatListen(at);
  if (error.code === 'EADDRINUSE') {
    return new PaiError(
      'address_in_use',
      `the ${door} door cannot listen on ${place}: the port is taken; stop what uses it or choose another`,
      { cause: error },
    );
  }
  if (error.code === 'EACCES') {
    return new PaiError(
      'address_in_use',
      `the ${door} door may not listen on ${place}: ports below 1024 need privileges; choose a higher one`,
      { cause: error },
    );
  }
  return new PaiError(
    'address_in_use',
    `the ${door} door cannot listen on ${place} (${error.code ?? error.message}); choose an address of this machine`,
    { cause: error },
  );
}
