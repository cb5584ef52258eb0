import { once } from 'node:events';
import net, { type Socket } from 'node:net';
import tls from 'node:tls';
import { describe, expect, test, vi } from 'vitest';
import { dial, secure } from './agent.ts';
import { startRig, useRig } from './rig.ts';
import { reply, startService } from './service.ts';
import { accepted, handshake, switching, switchOver } from './switching.ts';

const host = 'Host: api.example.com\r\n';
const get = `GET /next HTTP/1.1\r\n${host}\r\n`;
const post = `POST / HTTP/1.1\r\n${host}`;
const chunked = `${post}Transfer-Encoding: chunked\r\n\r\n`;
const smuggled = `GET /smuggled HTTP/1.1\r\n${host}\r\n`;

describe('requests that have been read in two ways are refused', () => {
  const rig = useRig();
  test.each([
    [
      'CVE-2022-32213: a coding after chunked',
      `${post}Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n`,
    ],
    [
      'CVE-2022-32214: header lines that end in LF',
      `GET / HTTP/1.1\r\n${host}X: a\nTransfer-Encoding: chunked\r\n\r\n`,
    ],
    [
      'CVE-2022-32215: a coding on a folded line',
      `${post}Transfer-Encoding: chunked\r\n , identity\r\n\r\n0\r\n\r\n`,
    ],
    ['CVE-2023-25725: an empty header name', `${post}: x\r\nContent-Length: 5\r\n\r\nhello`],
    ['CVE-2023-30589: CR alone between fields', `GET / HTTP/1.1\r\n${host}X: a\rContent-Length: 1\r\n\r\n`],
    [
      'CVE-2023-40225: an empty length before a real one',
      `${post}Content-Length:\r\nContent-Length: 5\r\n\r\nhello`,
    ],
    ['CVE-2023-46846: a chunk size with white space before it', `${chunked} 5\r\nhello\r\n0\r\n\r\n`],
    [
      'CVE-2024-1135: a coding that is only like chunked',
      `${post}Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n`,
    ],
    ['CVE-2024-6827: a list of codings', `${post}Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n`],
    ['CVE-2024-27982: a space before the name of a length', `${post} Content-Length: 5\r\n\r\nhello`],
    ['CVE-2025-22871: a chunk size line that ends in LF', `${chunked}5\nhello\r\n0\r\n\r\n`],
    ['CVE-2025-23167: a head that ends in CR LF CR X', `GET / HTTP/1.1\r\n${host}\r\rX`],
    [
      'CVE-2025-32094: Expect on a folded line',
      `OPTIONS / HTTP/1.1\r\n${host}Expect:\r\n 100-continue\r\n\r\n`,
    ],
    ['CVE-2025-43859: anything after chunk data', `${chunked}5\r\nhelloXX0\r\n\r\n`],
    ['CVE-2025-55315: CR in a chunk extension', `${chunked}5;a\rb\r\nhello\r\n0\r\n\r\n`],
    ['CVE-2025-55315: LF in a chunk extension', `${chunked}5;a\nhello\r\n0\r\n\r\n`],
    ['CVE-2025-58056: an extension that ends in LF', `${chunked}5;\nhello\r\n0\r\n\r\n`],
    ['CVE-2026-1525: lengths in two spellings', `${post}Content-Length: 5\r\ncontent-length: 6\r\n\r\nhello`],
    [
      'CVE-2026-2835: chunks in HTTP/1.0',
      `POST / HTTP/1.0\r\n${host}Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
    ],
    ['CVE-2026-23941: two lengths', `${post}Content-Length: 5\r\nContent-Length: 50\r\n\r\nhello`],
    ['CVE-2026-2332: a line end in a quoted chunk extension', `${chunked}1;a="b\r\nX\r\n0\r\n\r\n`],
    ['CVE-2026-24033: a quote that a later line closes', `${chunked}5;a="\r\nhello\r\n0\r\n\r\n"\r\n`],
    ['CVE-2026-33870: an escaped line end', `${chunked}5;a="\\\r\nhello\r\n0\r\n\r\n`],
    ['CVE-2026-42580: a chunk size over 64 bits', `${chunked}10000000000000005\r\nhello\r\n0\r\n\r\n`],
    ['CVE-2026-28367: a head that ends in CR CR CR', `GET / HTTP/1.1\r\nHost: api.example.com\r\r\r`],
    ['CVE-2026-28369: a first field after spaces', `GET / HTTP/1.1\r\n  ${host}\r\n`],
    [
      'CVE-2026-89044: codings in two fields',
      `${post}Transfer-Encoding: chunked\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n`,
    ],
  ])('%s', async (_name, bytes) => {
    const { line, service, audit } = rig();
    const agent = await line();
    agent.send(bytes);
    agent.send(smuggled);
    expect((await agent.response('POST'))?.status).toBe(400);
    expect((await agent.rest()).toString()).toBe('');
    expect(service.requests).toEqual([]);
    expect(service.received().toString()).not.toContain('smuggled');
    const [event] = await audit(1);
    expect(event).toMatchObject({ decision: 'refuse', error: 'malformed_request', status: 400 });
  });

  test.each([
    ['CVE-2023-39326', '2;'.padEnd(30, 'a')],
    ['CVE-2024-22019', `2;a=${'b'.repeat(3_000)}`],
  ])('%s: chunk extensions without end are cut off, in a few KiB', async (_name, size) => {
    const { line, service, audit } = rig();
    const agent = await line();
    agent.send(chunked);
    const chunk = `${size}\r\nhi\r\n`;
    for (let sent = 0; sent < 64 * 1024 && !agent.isClosed(); sent += chunk.length) agent.send(chunk);
    expect((await agent.response('POST'))?.status).toBe(400);
    await audit(1);
    expect(service.requests).toEqual([]);
  });

  test('CVE-2023-45539: a target with # in it is no target', async () => {
    const { line, service, audit } = rig();
    const agent = await line();
    agent.send(`GET /index.html#.png HTTP/1.1\r\n${host}\r\n`);
    expect((await agent.response())?.status).toBe(400);
    expect(service.received().length).toBe(0);
    await audit(1);
  });

  test('CVE-2026-21710: a field called __proto__ is a field', async () => {
    const { line, service, audit } = rig();
    const agent = await line();
    agent.send(`GET / HTTP/1.1\r\n${host}__proto__: x\r\nconstructor: y\r\n__proto__: z\r\n\r\n`);
    expect((await agent.response())?.status).toBe(200);
    expect(service.requests[0]?.fields).toContainEqual(['__proto__', 'z']);
    await audit(1);
  });

  test('CVE-2026-21637: a server name that cannot be one ends one handshake, not the process', async () => {
    const { sidecar, line, auditSoFar } = rig();
    for (const servername of ['a'.repeat(200), '..', 'x\u00e4.example', '-']) {
      const socket = await dial(sidecar.addresses.listen[0]?.port ?? 0);
      const attempt = tls.connect({ socket, servername, rejectUnauthorized: false });
      attempt.on('error', () => {});
      await Promise.race([once(attempt, 'secureConnect'), once(attempt, 'close')]).catch(() => undefined);
      attempt.destroy();
    }
    const agent = await line();
    agent.send(get);
    expect((await agent.response())?.status).toBe(200);
    expect((await auditSoFar()).at(-1)).toMatchObject({ decision: 'allow', status: 200 });
  });
});

test('CVE-2024-45808: what an agent writes cannot forge a line of the audit log', async () => {
  const rig = await startRig();
  const agent = await rig.line();
  agent.send(`GET /a"},{"decision":"allow%0a{} HTTP/1.1\r\n${host}\r\n`);
  await agent.response();
  const [event] = await rig.audit(1);
  expect(event?.path).toBe('/a"},{"decision":"allow%0a{}');
});

test('CVE-2025-23419: a TLS session of one host opens no other', async () => {
  const rig = await startRig();
  const ca = rig.sidecar.ca.certificatePem;
  const port = rig.sidecar.addresses.listen[0]?.port ?? 0;
  const first = await secure(await dial(port), { ca, servername: 'api.example.com' });
  const session = once(first, 'session');
  first.write(get);
  const [ticket] = (await session) as [Buffer];
  const again = tls.connect({
    socket: await dial(port),
    ca,
    session: ticket,
    servername: 'api.github.com',
    checkServerIdentity: () => undefined,
  });
  await once(again, 'secureConnect');
  again.write('GET / HTTP/1.1\r\nHost: api.example.com\r\n\r\n');
  expect(String((await once(again, 'data'))[0])).toContain(' 421 ');
  again.destroy();
  await rig.audit(2);
});

describe('switches of protocol', () => {
  let answer = '';
  const rig = useRig({ providers: [switching], answer: (_request, socket) => void socket.write(answer) });

  test.each([
    ['CVE-2024-23326: a 200 is no switch', 200],
    ['CVE-2026-2833: nothing behind a handshake goes up before the switch', 400],
    ['CVE-2025-64763: early data is not carried before the other side has agreed', 503],
  ])('%s', async (_name, status) => {
    const { line, service, audit } = rig();
    answer = `HTTP/1.1 ${status} X\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nContent-Length: 2\r\n\r\nno`;
    const agent = await line();
    agent.send(`${handshake}\r\nGET /forbidden/x HTTP/1.1\r\n${host}\r\n`);
    expect((await agent.response())?.status).toBe(status);
    expect((await agent.response())?.status).toBe(403);
    expect(service.received().toString()).not.toContain('forbidden');
    await audit(2);
  });

  test('CVE-2026-55458: a switch brings nothing that belongs to the connection with the service', async () => {
    const { line, audit } = rig();
    const named = accepted.replace('Connection: Upgrade', 'Connection: Upgrade, X-Gone');
    const gone = 'Alt-Svc: h3=":443"\r\nKeep-Alive: x\r\nProxy-Authenticate: Basic\r\nX-Gone: 1\r\n';
    const length = 'Content-Length: 5\r\n';
    answer = `${named}${gone}${length}X-Kept: 1\r\n\r\nhello`;
    const agent = await line();
    const ear = await switchOver(agent);
    await ear.hears('hello');
    expect(ear.text()).toContain('X-Kept: 1\r\n');
    expect(ear.text()).not.toMatch(/^(?:alt-svc|keep-alive|proxy-authenticate|x-gone|content-length)/im);
    agent.socket.destroy();
    await audit(1);
  });

  test('CVE-2026-1527: the name of a protocol cannot break out of its line', async () => {
    const { line, service, audit } = rig();
    const agent = await line();
    agent.send(`${handshake.replace('Upgrade: websocket', 'Upgrade: websocket\\r\\nX: y')}\r\n`);
    expect((await agent.response())?.status).toBe(403);
    expect(service.received().length).toBe(0);
    await audit(1);
  });
});

describe('connections to a service are not used again', () => {
  test('CVE-2024-24791, CVE-2025-31699: after an answer that came in place of 100 Continue', async () => {
    const rig = await startRig({
      onData: (chunk, socket) =>
        chunk.toString().startsWith('POST')
          ? Boolean(socket.write('HTTP/1.1 401 No\r\nContent-Length: 0\r\n\r\n'))
          : false,
    });
    const agent = await rig.line();
    agent.send(`${post}Expect: 100-continue\r\nContent-Length: 5\r\n\r\n`);
    expect((await agent.response())?.status).toBe(401);
    expect((await rig.ask({})).status).toBe(200);
    expect(rig.service.connections()).toBe(2);
    expect(rig.service.requests.map(({ connection }) => connection)).toEqual([1]);
    await rig.audit(2);
  });

  test('CVE-2025-4366: while content that nobody read is still to come; it is no request either', async () => {
    const rig = await startRig();
    const agent = await rig.line();
    agent.send(
      `POST /forbidden HTTP/1.1\r\n${host}Content-Length: ${smuggled.length}\r\n\r\n${smuggled}${get}`,
    );
    expect([(await agent.response())?.status, (await agent.response())?.status]).toEqual([403, 200]);
    expect(rig.service.requests.map(({ target }) => target)).toEqual(['/next']);
    await rig.audit(2);
  });

  test.each(['GET', 'HEAD'])(
    'CVE-2026-6733, CVE-2026-48931, CVE-2026-115823: after more than the response to %s came while they were idle',
    async (method) => {
      const sockets: Socket[] = [];
      const rig = await startRig({ onConnection: (socket) => void sockets.push(socket) });
      const agent = await rig.line();
      agent.send(`${method} / HTTP/1.1\r\n${host}\r\n`);
      expect((await agent.response(method))?.status).toBe(200);
      if (sockets[0] !== undefined) reply(sockets[0], 'HTTP/1.1 200 OK\r\nContent-Length: 6', 'forged');
      await vi.waitFor(() => expect(rig.service.open()).toBe(0));
      agent.send(get);
      expect((await agent.response())?.body.toString()).toBe('ok');
      expect(rig.service.connections()).toBe(2);
      await rig.audit(2);
    },
  );

  test('CVE-2024-53271: after interim responses the next answer is the next request’s', async () => {
    let count = 0;
    const rig = await startRig({
      answer: (_request, socket) => {
        count += 1;
        reply(
          socket,
          `HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1`,
          String(count),
        );
      },
    });
    const agent = await rig.line();
    for (const expected of ['1', '2', '3']) {
      agent.send(get);
      expect(await agent.response()).toMatchObject({ interim: [102, 103], body: Buffer.from(expected) });
    }
    await rig.audit(3);
  });
});

test('CVE-2026-100666: 100 Continue is no answer, so that pipelined ones keep their requests', async () => {
  const rig = await startRig({
    answer: ({ method }, socket) =>
      reply(socket, 'HTTP/1.1 200 OK\r\nContent-Length: 2', method === 'HEAD' ? '' : 'ok'),
  });
  const agent = await rig.line();
  const expecting = `${post}Expect: 100-continue\r\nContent-Length: 2\r\n\r\nhi`;
  agent.send(`${expecting}HEAD / HTTP/1.1\r\n${host}\r\n${get}`);
  expect(await agent.response('POST')).toMatchObject({ interim: [100], body: Buffer.from('ok') });
  expect(await agent.response('HEAD')).toMatchObject({ interim: [], status: 200 });
  expect(await agent.response()).toMatchObject({ interim: [], body: Buffer.from('ok') });
  await rig.audit(3);
});

test.each(['100-continue', 'y 100-continue', '100-continue, 100-continue', '100-contin\xfce'])(
  'Expect-based desync ("HTTP/1.1 must die"): with Expect: %s content is content',
  async (expectation) => {
    const rig = await startRig();
    const agent = await rig.line();
    const length = `Content-Length: ${smuggled.length}\r\n`;
    agent.send(`GET /first HTTP/1.1\r\n${host}Expect: ${expectation}\r\n${length}\r\n${smuggled}${get}`);
    expect((await agent.response())?.status).toBe(200);
    expect((await agent.response())?.status).toBe(200);
    expect(rig.service.requests.map(({ target }) => target)).toEqual(['/first', '/next']);
    expect(rig.service.requests[0]?.body.toString()).toBe(smuggled);
    expect(rig.service.received().toString()).not.toMatch(/^expect/im);
    await rig.audit(2);
  },
);

test('CVE-2026-1642: bytes in clear before the handshake are no response', async () => {
  const service = await startService(undefined, {
    onConnection: (socket: Socket) => void socket.write('HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nforged'),
    onData: () => true,
  });
  const rig = await startRig({
    sidecar: { overrides: new Map([['api.example.com', { address: '127.0.0.1', port: service.port }]]) },
  });
  const got = await rig.ask({});
  expect(got.status).toBe(502);
  expect(got.body).not.toContain('forged');
  await rig.audit(1);
});

test.each(['CVE-2023-45143', 'CVE-2024-30260', 'CVE-2025-4673', 'trap W19'])(
  '%s: a redirect is the agent’s to follow, and carries no credential',
  async () => {
    const rig = await startRig({
      answer: (_request, socket) =>
        reply(socket, 'HTTP/1.1 307 Go\r\nLocation: https://evil.example/x\r\nContent-Length: 0'),
    });
    const got = await rig.ask({ headers: [['Cookie', 'a=b']] });
    expect(got.status).toBe(307);
    expect(got.headers).toContainEqual(['location', 'https://evil.example/x']);
    expect(rig.service.requests).toHaveLength(1);
    await rig.audit(1);
    await rig.expectNoCanary(got);
  },
);

test('CVE-2022-2880: a query that servers read in several ways goes up as it was judged', async () => {
  const rig = await startRig();
  const path = '/x?a=1;b=2&%zz&c=%00';
  expect((await rig.ask({ path })).status).toBe(200);
  expect(rig.service.requests[0]?.target).toBe(path);
  await rig.audit(1);
});

test('CVE-2024-53270: a connection over the limit is closed, and the process goes on', async () => {
  const rig = await startRig({ sidecar: { maxConnections: 3 } });
  const port = rig.sidecar.addresses.listen[0]?.port ?? 0;
  const held = await Promise.all([dial(port), dial(port), dial(port)]);
  const extra = net.connect(port, '127.0.0.1').on('error', () => {});
  await once(extra, 'close');
  const [event] = await rig.audit(1);
  expect(event).toMatchObject({ decision: 'refuse', error: 'overloaded', status: 0 });
  expect(event?.reason).toContain('a door serves 3 connections already');
  for (const socket of held) socket.destroy();
  await vi.waitFor(async () => expect((await rig.ask({})).status).toBe(200));
});
