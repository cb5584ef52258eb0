import { once } from 'node:events';
import net, { type AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { createTunnel } from '../src/doors/tunnel.ts';
import type { Engine } from '../src/engine.ts';

test('a host that is claimed while it is dialled gets no tunnel', async () => {
  const seen: string[] = [];
  const service = net.createServer((socket) => socket.on('data', (chunk) => seen.push(String(chunk))));
  const left = new Promise((resolve) => {
    service.once('connection', (socket) => socket.on('error', () => {}).once('close', resolve));
  });
  service.listen(0, '127.0.0.1');
  onTestFinished(() => void service.close());
  await once(service, 'listening');
  const { port } = service.address() as AddressInfo;
  let isClaimed = false;
  const tunnel = createTunnel({
    engine: { note: () => {} } as unknown as Engine,
    audit: { obstacle: () => undefined },
    isClaimed: () => isClaimed,
    resolveHost: async () => {
      isClaimed = true;
      return [{ address: '127.0.0.1', port }];
    },
    agent: undefined,
  });
  onTestFinished(() => tunnel.destroy());
  const agent = new net.Socket();
  const connecting = tunnel.connect({ host: 'api.example.com', port: 443 }, agent, Buffer.from('hello'));
  await expect(connecting).rejects.toThrow('a Provider that claims api.example.com has just been attached');
  await left;
  expect(seen).toEqual([]);
});
