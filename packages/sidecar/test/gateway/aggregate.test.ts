import type { Socket } from 'node:net';
import { expect, test, vi } from 'vitest';
import { createLazyAggregate } from '../../src/gateway/lazy-aggregate.ts';
import { trackerProvider } from '../engine/mcp-server.ts';
import { type Received, reply } from '../engine/service.ts';
import { type GatewayRigOptions, startGatewayRig } from './rig.ts';

interface Message {
  readonly id?: number;
  readonly method?: string;
  readonly params?: { readonly name?: string };
}

interface StartOptions extends Pick<GatewayRigOptions, 'gateway'> {
  readonly hasSessions?: boolean;
}

const provider = (access = '{enabled: true}', transport = 'http') =>
  trackerProvider({
    ...{ name: 'tracker', transport, path: '/mcp' },
    tools: '{}',
    more: `  externalAccess: ${access}\n`,
  });

const types = 'Content-Type: application/json\r\nAccept: application/json, text/event-stream\r\n';
const nothing = 'Content-Length: 0';

/** `/mcp` before a server that answers what it must. `answer` comes first: true when it has answered. */
async function start(
  answer: (message: Message | undefined, socket: Socket, request: Received) => boolean,
  { hasSessions = false, gateway = {} }: StartOptions = {},
) {
  let sessions = 0;
  const rig = await startGatewayRig({
    providers: [provider()],
    gateway,
    answer(request, socket) {
      const text = request.body.toString();
      const message = text === '' ? undefined : (JSON.parse(text) as Message);
      if (answer(message, socket, request)) return;
      if (message === undefined) return reply(socket, `HTTP/1.1 405 No\r\n${nothing}`);
      if (message.id === undefined) return reply(socket, `HTTP/1.1 202 Accepted\r\n${nothing}`);
      const isOpening = hasSessions && message.method === 'initialize';
      if (isOpening) sessions += 1;
      const field = isOpening ? `Mcp-Session-Id: s${sessions}\r\n` : '';
      tell(socket, { id: message.id, ...resultOf(message) }, field);
    },
  });
  const key = await rig.key('laptop', ['tracker']);
  const ask = async (method: string, params: object) => {
    const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method, params });
    const line = await rig.line();
    line.send(
      `POST /mcp HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${key}\r\n${types}Content-Length: ${body.length}\r\n\r\n${body}`,
    );
    return line;
  };
  const asked = async (method: string, params: object) =>
    (await (await ask(method, params)).response())?.body.toString() ?? '';
  const call = (name: string) => ({ name: `tracker__${name}`, arguments: {} });
  return {
    rig,
    key,
    list: () => asked('tools/list', {}),
    call: (name: string) => asked('tools/call', call(name)),
    begin: (name: string) => ask('tools/call', call(name)),
    /** Requests that have a text in them. */
    received: (text: string) => rig.service.requests.filter(({ body }) => body.includes(`"${text}"`)),
  };
}

function resultOf({ method, params }: Message): object {
  if (method === 'initialize') {
    const serverInfo = { name: 's', version: '1' };
    return { result: { protocolVersion: '2025-06-18', capabilities: { tools: {} }, serverInfo } };
  }
  if (method === 'tools/list')
    return { result: { tools: [{ name: 'quick', inputSchema: { type: 'object' } }] } };
  if (method === 'tools/call')
    return { result: { content: [{ type: 'text', text: `${params?.name} is done` }] } };
  return { error: { code: -32_601, message: 'Method not found' } };
}

function tell(socket: Socket, message: object, fields = ''): void {
  const body = JSON.stringify({ jsonrpc: '2.0', ...message });
  reply(
    socket,
    `HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n${fields}Content-Length: ${body.length}`,
    body,
  );
}

function tellEvents(socket: Socket, events: string): void {
  reply(
    socket,
    `HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nContent-Length: ${events.length}`,
    events,
  );
}

const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

test('a call that its client gives up leaves the others of the key alone', async () => {
  let release = () => {};
  let answering: Socket | undefined;
  const { call, begin, received } = await start((message, socket) => {
    if (message?.params?.name === 'endless') {
      answering = socket;
      socket.write(
        'HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n',
      );
      return true;
    }
    if (message?.params?.name === 'slow') {
      release = () => tell(socket, { id: message.id, ...resultOf(message) });
      return true;
    }
    return false;
  });
  expect(await call('quick')).toContain('quick is done');
  const slow = call('slow');
  const endless = await begin('endless');
  await vi.waitFor(() => expect([received('slow').length, received('endless').length]).toEqual([1, 1]));
  endless.socket.destroy();
  await vi.waitFor(() => expect(received('notifications/cancelled')).toHaveLength(1));
  release();
  expect(await slow).toContain('slow is done');
  expect(received('initialize')).toHaveLength(1);
  // The server has said nothing to that.
  await vi.waitFor(() => expect(answering?.destroyed).toBe(true));
  expect(await call('quick')).toContain('quick is done');
});

test('a session that the server has forgotten is opened anew, and whoever used it meanwhile is not cut off', async () => {
  let forgotten = false;
  const late: (() => void)[] = [];
  const { call, received } = await start(
    (message, socket) => {
      if (message?.method === 'initialize') forgotten = false;
      if (message?.method !== 'tools/call' || !forgotten) return false;
      const refuse = () => reply(socket, `HTTP/1.1 404 Not Found\r\n${nothing}`);
      if (message.params?.name === 'late') late.push(refuse);
      else refuse();
      return true;
    },
    { hasSessions: true },
  );
  expect(await call('quick')).toContain('quick is done');
  forgotten = true;
  const slow = call('late');
  await vi.waitFor(() => expect(late).toHaveLength(1));
  expect(await call('other')).toContain('other is done');
  late[0]?.();
  expect(await slow).toContain('late is done');
  expect(await call('last')).toContain('last is done');
  expect(received('initialize')).toHaveLength(2);
});

test('a session that is used no longer is ended, so that its server need not keep a process for it', async () => {
  const { rig, begin, received } = await start(({ params } = {}) => params?.name === 'endless', {
    hasSessions: true,
  });
  const endless = await begin('endless');
  await vi.waitFor(() => expect(received('endless')).toHaveLength(1));
  endless.socket.destroy();
  const ended = () =>
    rig.service.requests
      .filter(({ method }) => method === 'DELETE')
      .map(({ fields }) => fields.find(([name]) => name.toLowerCase() === 'mcp-session-id')?.[1]);
  await vi.waitFor(() => expect(ended()).toEqual(['s1']));
});

test('limits that have changed hold for connections that are kept', async () => {
  const { rig, call } = await start(() => false);
  expect(await call('quick')).toContain('quick is done');
  await rig.apply(provider('{enabled: true, maxRequestsPerDay: 1}'));
  await vi.waitFor(() => expect(rig.logs.join()).toContain('configuration 2'));
  expect(await call('quick')).toContain('quick is done');
  expect(await call('quick')).toContain('has had its 1 requests of today');
});

test('a server is not asked for a stream of its own, which it could end again and again', async () => {
  const { rig, list } = await start((message, socket) => {
    if (message !== undefined) return false;
    tellEvents(socket, 'id: 1\nretry: 0\ndata\n\n');
    return true;
  });
  expect(await list()).toContain('tracker__quick');
  await pause(300);
  expect(rig.service.requests.filter(({ method }) => method === 'GET')).toEqual([]);
});

test.each([0, 9_999_999_999])(
  'the rest of an answer is not asked for at once, whatever the server says: retry %i',
  async (retry) => {
    const { rig, begin } = await start((message, socket) => {
      if (message !== undefined && message.method !== 'tools/call') return false;
      tellEvents(socket, `id: 1\nretry: ${retry}\ndata\n\n`);
      return true;
    });
    const line = await begin('quick');
    await pause(1_500);
    expect(rig.service.requests.filter(({ method }) => method === 'GET').length).toBeLessThanOrEqual(1);
    line.socket.destroy();
  },
);

test('a server of the older transport that ends its stream is not asked again and again', async () => {
  const { rig, call, received } = await start((message, socket) => {
    if (message !== undefined) return false;
    tellEvents(socket, 'id: 1\nretry: 0\nevent: endpoint\ndata: /messages?s=1\n\n');
    return true;
  });
  await rig.apply(provider('{enabled: true}', 'sse'));
  await vi.waitFor(() => expect(rig.logs.join()).toContain('configuration 2'));
  expect(await call('quick')).toContain('"error"');
  await pause(300);
  expect(rig.service.requests.filter(({ method }) => method === 'GET')).toHaveLength(1);
  expect(received('initialize').length).toBeLessThanOrEqual(1);
});

test('what a server says of an error is read to a limit, and is one line of the log', async () => {
  let written = 0;
  const { rig, list } = await start((message, socket) => {
    if (message?.method !== 'tools/list') return false;
    socket.write('HTTP/1.1 500 Oops\r\nContent-Type: text/plain\r\nTransfer-Encoding: chunked\r\n\r\n');
    const go = () => {
      written += 65_536;
      if (!socket.destroyed && written < 1 << 28)
        socket.write(`10000\r\n${'a\nb\u001b'.repeat(16_384)}\r\n`, () => setImmediate(go));
    };
    go();
    return true;
  });
  expect(await list()).toContain('"tools":[]');
  expect(written).toBeLessThan(1 << 24);
  const line = rig.logs.find((one) => one.includes('its tools are not in /mcp'));
  expect(line).toMatch(/^[\x20-\x7e]{50,400}$/);
});

test('a server whose list has no end is left out, before it fills the memory', async () => {
  const description = 'x'.repeat(3 << 20);
  const { rig, list, received } = await start(({ id, method } = {}, socket) => {
    const pages = received('tools/list').length;
    if (method !== 'tools/list') return false;
    const tools = [{ name: `t${pages}`, description, inputSchema: { type: 'object' } }];
    tell(socket, { id, result: { nextCursor: String(pages), tools } });
    return true;
  });
  expect(await list()).toContain('"tools":[]');
  expect(received('tools/list')).toHaveLength(6);
  expect(rig.logs.join('\n')).toContain('its tools are not in /mcp now: its list is longer than 16777216');
});

test('an answer that its client is slow to take is not cut off by the end of the gateway', async () => {
  const { rig, begin } = await start((message, socket) => {
    if (message?.method !== 'tools/call') return false;
    tell(socket, { id: message.id, result: { content: [{ type: 'text', text: 'x'.repeat(8 << 20) }] } });
    return true;
  });
  const line = await begin('quick');
  line.socket.pause();
  await vi.waitFor(async () => expect(await rig.auditText()).toContain('"actions":["quick"]'));
  const closed = rig.gateway.close(10_000);
  await pause(200);
  line.socket.resume();
  expect((await line.response())?.body.length).toBeGreaterThan(8 << 20);
  await closed;
});

test('what cannot be read is a refusal in the audit log too', async () => {
  const { rig, key } = await start(() => false);
  expect((await rig.ask({ key, method: 'post', path: '/mcp', body: '{}' })).status).toBe(400);
  expect(await rig.audit(1)).toMatchObject([
    { agent: 'access-key/laptop', decision: 'refuse', rule: 'malformed_request', status: 400 },
  ]);
});

test('nothing is answered while the audit log cannot be written', async () => {
  const { rig, list } = await start(() => false, { gateway: { auditLog: '/dev/full' } });
  await vi.waitFor(async () => expect(await list()).toContain('audit'));
  rig.service.forget();
  expect(await list()).toContain('audit');
  expect(rig.service.requests).toHaveLength(0);
});

test('what cannot be loaded now is tried again, and the request is refused with a line of the audit log', async () => {
  let tries = 0;
  const refused: string[] = [];
  const handle = (exchange: { read: () => unknown }) => {
    try {
      exchange.read();
    } catch (thrown) {
      refused.push((thrown as Error).message);
    }
  };
  const options = { runtime: { engine: { handle } }, log: () => {} };
  const aggregate = createLazyAggregate(options as never, () => {
    tries += 1;
    return Promise.reject(new Error('EMFILE'));
  });
  const exchange = { facts: () => ({}), start: () => {} };
  for (const count of [1, 2]) {
    aggregate.serve(exchange as never, { name: 'laptop' } as never, []);
    await vi.waitFor(() => expect(refused).toHaveLength(count));
  }
  expect(tries).toBe(2);
  expect(refused[0]).toBe('/mcp cannot be served; the log says why');
});
