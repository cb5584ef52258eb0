import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import https from 'node:https';
import type { AddressInfo } from 'node:net';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { type ClientOptions as SocketOptions, WebSocket, WebSocketServer } from 'ws';
import { loadCa } from '../../src/ca.ts';
import { canaries, httpProvider, type Rig, startRig } from './rig.ts';
import { switching } from './switching.ts';

/** A WebSocket server as its package has it, that says back what it hears. */
async function startWebSocketServer(perMessageDeflate: boolean) {
  const ca = loadCa();
  const server = https.createServer(ca.leafFor('api.example.com'));
  const requests: IncomingMessage[] = [];
  const sockets = new WebSocketServer({ server, perMessageDeflate });
  sockets.on('connection', (socket, request) => {
    requests.push(request);
    socket.on('message', (data, isBinary) => {
      if (String(data) === 'goodbye') socket.close(4_001, 'as you say');
      else socket.send(data, { binary: isBinary });
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    for (const socket of sockets.clients) socket.terminate();
    server.close();
  });
  return { ca: ca.certificatePem, port: (server.address() as AddressInfo).port, requests };
}

async function startSwitchingRig(provider: string, perMessageDeflate = true) {
  const server = await startWebSocketServer(perMessageDeflate);
  const upstreamCa = `/tmp/pai-ws-${process.pid}-${server.port}.pem`;
  await writeFile(upstreamCa, server.ca);
  const overrides = new Map([['api.example.com', { address: '127.0.0.1', port: server.port }]]);
  const rig = await startRig({ providers: [provider], sidecar: { overrides, upstreamCa } });
  return { rig, server };
}

type ClientOptions = SocketOptions & { readonly protocol?: string };

function open({ sidecar }: Rig, path: string, options: ClientOptions = {}): WebSocket {
  const port = sidecar.addresses.listen[0]?.port;
  const { protocol = [], ...others } = options;
  const socket = new WebSocket(`wss://api.example.com:${port}${path}`, protocol, {
    ca: sidecar.ca.certificatePem,
    lookup: (_host, _options, done) => done(null, [{ address: '127.0.0.1', family: 4 }]),
    ...others,
  });
  onTestFinished(() => socket.terminate());
  return socket;
}

async function echo(socket: WebSocket, message: string | Buffer): Promise<string | Buffer> {
  const answered = once(socket, 'message');
  socket.send(message);
  const [data, isBinary] = (await answered) as [Buffer, boolean];
  return isBinary ? data : data.toString();
}

describe('a WebSocket by the package ws on both sides', () => {
  test.each([true, false])('works with permessage-deflate: %s', async (isDeflated) => {
    const { rig, server } = await startSwitchingRig(switching, isDeflated);
    const socket = open(rig, '/chat?room=1', {
      headers: { authorization: 'Bearer pai-placeholder-api' },
      protocol: 'chat',
    });
    await once(socket, 'open');
    expect(socket.extensions.includes('permessage-deflate')).toBe(isDeflated);
    expect(await echo(socket, 'hello')).toBe('hello');
    const large = Buffer.alloc(3 << 20, 'pai');
    expect(large.equals((await echo(socket, large)) as Buffer)).toBe(true);
    const ponged = once(socket, 'pong');
    socket.ping('are you there');
    expect(String((await ponged)[0])).toBe('are you there');
    const closed = once(socket, 'close');
    socket.send('goodbye');
    expect((await closed).map(String)).toEqual(['4001', 'as you say']);
    const [request] = server.requests;
    expect(request?.headers['authorization']).toBe(`Bearer ${canaries.api}`);
    expect(request?.url).toBe('/chat?room=1');
    const [event] = await rig.audit(1);
    expect(event).toMatchObject({ decision: 'allow', method: 'GET', path: '/chat', status: 101 });
    expect(event?.error).toBeUndefined();
    expect(event?.bytes_in).toBeGreaterThan(10);
    expect(event?.bytes_out).toBeGreaterThan(10);
    if (!isDeflated) expect(event?.bytes_in).toBeGreaterThan(large.length);
    await rig.expectNoCanary();
  });

  test.each([
    ['a Provider that does not allow it', httpProvider('api'), '/chat', {}, 'upgrade_refused'],
    ['a path that the policy denies', switching, '/forbidden/chat', {}, 'policy.httpRules[0]'],
    [
      'a placeholder where no credential belongs',
      switching,
      '/chat',
      { headers: { 'Sec-WebSocket-Protocol': 'pai-placeholder-api' } },
      'placeholder_misplaced',
    ],
    ['a placeholder in the query', switching, '/chat?token=pai-placeholder-api', {}, 'placeholder_misplaced'],
  ])('is refused for %s', async (_name, provider, path, options, rule) => {
    const { rig, server } = await startSwitchingRig(provider);
    const [error] = await once(open(rig, path, options), 'error');
    expect(String(error)).toContain('403');
    expect(server.requests).toEqual([]);
    const [event] = await rig.audit(1);
    expect(event).toMatchObject({ status: 403, rule });
    await rig.expectNoCanary(String(error));
  });

  test('a hundred at once carry their own messages', async () => {
    const { rig } = await startSwitchingRig(switching);
    const sockets = Array.from({ length: 100 }, (_, i) => open(rig, `/chat/${i}`));
    await Promise.all(sockets.map((socket) => once(socket, 'open')));
    const answers = await Promise.all(sockets.map((socket, i) => echo(socket, `message ${i}`)));
    expect(answers).toEqual(sockets.map((_, i) => `message ${i}`));
    for (const socket of sockets) socket.close();
    await vi.waitFor(() =>
      expect(sockets.every(({ readyState }) => readyState === WebSocket.CLOSED)).toBe(true),
    );
    await rig.audit(100);
  });
});
