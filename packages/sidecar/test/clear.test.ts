import { once } from 'node:events';
import net, { type AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { createClearServer, readClearAuthority } from '../src/doors/clear.ts';

test.each(['G', 'GET', 'GET ', 'GET /', 'GET /x HTTP/1.1\r\nHost: 169.254.169.254\r\n'])(
  'a head that has come as far as %j may still name its host',
  (text) => {
    expect(readClearAuthority(Buffer.from(text))).toBe(text.length + 1);
  },
);

test('a connection that broke before it is handed over is not kept', async () => {
  const server = net.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const agent = net.connect((server.address() as AddressInfo).port, '127.0.0.1');
  const [socket] = (await once(server, 'connection')) as [net.Socket];
  server.close();
  socket.destroy();
  await once(socket, 'close');
  const clear = createClearServer({ agent: undefined, onMalformed: () => {}, engine: { handle: () => {} } });
  clear.accept(socket, { host: '169.254.169.254', port: 80 });
  expect(socket.listenerCount('close')).toBe(0);
  agent.destroy();
});
