import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import net, { type AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { createPlainConnect } from '../src/upstream/connect-plain.ts';
import { startRig } from './engine/rig.ts';

/** Timers of the kernel for the connections to `port` of loopback: 2 is the one that asks (proc(5), /proc/net/tcp). */
async function timersTo(port: number): Promise<number[]> {
  const remote = `0100007F:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  const rows = (await readFile('/proc/net/tcp', 'latin1')).split('\n').map((row) => row.trim().split(/\s+/));
  return rows.filter((row) => row[2] === remote).map((row) => Number.parseInt(row[5] ?? '', 16));
}

const isLinux = process.platform === 'linux';

test.runIf(isLinux)('a service that is silent is asked for by TCP', async () => {
  const rig = await startRig({ answer: () => {} });
  const agent = await rig.line();
  agent.send('GET / HTTP/1.1\r\nHost: api.example.com\r\n\r\n');
  await expect.poll(() => rig.service.requests.length).toBe(1);
  await expect.poll(() => timersTo(rig.service.port)).toEqual([2]);
});

test.runIf(isLinux)('so is the far end of a tunnel', async () => {
  const server = net.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  const connect = createPlainConnect(5_000);
  const destination = { address: '127.0.0.1', port };
  const socket = await connect({ host: 'web.example.com', port: 443 }, [destination], 'http/1.1');
  await expect.poll(() => timersTo(port)).toEqual([2]);
  socket.destroy();
});
