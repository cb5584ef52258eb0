import http2 from 'node:http2';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { dial } from './agent.ts';
import {
  block,
  continuation,
  createFrameLine,
  data,
  endHeaders,
  endStream,
  type Frame,
  frame,
  frameTypes,
  headers,
  ping,
  preface,
  priority,
  reset,
  settingIds,
  settings,
  settingsAck,
  windowUpdate,
} from './h2-frames.ts';
import { frameClient, type H2Server, request, startH2Server } from './h2-server.ts';

const get = request();
const ids = (count: number) => Array.from({ length: count }, (_, i) => 2 * i + 1);
const isReset = (id: number) => (one: Frame) => one.type === frameTypes.RST_STREAM && one.id === id;
const isEnd = (id: number) => (one: Frame) => one.id === id && (one.flags & endStream) !== 0;

/** Fails unless a new agent is still served. */
async function expectService(server: H2Server) {
  const client = await frameClient(server);
  client.send(headers(1, get, endStream));
  expect(await client.until(isEnd(1))).toBeDefined();
  client.socket.destroy();
}

describe('a connection is cut off, and says why, for', () => {
  const small = { resets: { burst: 20, perSecond: 1 }, pings: { burst: 20, perSecond: 1 } };
  const limits = { ...small, settings: { burst: 20, perSecond: 1 }, invalidFrames: 20 };
  const upload = request({ ':method': 'POST' });

  const attacks: readonly (readonly [string, readonly Buffer[], RegExp])[] = [
    [
      'requests that are given up at once (CVE-2023-44487, rapid reset)',
      ids(60).flatMap((id) => [headers(id, get, endStream), reset(id, 8)]),
      /gives up too many|not HTTP\/2/,
    ],
    [
      'requests that are given up at once without an error (CVE-2023-44487, rapid reset)',
      // Fewer than Node itself takes.
      ids(30).flatMap((id) => [headers(id, get, endStream), reset(id, 0)]),
      /gives up too many/,
    ],
    [
      'making the server reset: no window (CVE-2025-8671, MadeYouReset)',
      ids(60).flatMap((id) => [headers(id, upload), windowUpdate(id, 0)]),
      /gives up too many|not HTTP\/2/,
    ],
    [
      'making the server reset: too much window (CVE-2025-8671, MadeYouReset)',
      ids(60).flatMap((id) => [headers(id, upload), windowUpdate(id, 0x7fffffff)]),
      /gives up too many|not HTTP\/2/,
    ],
    [
      'making the server reset: DATA after the end (CVE-2025-8671, MadeYouReset)',
      ids(60).flatMap((id) => [headers(id, get, endStream), data(id, 'x')]),
      /gives up too many|not HTTP\/2/,
    ],
    [
      'making the server reset: a length that lies (CVE-2025-8671, MadeYouReset)',
      ids(60).flatMap((id) => [
        headers(id, request({ ':method': 'POST', 'content-length': '1' })),
        data(id, 'xx'),
      ]),
      /gives up too many|not HTTP\/2/,
    ],
    ['PINGs (CVE-2019-9512)', Array.from({ length: 60 }, ping), /too many PINGs/],
    [
      'frames on streams that are not there (CVE-2019-9514, reset flood)',
      ids(60).map((id) => data(id, 'x')),
      /not HTTP\/2/,
    ],
    [
      'SETTINGS (CVE-2019-9515)',
      Array.from({ length: 60 }, () => settings({ [settingIds.initialWindowSize]: 10 })),
      /changes its settings too often/,
    ],
    [
      'DATA without data (CVE-2019-9518)',
      [headers(1, upload), ...Array.from({ length: 60 }, () => data(1, ''))],
      /not HTTP\/2/,
    ],
    [
      'CONTINUATION without end (CVE-2024-27316, CVE-2024-27983)',
      [
        frame(frameTypes.HEADERS, 0, 1, block(get)),
        ...Array.from({ length: 600 }, (_, i) => continuation(1, block([[`x-${i}`, 'y'.repeat(1_000)]]))),
      ],
      /not HTTP\/2/,
    ],
    [
      'empty CONTINUATION without end (CVE-2019-9518)',
      [
        frame(frameTypes.HEADERS, 0, 1, block(get)),
        ...Array.from({ length: 600 }, () => continuation(1, Buffer.alloc(0))),
      ],
      /not HTTP\/2/,
    ],
    [
      'a header block that is no HPACK',
      [frame(1, endHeaders | endStream, 1, Buffer.alloc(9, 0xff))],
      /not HTTP\/2/,
    ],
    ['an even number', [headers(2, get, endStream)], /not HTTP\/2/],
    [
      'more requests at a time than it was told',
      ids(300).map((id) => headers(id, get, endStream)),
      /not HTTP\/2/,
    ],
    ['a push', [frame(frameTypes.PUSH_PROMISE, endHeaders, 1, block(get))], /not HTTP\/2/],
    ['a frame that is too long', [frame(frameTypes.DATA, 0, 1, Buffer.alloc(20_000))], /not HTTP\/2/],
    [
      'a setting that no one may make',
      [settings({ [settingIds.initialWindowSize]: 2 ** 31 })],
      /not HTTP\/2/,
    ],
    ['frames of no length (CVE-2026-33814)', [settings({ [settingIds.maxFrameSize]: 0 })], /not HTTP\/2/],
    [
      'a window of the connection that is too large (CVE-2026-21714)',
      [windowUpdate(0, 0x7fffffff), windowUpdate(0, 0x7fffffff)],
      /not HTTP\/2/,
    ],
    [
      'what ends the connection, and frames behind it (CVE-2026-27135, CVE-2026-48937)',
      [windowUpdate(0, 0), frame(0x0a, 0, 0, Buffer.alloc(1)), headers(1, get, endStream), ping()],
      /not HTTP\/2/,
    ],
  ];

  test.each(attacks)('%s', async (_name, frames, reason) => {
    const server = await startH2Server(limits, () => {});
    const client = await frameClient(server);
    client.send(...frames);
    await client.closed;
    await vi.waitFor(() => expect(server.refusals).toHaveLength(1));
    expect(server.refusals[0]).toMatch(reason);
    await vi.waitFor(() => expect([server.active(), server.open()]).toEqual([0, 0]));
  });

  test('a beginning that is no HTTP/2', async () => {
    const server = await startH2Server();
    const socket = await dial(server.port);
    const line = createFrameLine(socket);
    socket.write('GET / HTTP/1.1\r\nHost: api.example.com\r\n\r\n');
    await line.closed;
    expect(server.refusals).toEqual([expect.stringMatching(/not HTTP\/2/)]);
    expect(server.requests).toEqual([]);
    await expectService(server);
  });

  test.each([
    ['nothing at all', Buffer.alloc(0)],
    ['half a preface', preface.subarray(0, 10)],
    ['a preface and no settings', preface],
  ])('%s, when a preface is due', async (_name, bytes) => {
    const server = await startH2Server({ prefaceDeadline: 50 });
    const line = createFrameLine((await dial(server.port)).setNoDelay());
    const socket = await dial(server.port);
    const other = createFrameLine(socket);
    socket.write(bytes);
    await Promise.all([line.closed, other.closed]);
    expect(server.refusals).toEqual(['no HTTP/2 preface came', 'no HTTP/2 preface came']);
    await vi.waitFor(() => expect(server.open()).toBe(0));
  });

  test('being idle, even while PINGs and half a head come', async () => {
    const server = await startH2Server({ idleDeadline: 300 });
    const client = await frameClient(server);
    client.send(headers(1, get, endStream));
    await client.until(isEnd(1));
    client.send(frame(frameTypes.HEADERS, 0, 3, block(get)));
    await client.closed;
    expect(server.requests).toEqual(['GET /']);
    await vi.waitFor(() => expect(server.open()).toBe(0));
  });
});

describe('a flood that an agent does not read the answers of, is bounded:', () => {
  test.each<[string, () => Buffer]>([
    ['PINGs (CVE-2019-9512)', ping],
    ['SETTINGS (CVE-2019-9515)', () => settings()],
  ])('%s', async (_name, make) => {
    const server = await startH2Server({
      pings: { burst: 1e9, perSecond: 1 },
      settings: { burst: 1e9, perSecond: 1 },
    });
    const client = await frameClient(server);
    client.socket.pause();
    const flood = Buffer.concat(Array.from({ length: 20_000 }, make));
    for (let i = 0; i < 30 && !client.socket.destroyed; i += 1) {
      if (!client.socket.write(flood)) await new Promise((resolve) => setTimeout(resolve, 20));
    }
    await vi.waitFor(() => expect(server.refusals).toHaveLength(1));
    await expectService(server);
  });
});

test.each([
  ['with a length', ['content-length', '2'], []],
  ['without one', [], []],
  ['with trailers', [], ['x-sum', '1']],
])('a request without content is answered without a reset, %s', async (_how, fields, trailers) => {
  const server = await startH2Server({}, (exchange) => {
    exchange.start(200, fields);
    exchange.write(Buffer.from('ok'));
    exchange.end(trailers);
  });
  const client = await frameClient(server);
  client.send(headers(1, get, endStream));
  expect(await client.until(isEnd(1))).toBeDefined();
  await vi.waitFor(() => expect(server.ends).toEqual(['complete']));
  client.send(ping());
  expect(await client.until(({ type }) => type === frameTypes.PING)).toBeDefined();
  expect(client.frames.some(isReset(1))).toBe(false);
});

describe('a request is refused, and the connection goes on, for', () => {
  const streams: readonly (readonly [string, readonly Buffer[]])[] = [
    ['upper case in a name', [headers(1, [...get, ['X-A', '1']], endStream)]],
    ['a field of connections', [headers(1, [...get, ['connection', 'x']], endStream)]],
    ['Transfer-Encoding', [headers(1, [...get, ['transfer-encoding', 'chunked']])]],
    ['TE other than trailers', [headers(1, [...get, ['te', 'gzip']], endStream)]],
    ['no method', [headers(1, get.slice(1), endStream)]],
    ['no path', [headers(1, get.slice(0, 3), endStream)]],
    ['two paths', [headers(1, [...get, [':path', '/other']], endStream)]],
    ['an empty path', [headers(1, request({ ':path': '' }), endStream)]],
    ['a pseudo-header after others', [headers(1, [['x-a', '1'], ...get], endStream)]],
    ['a pseudo-header that no one knows', [headers(1, [[':x', '1'], ...get], endStream)]],
    ['a pseudo-header of responses', [headers(1, [[':status', '200'], ...get], endStream)]],
    ['extended CONNECT', [headers(1, [...request({ ':method': 'CONNECT' }), [':protocol', 'websocket']])]],
    ['a line break in the path', [headers(1, request({ ':path': '/x HTTP/1.1\r\nx: y' }), endStream)]],
    ['a space in the path', [headers(1, request({ ':path': '/a b' }), endStream)]],
    [
      'a path without a slash (CVE-2026-33186)',
      [headers(1, request({ ':method': 'POST', ':path': 'demo.Echo/Forbidden' }), endStream)],
    ],
    ['an absolute path', [headers(1, request({ ':path': 'https://api.example.com/' }), endStream)]],
    ['a user in the authority', [headers(1, request({ ':authority': 'x@api.example.com' }), endStream)]],
    [
      'two Hosts',
      [headers(1, [...get, ['host', 'api.example.com'], ['host', 'api.example.com']], endStream)],
    ],
    ['a line break in the method', [headers(1, request({ ':method': 'GET / HTTP/1.1\r\nx' }), endStream)]],
    ['a space in the authority', [headers(1, request({ ':authority': 'api.example.com x' }), endStream)]],
    [
      'a cookie in hundreds of crumbs (CVE-2026-47774, CVE-2026-49975, HTTP/2 bomb)',
      [headers(1, [...get, ...Array.from({ length: 600 }, () => ['cookie', ''] as const)], endStream)],
    ],
    ['two lengths', [headers(1, [...get, ['content-length', '1'], ['content-length', '2']])]],
    ['a length that is none', [headers(1, [...get, ['content-length', '+1']])]],
    ['a length and no content', [headers(1, [...get, ['content-length', '1']], endStream)]],
  ];

  test.each(streams)('%s, by a reset', async (_name, frames) => {
    const server = await startH2Server();
    const client = await frameClient(server);
    client.send(...frames);
    expect(await client.until(isReset(1))).toBeDefined();
    expect(server.requests).toEqual([]);
    client.send(headers(3, get, endStream));
    expect(await client.until(isEnd(3))).toBeDefined();
    expect(server.requests).toEqual(['GET /']);
    expect(server.unseen()).toBe(1);
  });

  test.each([
    ['bytes that are no ASCII in the path', request({ ':path': '/\xe9' }), 'malformed_request'],
    ['a fragment in the path', request({ ':path': '/a#b' }), 'malformed_request'],
    ['*', request({ ':method': 'OPTIONS', ':path': '*' }), 'malformed_request'],
    ['another scheme', request({ ':scheme': 'http' }), 'malformed_request'],
    ['a Host that says another', request({ host: 'other.example.com' }), 'misdirected_request'],
    ['an authority that says another', request({ ':authority': 'other.example.com' }), 'misdirected_request'],
    [
      'CONNECT',
      [
        [':method', 'CONNECT'],
        [':authority', 'api.example.com:443'],
      ],
      'method_refused',
    ],
    ['TRACE', request({ ':method': 'TRACE' }), 'method_refused'],
    ['a path that is too long', request({ ':path': `/${'x'.repeat(17_000)}` }), 'target_too_long'],
    [
      'too many fields',
      [...get, ...Array.from({ length: 300 }, (_, i) => [`x-${i}`, ''] as const)],
      'headers_too_large',
    ],
  ] as const)('%s, with an answer', async (_name, fields, code) => {
    const server = await startH2Server();
    const client = await frameClient(server);
    const [start, ...rest] = cut(block(fields as (readonly [string, string])[]));
    const last = rest.length === 0 ? endHeaders : 0;
    client.send(frame(frameTypes.HEADERS, last | endStream, 1, start));
    rest.forEach((part, i) => {
      client.send(continuation(1, part, i === rest.length - 1 ? endHeaders : 0));
    });
    expect(await client.until(isEnd(1))).toBeDefined();
    expect(server.requests).toEqual([code]);
  });

  const wide = (count: number) =>
    [...get, ...Array.from({ length: count }, (_, i) => [`x-${i}`, 'y'.repeat(1_000)] as const)] as const;

  test.each([
    [70, ['headers_too_large'], 0],
    [130, [], 1],
  ])('a header list of %i KiB', async (size, requests, unseen) => {
    const server = await startH2Server();
    const client = await frameClient(server);
    const [start, ...rest] = cut(block(wide(size)));
    client.send(frame(frameTypes.HEADERS, endStream, 1, start));
    rest.forEach((part, i) => {
      client.send(continuation(1, part, i === rest.length - 1 ? endHeaders : 0));
    });
    await client.until((one) => one.id === 1 && (one.type === frameTypes.RST_STREAM || isEnd(1)(one)));
    expect(server.requests).toEqual(requests);
    client.send(headers(3, get, endStream));
    await vi.waitFor(() => expect(server.requests).toHaveLength(requests.length + 1));
    expect(server.unseen()).toBe(unseen);
  });

  test('a header list that is small on the wire and large in memory (CVE-2016-6581, HPACK bomb)', async () => {
    const server = await startH2Server();
    const client = await frameClient(server);
    const name = Buffer.from([0x40, 3, ...Buffer.from('x-y'), 0x7f, 0xa1, 0x1d]);
    const stored = Buffer.concat([name, Buffer.alloc(3_872, 'z')]);
    const bomb = Buffer.concat([block(get), stored, Buffer.alloc(8_000, 0xbe)]);
    client.send(frame(frameTypes.HEADERS, endHeaders | endStream, 1, bomb));
    expect(await client.until(isReset(1))).toBeDefined();
    expect(server.requests).toEqual([]);
  });

  test('being one too many at a time, by an agent that cannot know yet', async () => {
    const server = await startH2Server({ streams: 3 }, () => {});
    const socket = await dial(server.port);
    const client = createFrameLine(socket);
    client.send(preface, settings(), ...ids(4).map((id) => headers(id, get, endStream)));
    expect((await client.until(isReset(7)))?.payload.readUInt32BE(0)).toBe(7);
    expect(server.requests).toHaveLength(3);
  });

  test.each([
    ['a name of no length (CVE-2019-9516)', [headers(1, [...get, ['', 'x']], endStream)]],
    ['a line break in a value', [headers(1, [...get, ['x-a', 'b\r\nx-c: d']], endStream)]],
    [
      'a number that is over',
      [headers(3, get, endStream), headers(1, request({ ':path': '/1' }), endStream)],
    ],
    [
      'frames of kinds that nobody knows (CVE-2026-27141)',
      Array.from({ length: 8 }, (_, i) => frame(0x0a + i, 0xff, i % 2, Buffer.alloc(3))),
    ],
  ])('%s: it is not seen', async (_name, frames) => {
    const server = await startH2Server();
    const client = await frameClient(server);
    client.send(...frames, headers(5, request({ ':path': '/5' }), endStream));
    await client.until(isEnd(5));
    expect(server.requests.at(-1)).toBe('GET /5');
    expect(server.requests).not.toContain('GET /1');
  });

  test.each([
    ['shorter', 'xx', endStream],
    ['longer', 'xxxxxx', 0],
  ])('content that is %s than its length, without an answer', async (_name, content, flags) => {
    const server = await startH2Server({}, (exchange) => void exchange.read().body.stream().resume());
    const client = await frameClient(server);
    client.send(headers(1, request({ ':method': 'POST', 'content-length': '4' })), data(1, content, flags));
    await vi.waitFor(() => expect(server.ends).toHaveLength(1));
    expect([...server.ends, ...server.refusals].join()).toMatch(/^malformed_request$|^gone,not HTTP\/2/);
  });

  test('trailers with a pseudo-header', async () => {
    const server = await startH2Server({}, (exchange) => void exchange.read().body.stream().resume());
    const client = await frameClient(server);
    client.send(
      headers(1, request({ ':method': 'POST' })),
      data(1, 'x'),
      headers(1, [[':path', '/x']], endStream),
    );
    expect(await client.until(isReset(1))).toBeDefined();
    await vi.waitFor(() => expect(server.ends).toEqual(['malformed_request']));
  });
});

/** A header block in parts that fit into frames. */
function cut(bytes: Buffer): [Buffer, ...Buffer[]] {
  const parts: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += 16_000) parts.push(bytes.subarray(at, at + 16_000));
  return parts as [Buffer, ...Buffer[]];
}

describe('an agent that does not take its response', () => {
  const large = Buffer.alloc(1024 * 1024);
  const start = (limits = {}) =>
    startH2Server({ stallDeadline: 200, ...limits }, (exchange) => {
      exchange.start(200, []);
      exchange.write(large);
      exchange.end([]);
    });

  test.each([
    ['a window that never opens', [], { [settingIds.initialWindowSize]: 0 }],
    ['a window that stays full', [], {}],
    [
      'a window that opens byte by byte (CVE-2019-9511, data dribble)',
      Array.from({ length: 200 }, () => windowUpdate(1, 1)),
      { [settingIds.initialWindowSize]: 0 },
    ],
    [
      'priorities that change all the time (CVE-2019-9513, resource loop)',
      Array.from({ length: 2_000 }, () => priority(1)),
      { [settingIds.initialWindowSize]: 0 },
    ],
  ])('by %s: is held for a while only', async (_name, frames, values) => {
    const server = await start();
    const client = await frameClient(server, values);
    client.send(headers(1, get, endStream), ...frames);
    expect(await client.until(isReset(1))).toBeDefined();
    expect(server.ends).toEqual(['agent_timeout']);
    await expectServiceOf(server);
  });

  test('by not reading its connection: is held for a while only (CVE-2019-9517)', async () => {
    const server = await start({ idleDeadline: 300 });
    const client = await frameClient(server, { [settingIds.initialWindowSize]: 2 ** 31 - 1 });
    client.send(windowUpdate(0, 2 ** 31 - 1 - 65_535));
    client.socket.pause();
    client.send(...ids(60).map((id) => headers(id, get, endStream)));
    await vi.waitFor(() => expect(server.open()).toBe(0));
    expect(server.ends).toContain('agent_timeout');
    expect(server.active()).toBe(0);
  });

  test('is not cut off while it takes it', async () => {
    const server = await start({ stallDeadline: 500 });
    const client = await frameClient(server, { [settingIds.initialWindowSize]: 0 });
    client.send(windowUpdate(0, 2 ** 30), headers(1, get, endStream), windowUpdate(1, 2 ** 30));
    expect(await client.until(isEnd(1))).toBeDefined();
    expect(server.ends).toEqual(['complete']);
  });
});

describe('an agent that says nothing while it waits', () => {
  const never = () => {};
  const limits = { stallDeadline: 300, pingDeadline: 300 };

  test('and answers no PING is gone', async () => {
    const server = await startH2Server(limits, never);
    const client = await frameClient(server);
    client.send(headers(1, get, endStream));
    expect(await client.until(({ type }) => type === frameTypes.PING)).toBeDefined();
    await vi.waitFor(() => expect(server.open()).toBe(0));
    expect(server.ends).toEqual(['gone']);
  });

  test('and answers PINGs is waited for', async () => {
    const server = await startH2Server(limits, never);
    const session = http2.connect(`http://127.0.0.1:${server.port}`);
    onTestFinished(() => session.destroy());
    const stream = session.request({ ':scheme': 'https', ':authority': 'api.example.com' });
    await delay(4_000);
    expect(server.active()).toBe(1);
    expect(stream.closed).toBe(false);
  });
});

async function expectServiceOf(server: H2Server) {
  const client = await frameClient(server);
  client.send(windowUpdate(0, 2 ** 30), headers(1, get, endStream), windowUpdate(1, 2 ** 30));
  expect(await client.until(isEnd(1))).toBeDefined();
}

test('an agent that gives up a response without an error, and leaves, leaves nothing behind', async () => {
  const server = await startH2Server({}, (exchange) => {
    exchange.start(200, []);
    exchange.write(Buffer.alloc(300_000));
  });
  const client = await frameClient(server);
  client.send(headers(1, get, endStream));
  await client.until(({ type }) => type === frameTypes.DATA);
  client.send(reset(1, 0), frame(frameTypes.GOAWAY, 0, 0, Buffer.alloc(8)));
  client.socket.end();
  await vi.waitFor(() => expect(server.open()).toBe(0));
  expect(server.ends).toEqual(['gone']);
});

test('a response that is written to its end, and given up without an error before it is taken, is over', async () => {
  const server = await startH2Server({}, (exchange) => {
    exchange.start(200, []);
    exchange.write(Buffer.alloc(300_000));
    exchange.end([]);
  });
  const client = await frameClient(server);
  client.send(headers(1, get, endStream));
  await client.until(({ type }) => type === frameTypes.DATA);
  client.send(reset(1, 0));
  await vi.waitFor(() => expect(server.ends).toEqual(['complete']));
  client.send(headers(3, get, endStream));
  expect(await client.until(({ id }) => id === 3)).toBeDefined();
  client.socket.destroy();
});

test('an agent that replaces a request it gives up, with as many under way as it may have, keeps its connection', async () => {
  const server = await startH2Server({}, () => {});
  const client = await frameClient(server);
  await client.until(({ type, flags }) => type === frameTypes.SETTINGS && flags === 0);
  client.send(...ids(250).map((id) => headers(id, get, endStream)));
  await vi.waitFor(() => expect(server.active()).toBe(250));
  client.send(...ids(120).flatMap((id) => [reset(id, 8), headers(500 + id, get, endStream)]));
  await vi.waitFor(() => expect(server.ends.length).toBeGreaterThanOrEqual(120));
  client.send(headers(901, request({ ':path': '/more' }), endStream));
  await vi.waitFor(() => expect(server.requests.at(-1)).toBe('GET /more'));
  expect(server.refusals).toEqual([]);
});

test('what comes behind the reset of a request, in one piece with it, reaches nobody (CVE-2026-26311)', async () => {
  const content: Buffer[] = [];
  const server = await startH2Server({}, (exchange) => {
    const { method, body } = exchange.read();
    if (method === 'POST') return void body.stream().on('data', (chunk: Buffer) => content.push(chunk));
    exchange.start(200, [], true);
    exchange.end([]);
  });
  const client = await frameClient(server);
  client.send(
    headers(1, request({ ':method': 'POST' })),
    reset(1, 8),
    data(1, 'x'),
    data(1, 'y', endStream),
    windowUpdate(1, 10),
    headers(3, get, endStream),
  );
  expect(await client.until(isEnd(3))).toBeDefined();
  await vi.waitFor(() => expect(server.ends).toEqual(['gone', 'complete']));
  expect(content).toEqual([]);
});

test('an agent that takes hardly any head is answered none the less (CVE-2026-50560)', async () => {
  const server = await startH2Server();
  const client = await frameClient(server, { [settingIds.maxHeaderListSize]: 1 });
  client.send(headers(1, get, endStream));
  expect(await client.until(isEnd(1))).toBeDefined();
  expect(client.frames.some(isReset(1))).toBe(false);
});

test('an agent that leaves in the middle of a head leaves nothing behind (CVE-2024-27983)', async () => {
  const server = await startH2Server();
  for (let i = 0; i < 20; i += 1) {
    const socket = await dial(server.port);
    socket.write(
      Buffer.concat([
        preface,
        settings(),
        settingsAck,
        frame(frameTypes.HEADERS, 0, 1, block(get)),
        continuation(1, Buffer.alloc(0)),
      ]),
    );
    socket.resetAndDestroy();
  }
  await vi.waitFor(() => expect(server.open()).toBe(0));
  expect(server.requests).toEqual([]);
  await expectService(server);
});
