import { writeFile } from 'node:fs/promises';
import https from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { loadCa } from '@pai/sidecar';
import { onTestFinished } from 'vitest';

/** A service that knows one token, and the flags that lead a sidecar to it. */
export async function startService(
  host: string,
  token: string,
  directory: string,
): Promise<readonly string[]> {
  const ca = loadCa();
  const caFile = join(directory, 'service-ca.pem');
  await writeFile(caFile, ca.certificatePem);
  const { cert, key } = ca.leafFor(host);
  const server = https.createServer({ cert, key }, (req, res) => {
    const isKnown = req.headers.authorization === `Bearer ${token}`;
    res
      .writeHead(isKnown ? 200 : 401, { 'content-type': 'text/plain' })
      .end(isKnown ? `hello from ${req.url}` : 'no');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return ['--upstream', `${host}=127.0.0.1:${port}`, '--upstream-ca', caFile];
}
