import { constants } from 'node:crypto';
import { once } from 'node:events';
import { rm, writeFile } from 'node:fs/promises';
import net, { type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import tls from 'node:tls';
import { PaiError } from '@pai/core';
import { expect, onTestFinished, test, vi } from 'vitest';
import { loadCa } from '../src/ca.ts';
import { createConnect, dialInTurn } from '../src/upstream/connect.ts';
import { createTrust } from '../src/upstream/trust.ts';

const authority = { host: 'api.example.com', port: 443 };

/** A way to connect, and what a service needs that it trusts. */
async function startTrust(timeout = 5_000) {
  const ca = loadCa();
  const file = join(tmpdir(), `pai-connect-${process.pid}-${Math.random()}.pem`);
  await writeFile(file, ca.certificatePem);
  onTestFinished(() => rm(file, { force: true }));
  const { cert, key } = ca.leafFor(authority.host);
  return { cert, key, connect: createConnect({ secureContext: createTrust(file), timeout }) };
}

async function place(server: net.Server) {
  server.on('tlsClientError', () => {}).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  return { address: '127.0.0.1', port: (server.address() as AddressInfo).port };
}

test('a session that the service fails to resume is offered once, and not for ever', async () => {
  const { cert, key, connect } = await startTrust();
  const known = new Set<string>();
  const server = tls.createServer(
    { cert, key, maxVersion: 'TLSv1.2', secureOptions: constants.SSL_OP_NO_TICKET },
    (socket) => void socket.on('error', () => {}),
  );
  server.on('newSession', (id: Buffer, _data, done: () => void) => {
    known.add(id.toString('hex'));
    done();
  });
  server.on('resumeSession', (id: Buffer, done: (error: Error | null, data: null) => void) =>
    done(known.has(id.toString('hex')) ? new Error('lost') : null, null),
  );
  const there = await place(server);
  const outcomes: string[] = [];
  for (let i = 0; i < 3; i += 1) {
    const socket = await connect(authority, [there], 'http/1.1').catch(() => undefined);
    outcomes.push(socket === undefined ? 'failed' : 'connected');
    socket?.destroy();
  }
  expect(known.size).toBe(2);
  expect(outcomes).toEqual(['connected', 'failed', 'connected']);
});

test('an address that says nothing leaves time for the next', async () => {
  const { cert, key, connect } = await startTrust(1_000);
  const silent = await place(net.createServer((socket) => void socket.on('error', () => {})));
  const alive = await place(tls.createServer({ cert, key }));
  const socket = await connect(authority, [silent, silent, alive], 'http/1.1');
  expect(socket.remotePort).toBe(alive.port);
  socket.destroy();
  await expect(connect(authority, [silent], 'http/1.1')).rejects.toMatchObject({ code: 'upstream_timeout' });
});

const closing = () => net.createServer((socket) => void socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'));
test.each<[string, (identity: tls.TlsOptions) => net.Server]>([
  ['speaks plain HTTP', closing],
  [
    'wants a client certificate',
    (identity) => tls.createServer({ ...identity, requestCert: true, maxVersion: 'TLSv1.2' }),
  ],
  [
    'has an old TLS',
    (identity) =>
      tls.createServer({
        ...identity,
        minVersion: 'TLSv1',
        maxVersion: 'TLSv1.1',
        ciphers: 'ALL@SECLEVEL=0',
      }),
  ],
])('a service that %s is not said to have a bad certificate', async (_what, start) => {
  const { cert, key, connect } = await startTrust();
  const connecting = connect(authority, [await place(start({ cert, key }))], 'http/1.1');
  await expect(connecting).rejects.toMatchObject({
    code: 'upstream_untrusted',
    message: expect.stringMatching(/^api\.example\.com does not agree on TLS \(ERR_SSL_\S+\); /),
  });
});

test('all addresses are tried though the clock is set', async () => {
  const places = ['192.0.2.1', '192.0.2.2'].map((address) => ({ address, port: 443 }));
  const { now } = Date;
  onTestFinished(() => void vi.restoreAllMocks());
  const reached = await dialInTurn(
    { host: 'api.example.com', destinations: places, timeout: 10_000 },
    async ({ address }) => {
      if (address === '192.0.2.2') return address;
      vi.spyOn(Date, 'now').mockImplementation(() => now() + 3_600_000);
      throw new PaiError('upstream_unreachable', 'nobody is there');
    },
  );
  expect(reached).toBe('192.0.2.2');
});
