import { readFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import type { Server } from 'node:tls';
import { realToken } from '../exchange.ts';
import type { Certificate } from '../site.ts';

/** The certificates of an upstream by name, as its one argument holds them. */
export function readIdentity(): { readonly name: string; readonly cert: Buffer; readonly key: Buffer }[] {
  const [text = '{}'] = process.argv.slice(2);
  const certificates = JSON.parse(text) as Record<string, Certificate>;
  return Object.entries(certificates).map(([name, { certFile, keyFile }]) => ({
    name,
    cert: readFileSync(certFile),
    key: readFileSync(keyFile),
  }));
}

/** Whether there is exactly one credential, and it is the real one. */
export function isGenuine(authorizations: readonly string[]): boolean {
  const [first, ...others] = authorizations;
  return others.length === 0 && first !== undefined && first.replace(/^(?:Bearer|token) /, '') === realToken;
}

/** Listens with every certificate, tells the parent the port, and ends with the parent. */
export function serve(server: Server): void {
  for (const { name, cert, key } of readIdentity()) server.addContext(name, { cert, key });
  server.listen({ host: '127.0.0.1', port: 0, backlog: 8_192 }, () =>
    process.send?.((server.address() as AddressInfo).port),
  );
  process.on('disconnect', () => process.exit());
}
