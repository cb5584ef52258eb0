import type http2 from 'node:http2';
import type { IncomingHttpHeaders, ServerHttp2Stream } from 'node:http2';
import { describe, expect, test, vi } from 'vitest';
import { askH2, dial, openH2, secure } from './agent.ts';
import {
  block,
  data,
  endHeaders,
  endStream,
  frame,
  frameTypes,
  goaway,
  headers,
  reset,
  settingIds,
  settings,
  settingsAck,
} from './h2-frames.ts';
import { frameService, type H2Answer, h2Service } from './h2-service.ts';
import { canaries, type Rig, startRig, useRig } from './rig.ts';
import { reply } from './service.ts';

const grpc = [['content-type', 'application/grpc']] as const;

async function h2Of({ sidecar }: Rig) {
  const socket = await dial(sidecar.addresses.listen[0]?.port ?? 0);
  const ca = sidecar.ca.certificatePem;
  return openH2(await secure(socket, { ca, servername: 'api.example.com', alpn: ['h2'] }));
}

/** Whether the credential came; the credential itself would be masked. */
const isReal = (token: string | undefined) => (token === `Bearer ${canaries.api}` ? 'real' : 'none');

/** Says what it got, and ends with a trailer. */
const echo: H2Answer = (stream, fields) => {
  const status = Number(/^\/(\d{3})$/.exec(String(fields[':path']))?.[1] ?? 200);
  const isBare = fields[':method'] === 'HEAD' || status === 204 || status === 304;
  const chunks: Buffer[] = [];
  stream.on('data', (chunk: Buffer) => chunks.push(chunk));
  stream.on('end', () => {
    stream.respond(
      { ':status': status, 'x-token': isReal(fields.authorization), 'set-cookie': ['a=1', 'b=2'] },
      { endStream: isBare, waitForTrailers: !isBare },
    );
    if (isBare) return;
    stream.on('wantTrailers', () => stream.sendTrailers({ 'x-sum': '1' }));
    stream.end(`${fields[':method']} ${Buffer.concat(chunks)}`);
  });
};

describe.each(['h1', 'h2'] as const)('an agent that speaks %s', (agent) => {
  describe.each(['h1', 'h2'] as const)('and a service that speaks %s alone', (service) => {
    const rig = useRig(
      service === 'h2'
        ? h2Service(echo)
        : {
            answer: (request, socket) => {
              const token = request.fields.find(([name]) => name.toLowerCase() === 'authorization')?.[1];
              const status = /^\/(\d{3})$/.exec(request.target)?.[1] ?? '200';
              const isBare = request.method === 'HEAD' || status === '204' || status === '304';
              const framing = isBare ? '' : '\r\nTransfer-Encoding: chunked\r\nTrailer: x-sum';
              const text = `${request.method} ${request.body}`;
              const content = `${text.length.toString(16)}\r\n${text}\r\n0\r\nx-sum: 1\r\n\r\n`;
              const head = `HTTP/1.1 ${status} X\r\nX-Token: ${isReal(token)}\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2${framing}`;
              reply(socket, head, isBare ? '' : content);
            },
          },
    );
    test.each([
      { method: 'GET', path: '/200', body: undefined, status: 200, text: 'GET ' },
      { method: 'POST', path: '/200', body: 'hello', status: 200, text: 'POST hello' },
      { method: 'PUT', path: '/404', body: '', status: 404, text: 'PUT ' },
      { method: 'HEAD', path: '/200', body: undefined, status: 200, text: '' },
      { method: 'GET', path: '/204', body: undefined, status: 204, text: '' },
      { method: 'GET', path: '/304', body: undefined, status: 304, text: '' },
      { method: 'DELETE', path: '/500', body: undefined, status: 500, text: 'DELETE ' },
    ])('$method that is answered $status', async ({ method, path, body, status, text }) => {
      const ask = { protocol: agent, method, path, ...(body !== undefined && { body }) };
      const got = await rig().ask(ask);
      expect([got.status, got.body]).toEqual([status, text]);
      const of = (name: string) => got.headers.filter(([key]) => key === name).map(([, value]) => value);
      expect(of('x-token')).toEqual(['real']);
      expect(of('set-cookie')).toEqual(['a=1', 'b=2']);
      const [event] = await rig().audit(1);
      expect(event).toMatchObject({ decision: 'allow', status, bytes_out: text.length });
      expect(event?.error).toBeUndefined();
    });
  });
});

/** Asks by a fresh agent of HTTP/2, as gRPC unless said otherwise. */
async function call(rig: Rig, path = '/', isGrpc = true) {
  const session = await h2Of(rig);
  return askH2(session, 'api.example.com', { method: 'POST', path, headers: isGrpc ? grpc : [], body: 'x' });
}

describe('the protocol that a service is spoken to in', () => {
  const seen: [IncomingHttpHeaders, readonly string[]][] = [];
  const rig = useRig(
    h2Service((stream, fields, raw) => {
      seen.push([fields, raw]);
      stream.respond({ ':status': 200 });
      stream.end('ok');
    }),
  );

  test('is HTTP/2 from the second connection on, when it takes no other', async () => {
    const { service, ask, audit } = rig();
    const before = service.connections();
    for (let i = 0; i < 5; i += 1) expect((await ask({ protocol: 'h1' })).body).toBe('ok');
    await audit(5);
    expect(service.connections() - before).toBeLessThanOrEqual(1);
    expect(service.open()).toBe(1);
  });

  test('carries fields in order, in lower case, with the credential and no field of the connection', async () => {
    const agent = await rig().line();
    agent.send(
      'GET /a?b=1 HTTP/1.1\r\nHost: api.example.com\r\nX-B: 1\r\nConnection: x-gone\r\nX-Gone: 1\r\nTE: trailers\r\nX-A: 2\r\nX-B: 3\r\nAuthorization: Bearer own\r\n\r\n',
    );
    expect((await agent.response())?.status).toBe(200);
    await rig().audit(1);
    expect(seen.at(-1)?.[1]).toEqual([
      ...[':method', 'GET', ':scheme', 'https', ':authority', 'api.example.com', ':path', '/a?b=1'],
      ...['x-b', '1', 'x-a', '2', 'x-b', '3', 'te', 'trailers'],
      ...['authorization', `Bearer ${canaries.api}`],
    ]);
  });
});

test('gRPC with a service that speaks HTTP/1.1 alone fails with a sentence, and no byte goes up', async () => {
  const rig = await startRig();
  const got = await call(rig);
  const fields = new Map(got.headers);
  expect([got.status, fields.get('grpc-status'), fields.get('content-type')]).toEqual([
    200,
    '14',
    'application/grpc',
  ]);
  expect(fields.get('grpc-message')).toBe(
    'api: api.example.com does not speak HTTP/2, which gRPC needs; point the Provider at a service that does',
  );
  expect(rig.service.received().length).toBe(0);
  const [event] = await rig.audit(1);
  expect(event).toMatchObject({ error: 'upstream_protocol', status: 200, grpc_status: 14 });
});

test('gRPC with a service that nobody vouches for fails, and no byte goes up', async () => {
  const service = h2Service(echo);
  const rig = await startRig({ ...service, sidecar: { upstreamCa: undefined as never } });
  const fields = new Map((await call(rig)).headers);
  expect(fields.get('grpc-status')).toBe('14');
  expect(fields.get('grpc-message')).toContain('certificate');
  expect((await rig.audit(1))[0]).toMatchObject({ error: 'upstream_untrusted' });
});

describe('connections to a service', () => {
  const open = async (rig: Rig, count: number) => {
    const session = await h2Of(rig);
    return Array.from({ length: count }, () =>
      askH2(session, 'api.example.com', { method: 'POST', headers: grpc, body: 'x' }),
    );
  };

  test('are shared by as many calls as the service takes at one time', async () => {
    const waiting: ServerHttp2Stream[] = [];
    const rig = await startRig(h2Service((stream) => void waiting.push(stream), { maxConcurrentStreams: 4 }));
    const calls = await open(rig, 10);
    await vi.waitFor(() => expect(waiting).toHaveLength(10));
    expect(rig.service.connections()).toBe(3);
    for (const stream of waiting) {
      stream.respond({ ':status': 200 });
      stream.end('ok');
    }
    for (const got of await Promise.all(calls)) expect(got.body).toBe('ok');
    await rig.audit(10);
    const again = await open(rig, 4);
    await vi.waitFor(() => expect(waiting).toHaveLength(14));
    for (const stream of waiting.slice(10)) stream.respond({ ':status': 204 }, { endStream: true });
    await Promise.all(again);
    expect(rig.service.connections()).toBe(3);
  });

  test('take no more calls after GOAWAY, and finish those they have', async () => {
    const waiting: ServerHttp2Stream[] = [];
    const rig = await startRig(h2Service((stream) => void waiting.push(stream)));
    const [first] = await open(rig, 1);
    await vi.waitFor(() => expect(waiting).toHaveLength(1));
    waiting[0]?.session?.goaway(0, waiting[0].id);
    await vi.waitFor(async () => {
      const calls = await open(rig, 1);
      await vi.waitFor(() => expect(waiting.length).toBeGreaterThan(1));
      for (const stream of waiting.slice(1)) stream.respond({ ':status': 204 }, { endStream: true });
      expect((await calls[0])?.status).toBe(204);
      expect(rig.service.connections()).toBeGreaterThan(1);
    });
    waiting[0]?.respond({ ':status': 200 });
    waiting[0]?.end('late');
    expect((await first)?.body).toBe('late');
  });
});

/** A service that answers the first HEADERS it gets with these frames, and greets with what `greeting` allows. */
function answering(respond: (id: number) => readonly Buffer[], greeting = settings()) {
  const got: number[] = [];
  const behaviour = frameService((one, send) => {
    if (one.type === frameTypes.SETTINGS && one.flags === 0) send(settingsAck);
    if (one.type === frameTypes.RST_STREAM || one.type === frameTypes.GOAWAY) got.push(one.type);
    if (one.type === frameTypes.HEADERS) {
      got.push(one.type);
      send(...respond(one.id));
    }
  }, greeting);
  return { behaviour, got };
}

const ok = [[':status', '200']] as const;

describe('a service that breaks HTTP/2 gets its response refused, by both kinds of agent:', () => {
  const hostile: readonly (readonly [string, (id: number) => readonly Buffer[], 'head' | 'content'])[] = [
    ['upper case in a name', (id) => [headers(id, [...ok, ['X-A', '1']], endStream)], 'head'],
    ['a field of connections', (id) => [headers(id, [...ok, ['connection', 'close']], endStream)], 'head'],
    [
      'Transfer-Encoding',
      (id) => [headers(id, [...ok, ['transfer-encoding', 'chunked']], endStream)],
      'head',
    ],
    ['no status', (id) => [headers(id, [['x-a', '1']], endStream)], 'head'],
    ['two statuses', (id) => [headers(id, [...ok, ...ok], endStream)], 'head'],
    ['a status of four digits', (id) => [headers(id, [[':status', '2000']], endStream)], 'head'],
    ['status 101', (id) => [headers(id, [[':status', '101']])], 'head'],
    ['an interim response at the end', (id) => [headers(id, [[':status', '103']], endStream)], 'head'],
    ['a pseudo-header of requests', (id) => [headers(id, [...ok, [':path', '/x']], endStream)], 'head'],
    ['two lengths', (id) => [headers(id, [...ok, ['content-length', '1'], ['content-length', '2']])], 'head'],
    ['a length that is no number', (id) => [headers(id, [...ok, ['content-length', '+1']])], 'head'],
    [
      'a response that never begins',
      (id) => Array.from({ length: 40 }, () => headers(id, [[':status', '103']])),
      'head',
    ],
    [
      'a push',
      (id) => [
        frame(frameTypes.PUSH_PROMISE, endHeaders, id, Buffer.concat([Buffer.from([0, 0, 0, 2]), block(ok)])),
      ],
      'head',
    ],
    ['bytes that are no frame', () => [Buffer.from('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n')], 'head'],
    [
      'less content than said',
      (id) => [headers(id, [...ok, ['content-length', '5']]), data(id, 'abc', endStream)],
      'content',
    ],
    [
      'more content than said',
      (id) => [headers(id, [...ok, ['content-length', '2']]), data(id, 'abc', endStream)],
      'content',
    ],
    [
      'a pseudo-header among the trailers',
      (id) => [headers(id, ok), data(id, 'abc'), headers(id, [[':status', '200']], endStream)],
      'content',
    ],
    [
      'a length among the trailers',
      (id) => [headers(id, ok), data(id, 'abc'), headers(id, [['content-length', '3']], endStream)],
      'content',
    ],
    [
      'a host among the trailers',
      (id) => [headers(id, ok), data(id, 'abc'), headers(id, [['host', 'x']], endStream)],
      'content',
    ],
    ['an end without an end', (id) => [headers(id, ok), data(id, 'abc'), reset(id, 0)], 'content'],
    ['a reset', (id) => [headers(id, ok), data(id, 'abc'), reset(id, 2)], 'content'],
    ['a GOAWAY with an error', (id) => [headers(id, ok), data(id, 'abc'), goaway(0, 2)], 'content'],
  ];
  let respond: (id: number) => readonly Buffer[] = () => [];
  const rig = useRig(answering((id) => respond(id)).behaviour);

  test.each(hostile)('%s', async (_name, frames, where) => {
    respond = frames;
    for (const protocol of ['h1', 'h2'] as const) {
      const got = await rig().ask({ protocol, method: 'POST', body: 'x' });
      const [event] = await rig().audit(1);
      expect(event?.error).toMatch(/^upstream_(protocol|unreachable)$/);
      if (got.status === 502) expect(JSON.parse(got.body).error.code).toBe(event?.error);
      else expect(where).toBe('content');
      if (where === 'head') expect(event?.status).toBe(502);
      // The cut may overtake the head.
      else expect([0, 200]).toContain(got.status);
      await rig().expectNoCanary(got);
    }
  });
});

test('content that a service has answered and does not take leaves no request open there', async () => {
  const refusal = [[':status', '413']] as const;
  const { behaviour, got } = answering(
    (id) => [headers(id, refusal), data(id, 'no', endStream)],
    settings({ [settingIds.initialWindowSize]: 30_000 }),
  );
  const rig = await startRig(behaviour);
  // Little enough to be written at once, and more than the service takes.
  const asked = await rig.ask({ method: 'POST', body: Buffer.alloc(60_000) });
  expect([asked.status, asked.body]).toEqual([413, 'no']);
  await vi.waitFor(() => expect(got).toEqual([frameTypes.HEADERS, frameTypes.RST_STREAM]));
  await rig.audit(1);
});

test.each(['b\r\nx-c: d', 'b\nc', 'b\0', 'b\x01', ' b', 'b\x7f'])(
  'a field of a response with the value %j does not reach the agent',
  async (value) => {
    const { behaviour } = answering((id) => [headers(id, [...ok, ['x-a', value], ['x-b', '1']], endStream)]);
    const rig = await startRig(behaviour);
    const got = await rig.ask({});
    expect(got.headers.map(([name]) => name)).not.toContain('x-a');
    expect(got.headers.map(([name]) => name)).not.toContain('x-c');
    await rig.audit(1);
  },
);

test.each([
  ['a safe request, when a connection is lost before a byte came', 'GET', 'lost', 2, 200],
  ['no other request then', 'DELETE', 'lost', 1, 502],
  ['no safe request either, when a hint came before', 'GET', 'hinted', 1, 502],
  ['any that the service says it has not looked at', 'DELETE', 'refused', 2, 200],
  ['any above the last number of a GOAWAY', 'DELETE', 'goaway', 2, 200],
  ['no request that has content', 'POST', 'refused', 1, 502],
] as const)('is sent once more: %s', async (_name, method, how, times, status) => {
  let count = 0;
  let isArmed = false;
  const behaviour = frameService((one, send, socket) => {
    if (one.type === frameTypes.SETTINGS && one.flags === 0) send(settingsAck);
    if (one.type !== frameTypes.HEADERS) return;
    count += 1;
    const isFirst = isArmed;
    isArmed = false;
    if (!isFirst) return send(headers(one.id, [[':status', '200']], endStream));
    if (how === 'lost') socket.destroy();
    else if (how === 'hinted') {
      send(headers(one.id, [[':status', '103']]));
      setTimeout(() => socket.destroy(), 100);
    } else if (how === 'refused') send(reset(one.id, 7));
    else send(goaway(one.id - 2, 0));
  }, settings());
  const rig = await startRig(behaviour);
  expect((await rig.ask({})).status).toBe(200);
  count = 0;
  isArmed = true;
  const got = await rig.ask({ method, ...(method === 'POST' && { body: 'x' }) });
  expect([got.status, count]).toEqual([status, times]);
  await rig.audit(2);
});

describe('a call that is given up', () => {
  test('by the agent, is cancelled at the service at once', async () => {
    const codes: number[] = [];
    let begun = 0;
    const rig = await startRig(
      h2Service((stream) => {
        begun += 1;
        stream.once('close', () => codes.push(stream.rstCode));
      }),
    );
    const session = await h2Of(rig);
    const stream = session.request({
      ':method': 'POST',
      ':path': '/',
      ':authority': 'api.example.com',
      'content-type': 'application/grpc',
    });
    stream.on('error', () => {});
    stream.write('x');
    await vi.waitFor(() => expect(begun).toBe(1));
    stream.close(8);
    await vi.waitFor(() => expect(codes).toEqual([8]));
    expect((await rig.audit(1))[0]).toMatchObject({ status: 0, error: 'agent_gone' });
  });

  test.each([
    ['before it answered', false, 8],
    ['after its head', true, 8],
    ['unseen', false, 7],
  ])('by the service %s, reaches a gRPC agent as the same reset', async (_name, hasHead, code) => {
    const { behaviour } = answering((id) => [
      ...(hasHead ? [headers(id, [...ok, ['content-type', 'application/grpc']])] : []),
      reset(id, code),
    ]);
    const rig = await startRig(behaviour);
    const session = await h2Of(rig);
    const stream = session.request({
      ':method': 'POST',
      ':path': '/',
      ':authority': 'api.example.com',
      'content-type': 'application/grpc',
    });
    stream.on('error', () => {}).resume();
    stream.end('x');
    await new Promise((resolve) => stream.once('close', resolve));
    expect(stream.rstCode).toBe(code);
    expect((await rig.audit(1))[0]).toMatchObject({ error: 'upstream_unreachable' });
  });
});

test('a service that sends more than an agent takes is stopped, in little memory', async () => {
  let sent = 0;
  const rig = await startRig(
    h2Service((stream) => {
      stream.respond({ ':status': 200 });
      const chunk = Buffer.alloc(16 * 1024);
      const push = () => {
        while (sent < 64 * 1024 * 1024) {
          sent += chunk.length;
          if (!stream.write(chunk)) return;
        }
      };
      stream.on('drain', push);
      push();
    }),
  );
  const agent = await rig.line();
  agent.socket.pause();
  agent.send('GET / HTTP/1.1\r\nHost: api.example.com\r\n\r\n');
  let before = -1;
  await vi.waitFor(
    () => {
      const isStill = sent > 0 && sent === before;
      before = sent;
      expect(isStill).toBe(true);
    },
    { interval: 250 },
  );
  // The kernel's buffers of both connections are in this.
  expect(sent).toBeLessThan(16 * 1024 * 1024);
  agent.socket.destroy();
  await rig.audit(1);
});

test('content that comes together with its head, for many calls at one time, follows it', async () => {
  const rig = await startRig(
    h2Service((stream) => {
      stream.respond({ ':status': 200 }, { waitForTrailers: true });
      stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }));
      stream.end('all of it');
    }),
  );
  const session = await h2Of(rig);
  const ask = { method: 'POST', headers: grpc, body: 'x' };
  for (let i = 0; i < 5; i += 1) {
    const all = await Promise.all(Array.from({ length: 40 }, () => askH2(session, 'api.example.com', ask)));
    expect(new Set(all.map(({ status, body }) => `${status} ${body}`))).toEqual(new Set(['200 all of it']));
  }
  const events = await rig.audit(200);
  expect(events.filter(({ grpc_status }) => grpc_status !== 0)).toEqual([]);
});

test('a window that never opens stops the content of a request, and the wait has an end', async () => {
  const { behaviour } = answering(() => [], settings({ [settingIds.initialWindowSize]: 0 }));
  const rig = await startRig({ ...behaviour, sidecar: { stallDeadline: 300 } });
  const session = await h2Of(rig);
  const got = await askH2(session, 'api.example.com', {
    method: 'POST',
    headers: grpc,
    body: Buffer.alloc(300_000),
  });
  expect(new Map(got.headers).get('grpc-message')).toContain('stopped taking the content');
  expect((await rig.audit(1))[0]).toMatchObject({ error: 'upstream_timeout', grpc_status: 14 });
});

/** A header block in the frames that it takes. */
function wide(id: number, fields: readonly (readonly [string, string])[], flags = 0): Buffer[] {
  const bytes = block(fields);
  const parts = Array.from({ length: Math.ceil(bytes.length / 16_000) }, (_, i) =>
    bytes.subarray(16_000 * i, 16_000 * (i + 1)),
  );
  return parts.map((part, i) => {
    const last = i === parts.length - 1 ? endHeaders : 0;
    return i === 0
      ? frame(frameTypes.HEADERS, last | flags, id, part)
      : frame(frameTypes.CONTINUATION, last, id, part);
  });
}

const many = (count: number, length: number) =>
  Array.from({ length: count }, (_, i) => [`x-${i}`, 'y'.repeat(length)] as const);
const called = [...ok, ['content-type', 'application/grpc']] as const;
const done = [['grpc-status', '0']] as const;

/** Asks on `session`, as gRPC unless said otherwise, and gives all that came, as it came. */
function listen(session: http2.ClientHttp2Session, isGrpc = true) {
  const stream = session.request({
    ':method': 'POST',
    ':path': '/',
    ':authority': 'api.example.com',
    ...(isGrpc && Object.fromEntries(grpc)),
  });
  const got = { head: [] as string[], body: '', trailers: [] as string[], code: -1 };
  const keep = (key: 'head' | 'trailers') => (_fields: object, _flags: number, raw?: string[]) => {
    got[key] = raw ?? [];
  };
  stream.on('response', keep('head')).on('trailers', keep('trailers'));
  stream.on('data', (chunk: Buffer) => {
    got.body += chunk;
  });
  stream.on('error', () => {}).end('x');
  return new Promise<typeof got>((resolve) => {
    stream.once('close', () => resolve({ ...got, code: stream.rstCode }));
  });
}

test.each([
  ['gRPC', true, []],
  ['a response that announces them', false, [['trailer', 'grpc-status']] as const],
])('trailers behind content that has a length reach the agent: %s', async (_name, isGrpc, fields) => {
  const { behaviour } = answering((id) => [
    headers(id, [...called, ['content-length', '5'], ...fields]),
    data(id, 'hello'),
    headers(id, done, endStream),
  ]);
  const rig = await startRig(behaviour);
  expect(await listen(await h2Of(rig), isGrpc)).toMatchObject({
    body: 'hello',
    trailers: ['grpc-status', '0'],
    code: 0,
  });
  expect((await rig.audit(1))[0]?.error).toBeUndefined();
});

test('metadata that a service gives several values of has as many fields at a gRPC agent', async () => {
  const twice = ['a-bin', 'AAA=', 'a-bin', 'AQ==', 'b', '1', 'b', '2'];
  const fields = [
    ['a-bin', 'AAA='],
    ['a-bin', 'AQ=='],
    ['b', '1'],
    ['b', '2'],
  ] as const;
  const { behaviour } = answering((id) => [
    headers(id, [...called, ...fields]),
    headers(id, [...done, ...fields], endStream),
  ]);
  const rig = await startRig(behaviour);
  const got = await listen(await h2Of(rig));
  expect(got.head.slice(4, -2)).toEqual(twice);
  expect(got.trailers).toEqual(['grpc-status', '0', ...twice]);
});

test('a response that its service gives up without an error is no whole one to the agent', async () => {
  const { behaviour } = answering((id) => [headers(id, called), data(id, 'abc'), reset(id, 0)]);
  const rig = await startRig(behaviour);
  const session = await h2Of(rig);
  for (const isGrpc of [true, false]) expect((await listen(session, isGrpc)).code).toBe(2);
  expect((await rig.audit(2)).map(({ error }) => error)).toEqual(['upstream_protocol', 'upstream_protocol']);
});

describe('what is larger than HTTP/2 sends leaves the other requests of a connection alone:', () => {
  test('trailers of a response', async () => {
    const { behaviour } = answering((id) => [
      headers(id, called),
      data(id, 'hello'),
      ...(id === 1 ? wide(id, [...done, ...many(80, 1_000)], endStream) : [headers(id, done, endStream)]),
    ]);
    const rig = await startRig(behaviour);
    const session = await h2Of(rig);
    expect((await listen(session)).code).toBe(2);
    expect(await listen(session)).toMatchObject({ trailers: ['grpc-status', '0'], code: 0 });
    expect((await rig.audit(2)).map(({ error }) => error)).toEqual(['upstream_protocol', undefined]);
  });

  test('a hint before a response, which is left out', async () => {
    const { behaviour } = answering((id) => [
      ...wide(id, [[':status', '103'], ...many(80, 1_000)]),
      headers(id, called),
      headers(id, done, endStream),
    ]);
    const rig = await startRig(behaviour);
    expect(await listen(await h2Of(rig))).toMatchObject({ trailers: ['grpc-status', '0'], code: 0 });
  });

  test.each(['head', 'trailers'])('the %s of a request, as large as an agent may make it', async (where) => {
    const { behaviour } = answering((id) => [headers(id, ok, endStream)]);
    const rig = await startRig(behaviour);
    const lines = many(250, 248).map(([name, value]) => `${name}: ${value}\r\n`);
    const [head, trailers] = where === 'head' ? [lines.join(''), ''] : ['', lines.join('')];
    const agent = await rig.line();
    agent.send(
      `POST / HTTP/1.1\r\nHost: api.example.com\r\nTransfer-Encoding: chunked\r\n${head}\r\n1\r\nx\r\n0\r\n${trailers}\r\n`,
    );
    expect((await agent.response('POST'))?.status).toBe(200);
    expect((await rig.audit(1))[0]?.error).toBeUndefined();
  });
});
