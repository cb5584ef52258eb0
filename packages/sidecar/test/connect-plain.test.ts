import { once } from 'node:events';
import net, { type AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { createPlainConnect } from '../src/upstream/connect-plain.ts';

const authority = { host: 'web.example.com', port: 443 };

async function listening() {
  const server = net.createServer((socket) => socket.destroy()).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  return { address: '127.0.0.1', port: (server.address() as AddressInfo).port };
}

/** A port that was free a moment ago. */
async function refusing() {
  const server = net.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return { address: '127.0.0.1', port };
}

test('an address that cannot be reached is passed over for the next', async () => {
  const [dead, alive] = [await refusing(), await listening()];
  const socket = await createPlainConnect(5_000)(authority, [dead, alive], 'http/1.1');
  expect(socket.remotePort).toBe(alive.port);
  socket.destroy();
});

test('the last failure is told, without an address', async () => {
  const connecting = createPlainConnect(5_000)(authority, [await refusing(), await refusing()], 'http/1.1');
  await expect(connecting).rejects.toMatchObject({
    code: 'upstream_unreachable',
    message: 'web.example.com cannot be reached (ECONNREFUSED)',
  });
});

test('a host without an address cannot be reached', async () => {
  const connecting = createPlainConnect(5_000)(authority, [], 'http/1.1');
  await expect(connecting).rejects.toThrow('web.example.com has no address');
});
