import { Readable } from 'node:stream';
import * as undici7 from 'undici';
import * as undici8 from 'undici-8';
import { expect, test } from 'vitest';
import { loadCa } from '../../src/ca.ts';
import { fieldsOfDispatch } from '../../src/embed/undici-content.ts';
import { canaries, startRig } from '../engine/rig.ts';
import { reply, startService } from '../engine/service.ts';
import { valuesOf } from '../engine/strict-message.ts';
import { startInterceptor } from './stage.ts';

const url = 'https://api.example.com/v1';

/** A `fetch` whose every request goes through `intercept`. */
function fetchThrough(
  undici: Pick<typeof undici7, 'Agent' | 'fetch'>,
  intercept: undici7.Dispatcher.DispatcherComposeInterceptor,
) {
  const dispatcher = new undici.Agent().compose(intercept);
  return (at: string, init: undici7.RequestInit = {}) => undici.fetch(at, { ...init, dispatcher });
}

const clients = [
  ['undici 7', undici7],
  ['undici 8', undici8 as unknown as typeof undici7],
  ["Node's own fetch", { Agent: undici7.Agent, fetch: globalThis.fetch as unknown as typeof undici7.fetch }],
] as const;

test.each(clients)(
  '%s sends every kind of content, with the real token, and reads the answer',
  async (_name, client) => {
    const rig = await startRig();
    const { intercept, audit } = await startInterceptor(rig);
    const fetch = fetchThrough(client, intercept);
    const form = new ('FormData' in client ? (client as typeof undici7).FormData : FormData)();
    form.append('a', '1');
    form.append('file', new Blob(['content']), 'x.txt');
    const contents: [string, undici7.BodyInit | null, RegExp][] = [
      ['nothing', null, /^$/],
      ['text', 'hello', /^hello$/],
      ['bytes', new Uint8Array([104, 105]), /^hi$/],
      ['a blob', new Blob(['blob']), /^blob$/],
      ['parameters', new URLSearchParams({ a: 'b c' }), /^a=b\+c$/],
      ['a form', form as undici7.FormData, /name="file"; filename="x.txt"[\s\S]*content/],
      ['a stream', new Blob(['streamed']).stream() as undici7.BodyInit, /^streamed$/],
    ];
    for (const [name, body, expected] of contents) {
      rig.service.forget();
      const response = await fetch(url, { method: 'POST', body, duplex: 'half' });
      expect({ name, status: response.status, text: await response.text() }).toEqual({
        name,
        status: 200,
        text: 'ok',
      });
      const [request] = rig.service.requests;
      expect(request?.body.toString()).toMatch(expected);
      expect(valuesOf(request?.fields ?? [], 'authorization')).toEqual([`Bearer ${canaries.api}`]);
    }
    const lines = await audit(contents.length);
    expect(new Set(lines.map(({ decision }) => decision))).toEqual(new Set(['allow']));
  },
);

test.each(clients)('%s gets denials as answers of the service', async (_name, client) => {
  const rig = await startRig();
  const { intercept, audit } = await startInterceptor(rig);
  const response = await fetchThrough(client, intercept)('https://api.github.com/repos/myorg/repo-a', {
    method: 'DELETE',
  });
  expect(response.status).toBe(403);
  expect(await response.json()).toMatchObject({ message: expect.stringContaining('admin:repos:delete') });
  expect(rig.service.requests).toEqual([]);
  expect(await audit(1)).toMatchObject([
    { decision: 'deny', rule: 'policy.deny[0]', provider: 'github-writer' },
  ]);
});

test('request, stream and pipeline of undici work, and a query beside the path is judged', async () => {
  const rig = await startRig();
  const { intercept, audit } = await startInterceptor(rig);
  const agent = new undici7.Agent().compose(intercept);
  const got = await agent.request({
    origin: 'https://api.example.com',
    path: '/v1',
    method: 'GET',
    query: { a: '1' },
  });
  expect(await got.body.text()).toBe('ok');
  expect(rig.service.requests[0]?.target).toBe('/v1?a=1');
  const chunks: Buffer[] = [];
  const { Writable } = await import('node:stream');
  await agent.stream(
    { origin: 'https://api.example.com', path: '/v1', method: 'PUT', body: Readable.from(['a', 'b']) },
    () => new Writable({ write: (chunk, _encoding, done) => done(void chunks.push(chunk) as undefined) }),
  );
  expect(Buffer.concat(chunks).toString()).toBe('ok');
  expect(rig.service.requests[1]?.body.toString()).toBe('ab');
  await audit(2);
});

test('the dispatcher that it is composed with never sees the request, the less the credential', async () => {
  const rig = await startRig();
  const { intercept } = await startInterceptor(rig, { egress: 'pass' });
  const seen: string[] = [];
  const spy: undici7.Dispatcher.DispatcherComposeInterceptor = (next) => (request, handler) => {
    seen.push(`${request.origin}`);
    return next(request, handler);
  };
  const lax = new undici7.Agent({ connect: { rejectUnauthorized: false } }).compose(spy).compose(intercept);
  expect((await undici7.fetch(url, { dispatcher: lax })).status).toBe(200);
  expect(seen).toEqual([]);
});

test('a service whose certificate no trusted CA has signed gets no credential, and no request', async () => {
  const rig = await startRig();
  const { cert, key } = loadCa().leafFor('api.example.com');
  const impostor = await startService({ cert, key });
  const overrides = new Map([['api.example.com', { address: '127.0.0.1', port: impostor.port }]]);
  const { intercept, audit } = await startInterceptor(rig, { overrides });
  const response = await fetchThrough(undici7, intercept)(url);
  expect(response.status).toBe(502);
  expect(await audit(1)).toMatchObject([{ error: 'upstream_untrusted' }]);
  expect(impostor.received().length).toBe(0);
});

test('a host that nobody claims is refused, or passed on without a credential and written down', async () => {
  const rig = await startRig();
  const plain = await startService(undefined);
  const at = `http://127.0.0.1:${plain.port}/x?secret=1`;
  const strict = await startInterceptor(rig);
  expect((await fetchThrough(undici7, strict.intercept)(at)).status).toBe(403);
  expect(await strict.audit(1)).toMatchObject([{ decision: 'refuse', rule: 'egress_denied', path: '/x' }]);
  expect(plain.requests).toEqual([]);
  const open = await startInterceptor(rig, { egress: 'pass' });
  expect((await fetchThrough(undici7, open.intercept)(at)).status).toBe(200);
  expect(await open.audit(1)).toMatchObject([{ decision: 'tunnel', rule: 'egress', path: '/x' }]);
  expect(JSON.stringify(plain.requests)).not.toContain('canary');
});

test.each([
  ['http in place of https', { origin: 'http://api.example.com' }, 'plain_http_refused'],
  ['another Host than the URL', { headers: { host: 'api.github.com' } }, 'misdirected_request'],
  ['two queries', { path: '/v1?a=1', query: { b: '2' } }, 'malformed_request'],
  [
    'content that is longer than it says',
    { body: 'ab', headers: { 'content-length': '1' } },
    'malformed_request',
  ],
  ['a switch of protocols', { upgrade: 'websocket' }, 'upgrade_refused'],
])('%s is refused before the service hears of it, whatever is passed on', async (_what, change, rule) => {
  const rig = await startRig();
  const { intercept, audit } = await startInterceptor(rig, { egress: 'pass' });
  const agent = new undici7.Agent().compose(intercept);
  const ended = new Promise((resolve) => {
    agent.dispatch(
      {
        origin: 'https://api.example.com',
        path: '/v1',
        method: 'GET',
        ...change,
      } as undici7.Dispatcher.DispatchOptions,
      {
        onRequestStart: () => {},
        onResponseEnd: resolve,
        onResponseError: resolve,
      },
    );
  });
  await ended;
  expect(await audit(1)).toMatchObject([{ decision: 'refuse', rule }]);
  expect(rig.service.requests).toEqual([]);
});

test.each<[string, unknown]>([
  ['a list', ['x-a', '1', 'x-b', ['2', '3']]],
  [
    'pairs',
    [
      ['x-a', '1'],
      ['x-b', ['2', '3']],
    ],
  ],
  ['an object', { 'x-a': '1', 'x-b': ['2', '3'], 'x-c': undefined }],
  [
    'a map',
    new Map<string, unknown>([
      ['x-a', '1'],
      ['x-b', ['2', '3']],
    ]),
  ],
])('fields are read out of %s, each with one value or several', (_what, headers) => {
  expect(fieldsOfDispatch(headers)).toEqual(['x-a', '1', 'x-b', '2', 'x-b', '3']);
});

test.each([
  ['more', ['abcd', 'efgh']],
  ['less', ['a']],
])(
  'streamed content of %s than its Content-Length never reaches the service as a whole request',
  async (_what, parts) => {
    const rig = await startRig();
    const { intercept, audit } = await startInterceptor(rig);
    const agent = new undici7.Agent().compose(intercept);
    const sent = agent.request({
      origin: 'https://api.example.com',
      path: '/v1',
      method: 'PUT',
      headers: { 'content-length': '6' },
      body: Readable.from(parts),
    });
    await sent.then(
      ({ body, statusCode }) => body.text().then(() => expect(statusCode).toBe(400)),
      () => {},
    );
    expect(await audit(1)).toMatchObject([{ error: 'malformed_request' }]);
    expect(rig.service.requests).toEqual([]);
  },
);

test('content that fails on the way is the fault of the request', async () => {
  const rig = await startRig();
  const { intercept, audit } = await startInterceptor(rig);
  const agent = new undici7.Agent().compose(intercept);
  async function* content() {
    yield 'a';
    throw new Error('the disk is gone');
  }
  const at = { origin: 'https://api.example.com', path: '/v1', method: 'PUT' as const };
  const { statusCode } = await agent.request({ ...at, body: Readable.from(content()) });
  expect(statusCode).toBe(400);
  expect(await audit(1)).toMatchObject([
    { error: 'malformed_request', reason: expect.stringContaining('failed before its end') },
  ]);
  expect(rig.service.requests).toEqual([]);
});

test.each([
  ['an iterable', (content: AsyncGenerator<string>) => content],
  ['a stream over one', (content: AsyncGenerator<string>) => Readable.from(content)],
])(
  'a request that is aborted while %s that has stopped is read leaves its line at once',
  async (_what, bodyOf) => {
    const rig = await startRig();
    const { intercept, audit } = await startInterceptor(rig);
    const agent = new undici7.Agent().compose(intercept);
    const controller = new AbortController();
    async function* content() {
      yield '{"query":';
      setImmediate(() => controller.abort());
      await new Promise(() => {});
    }
    const at = { origin: 'https://api.github.com', path: '/graphql', method: 'POST' as const };
    const body = bodyOf(content()) as Readable;
    await expect(agent.request({ ...at, body, signal: controller.signal })).rejects.toThrow();
    expect(await audit(1)).toMatchObject([{ path: '/graphql', status: 0, error: 'agent_gone' }]);
  },
);

test.each(clients.slice(0, 2))(
  'a retry interceptor of %s outside of it tries again, and each time is judged',
  async (_name, { Agent }) => {
    const interceptors = (Agent === undici7.Agent ? undici7 : undici8)
      .interceptors as typeof undici7.interceptors;
    let count = 0;
    const rig = await startRig({
      answer: (_request, socket) => {
        count += 1;
        reply(socket, `HTTP/1.1 ${count === 1 ? 503 : 200} X\r\nContent-Length: 0`);
      },
    });
    const { intercept, audit } = await startInterceptor(rig);
    const agent = new Agent().compose(intercept, interceptors.retry({ minTimeout: 1 }));
    const { statusCode } = await agent.request({
      origin: 'https://api.example.com',
      path: '/v1',
      method: 'GET',
    });
    expect(statusCode).toBe(200);
    await audit(2);
  },
);

test("a fetch that does not fit the dispatcher's undici is refused before anything is sent", async () => {
  const rig = await startRig();
  const { intercept } = await startInterceptor(rig);
  const dispatcher = new undici8.Agent().compose(intercept as never) as unknown as undici7.Dispatcher;
  const sent = undici7.fetch(url, { dispatcher });
  await expect(sent).rejects.toMatchObject({ cause: { code: 'usage' } });
  expect(rig.service.requests).toEqual([]);
});

test('an answer streams with backpressure, and a program that aborts closes the connection to the service', async () => {
  const size = 64 * 1024 ** 2;
  let written = 0;
  const rig = await startRig({
    answer: (_request, socket) => {
      socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${size}\r\n\r\n`);
      const more = () => {
        while (written < size && socket.write(Buffer.alloc(64 * 1024))) written += 64 * 1024;
      };
      socket.on('drain', () => {
        written += 64 * 1024;
        more();
      });
      more();
    },
  });
  const { intercept, audit } = await startInterceptor(rig);
  const stop = new AbortController();
  const response = await fetchThrough(undici7, intercept)(url, { signal: stop.signal });
  const reader = response.body?.getReader();
  await reader?.read();
  const looks = [-1];
  const isStill = () => {
    looks.push(written);
    return looks.at(-1) === looks.at(-2);
  };
  await expect.poll(() => isStill(), { interval: 200 }).toBe(true);
  expect(written).toBeLessThan(size / 2);
  stop.abort();
  await expect.poll(() => rig.service.open()).toBe(0);
  expect(await audit(1)).toMatchObject([{ error: 'agent_gone', status: 200 }]);
});

test('the credential is masked where the service repeats it, and a response that is cut off is an error', async () => {
  let count = 0;
  const rig = await startRig({
    answer: (_request, socket) => {
      count += 1;
      if (count === 1)
        return reply(socket, `HTTP/1.1 200 OK\r\nContent-Length: ${canaries.api.length}`, canaries.api);
      socket.end('HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\nhalf');
    },
  });
  const { intercept, audit } = await startInterceptor(rig);
  const fetch = fetchThrough(undici7, intercept);
  expect(await (await fetch(url)).text()).not.toContain('canary');
  await expect((await fetch(url)).text()).rejects.toThrow();
  expect(await audit(2)).toMatchObject([{ redactions: 1 }, { error: 'upstream_protocol' }]);
});

test('content of a request that is denied is not read, and let go', async () => {
  const rig = await startRig();
  const { intercept } = await startInterceptor(rig);
  const agent = new undici7.Agent().compose(intercept);
  let isRead = false;
  const body = new Readable({
    read() {
      isRead = true;
    },
  });
  const at = { origin: 'https://api.example.com', path: '/forbidden/x', method: 'PUT' as const };
  const { statusCode } = await agent.request({ ...at, body });
  expect(statusCode).toBe(403);
  await expect.poll(() => body.destroyed).toBe(true);
  expect(isRead).toBe(false);
});
