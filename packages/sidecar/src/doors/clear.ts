import type { Socket } from 'node:net';
import { type Authority, parseAuthority } from '@pai/core';
import { type AgentServer, type AgentServerOptions, createH1Server } from '../agent/h1.ts';

/** What serving in clear needs to know. */
export type ClearOptions = Pick<AgentServerOptions, 'agent' | 'onMalformed' | 'deadlines'> & {
  readonly engine: { readonly handle: AgentServerOptions['handle'] };
};

/** Serves connections in clear that are for a host which Providers answer for themselves. */
export interface ClearServer extends Pick<AgentServer, 'close'> {
  accept(socket: Socket, authority: Authority): void;
}

/** HTTP/1.1 in clear. Every request of a connection is for the authority that it was handed over for, or is refused. */
export function createClearServer({ engine, ...options }: ClearOptions): ClearServer {
  const named = new WeakMap<Socket, Authority>();
  const server = createH1Server({
    ...options,
    handle: engine.handle,
    connectionOf: (socket) => named.get(socket) ?? { host: undefined, port: 80 },
  });
  return {
    accept(socket, authority) {
      // It would never say that it closes.
      if (socket.destroyed) return;
      named.set(socket, authority);
      server.accept(socket);
      // Whoever looked at its first bytes has paused it.
      socket.resume();
    },
    close: () => server.close(),
  };
}

/**
 * The authority, at port 80 unless it names another, in the head of the HTTP/1.1 request that a connection begins with; the number of bytes it takes to
 * know more; or undefined for anything else.
 */
export function readClearAuthority(bytes: Buffer): Authority | number | undefined {
  const text = bytes.toString('latin1');
  const end = text.indexOf('\r\n\r\n');
  if (!/^[A-Z]{1,20}(?: \/| ?$)/.test(text)) return undefined;
  if (end === -1) return bytes.length < mostHead ? bytes.length + 1 : undefined;
  const [first, ...others] = [...text.slice(0, end).matchAll(/\r\nhost:[ \t]*([^\r\n]*)/gi)];
  if (first === undefined || others.length > 0) return undefined;
  try {
    return parseAuthority((first[1] ?? '').trim(), 80);
  } catch {
    return undefined;
  }
}

/** What a metadata service is asked with is short. */
const mostHead = 8_192;
