import { once } from 'node:events';
import type { Socket } from 'node:net';
import { describe, expect, test, vi } from 'vitest';
import { askH2, dial, openH2, secure } from './agent.ts';
import { canaries, type Rig, useRig } from './rig.ts';
import { reply } from './service.ts';

const host = 'Host: api.example.com\r\n';

async function h2Of({ sidecar }: Rig) {
  const socket = await dial(sidecar.addresses.listen[0]?.port ?? 0);
  const ca = sidecar.ca.certificatePem;
  return openH2(await secure(socket, { ca, servername: 'api.example.com', alpn: ['h2'] }));
}

describe('the bytes that a service gets', () => {
  const rig = useRig();
  const token = `authorization: Bearer ${canaries.api}\r\n`;
  const cases = [
    [
      'order, case and duplicates kept; proxy and hop-by-hop fields gone; the credential last',
      `GET /a%2fB?x=1&x=2 HTTP/1.1\r\nX-B: 1\r\nhOsT: API.example.com\r\nx-a: \xe9\r\nX-B: 2\r\nKeep-Alive: timeout=5\r\nConnection: keep-alive, X-Gone, authorization\r\nX-Gone: 1\r\nAUTHORIZATION: Basic bm8=\r\nProxy-Authorization: Basic bm8=\r\nProxy-Connection: keep-alive\r\nX-Forwarded-For: 1.2.3.4\r\nX-Forwarded-Host: evil\r\nX-Forwarded-Proto: http\r\nForwarded: for=1\r\nVia: 1.1 x\r\nTE: trailers, gzip\r\nX-Empty:\r\n\r\n`,
      `GET /a%2fB?x=1&x=2 HTTP/1.1\r\nHost: api.example.com\r\nX-B: 1\r\nx-a: \xe9\r\nX-B: 2\r\nX-Empty: \r\nte: trailers\r\n${token}\r\n`,
    ],
    [
      'a length',
      `POST / HTTP/1.1\r\n${host}Content-Length: 5\r\n\r\nhello`,
      `POST / HTTP/1.1\r\nHost: api.example.com\r\n${token}Content-Length: 5\r\n\r\nhello`,
    ],
    [
      'a length on GET',
      `GET / HTTP/1.1\r\n${host}Content-Length: 5\r\n\r\nhello`,
      `GET / HTTP/1.1\r\nHost: api.example.com\r\n${token}Content-Length: 5\r\n\r\nhello`,
    ],
    [
      'a length of 0 on PUT',
      `PUT / HTTP/1.1\r\n${host}Content-Length: 0\r\n\r\n`,
      `PUT / HTTP/1.1\r\nHost: api.example.com\r\n${token}Content-Length: 0\r\n\r\n`,
    ],
    [
      'no content on DELETE',
      `DELETE / HTTP/1.1\r\n${host}\r\n`,
      `DELETE / HTTP/1.1\r\nHost: api.example.com\r\n${token}\r\n`,
    ],
    [
      'no content on PATCH',
      `PATCH / HTTP/1.1\r\n${host}\r\n`,
      `PATCH / HTTP/1.1\r\nHost: api.example.com\r\n${token}Content-Length: 0\r\n\r\n`,
    ],
    [
      'a length with zeros in front',
      `POST / HTTP/1.1\r\n${host}Content-Length: 005\r\n\r\nhello`,
      `POST / HTTP/1.1\r\nHost: api.example.com\r\n${token}Content-Length: 5\r\n\r\nhello`,
    ],
    [
      'chunks, without their extensions, with their trailers but for those that mean something',
      `POST / HTTP/1.1\r\n${host}Transfer-Encoding: Chunked\r\nTrailer: X-Sum\r\n\r\n2;a=b\r\nhe\r\n003\r\nllo\r\n0\r\nX-Sum: 1\r\nAuthorization: evil\r\n\r\n`,
      `POST / HTTP/1.1\r\nHost: api.example.com\r\nTrailer: X-Sum\r\n${token}Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nX-Sum: 1\r\n\r\n`,
    ],
    [
      'chunks of nothing',
      `DELETE / HTTP/1.1\r\n${host}Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
      `DELETE / HTTP/1.1\r\nHost: api.example.com\r\n${token}Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
    ],
    [
      'a method override is refused by the rules',
      `POST / HTTP/1.1\r\n${host}X-HTTP-Method-Override: DELETE\r\nContent-Length: 0\r\n\r\n`,
      '',
    ],
  ] as const;
  test.each(cases)('are exactly these: %s', async (_name, sent, received) => {
    const { line, service, audit } = rig();
    const agent = await line();
    agent.send(sent);
    await agent.response();
    const [event] = await audit(1);
    // Two chunks may come together or apart.
    const bytes = service.received().toString('latin1').replace('2\r\nhe\r\n3\r\nllo', '5\r\nhello');
    expect(bytes).toBe(received);
    if (received !== '') expect(event?.bytes_in).toBe(/hello/.test(received) ? 5 : 0);
  });

  test('join the crumbs of an HTTP/2 cookie, and keep the order of the rest', async () => {
    const { service, audit } = rig();
    const session = await h2Of(rig());
    const headers = [
      ['x-b', '1'],
      ['cookie', 'a=1'],
      ['cookie', 'b=2'],
      ['x-a', '2'],
      ['te', 'trailers'],
    ] as const;
    expect((await askH2(session, 'api.example.com', { headers })).status).toBe(200);
    await audit(1);
    expect(service.received().toString()).toBe(
      `GET / HTTP/1.1\r\nHost: api.example.com\r\nx-b: 1\r\nx-a: 2\r\ncookie: a=1; b=2\r\nte: trailers\r\n${token}\r\n`,
    );
  });
});

describe('the response that an agent gets', () => {
  let respond: (socket: Socket) => void = () => {};
  const rig = useRig({ answer: (_request, socket) => respond(socket) });
  const both = ['h1', 'h2'] as const;

  test.each(both)(
    'keeps duplicates, order and what it does not know, and drops Alt-Svc and hop-by-hop fields: %s',
    async (protocol) => {
      respond = (socket) =>
        reply(
          socket,
          'HTTP/1.1 200 Fine\r\nX-A: 1\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\nx-a: 2\r\nContent-Type: a/b\r\nContent-Type: c/d\r\nAlt-Svc: h3=":443"\r\nKeep-Alive: timeout=9\r\nConnection: x-gone\r\nX-Gone: 1\r\nProxy-Authenticate: x\r\nTrailer: X\r\nContent-Encoding: gzip\r\nContent-Length: 4',
          Buffer.from([0x1f, 0x8b, 0xff, 0x00]),
        );
      const got = await rig().ask({ protocol });
      const of = (name: string) => got.headers.filter(([key]) => key === name).map(([, value]) => value);
      expect(got.status).toBe(200);
      expect(got.body).toBe('\x1f\x8b\xff\x00');
      expect(of('set-cookie')).toEqual(['a=1', 'b=2']);
      expect(of('x-a').join(', ')).toBe('1, 2');
      expect(of('content-type').join(', ')).toBe('a/b, c/d');
      for (const name of ['alt-svc', 'x-gone', 'proxy-authenticate']) expect(of(name)).toEqual([]);
      await rig().audit(1);
    },
  );

  const framings = [
    [
      'chunked',
      'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3;x\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n',
      200,
      'hello',
    ],
    ['until the connection ends', 'HTTP/1.1 200 OK\r\n\r\nhello', 200, 'hello'],
    ['HTTP/1.0', 'HTTP/1.0 200 OK\r\n\r\nhello', 200, 'hello'],
    ['HTTP/1.0 with a length', 'HTTP/1.0 200 OK\r\nContent-Length: 5\r\n\r\nhello', 200, 'hello'],
    ['204', 'HTTP/1.1 204 No Content\r\n\r\n', 204, ''],
    ['204 with a length', 'HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\n', 204, ''],
    ['205', 'HTTP/1.1 205 Reset Content\r\nContent-Length: 0\r\n\r\n', 205, ''],
    ['304 with a length', 'HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\nETag: "x"\r\n\r\n', 304, ''],
    ['an empty body', 'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n', 200, ''],
    ['no reason', 'HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n', 200, ''],
    [
      '100 first',
      'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\nContent-Length: 0\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello',
      200,
      'hello',
    ],
    [
      'a redirect',
      'HTTP/1.1 302 Found\r\nLocation: https://evil.example/\r\nContent-Length: 0\r\n\r\n',
      302,
      '',
    ],
    ['an error', 'HTTP/1.1 500 Oops\r\nContent-Length: 5\r\n\r\nhello', 500, 'hello'],
    [
      'a trailer announced, and a length',
      'HTTP/1.1 200 OK\r\nTrailer: X\r\nContent-Length: 5\r\n\r\nhello',
      200,
      'hello',
    ],
  ] as const;
  for (const protocol of both) {
    test.each(framings)(`reads %s: ${protocol}`, async (name, bytes, status, body) => {
      respond = (socket) => void (/ends|1\.0/.test(name) ? socket.end(bytes) : socket.write(bytes));
      const got = await rig().ask({ protocol });
      expect([got.status, got.body]).toEqual([status, body]);
      const [event] = await rig().audit(1);
      expect(event).toMatchObject({ status, bytes_out: body.length, decision: 'allow' });
      expect(event?.error).toBeUndefined();
      if (status === 302) expect(got.headers).toContainEqual(['location', 'https://evil.example/']);
    });
  }

  test('has no content by HTTP/2 where 205 comes with some', async () => {
    respond = (socket) => void socket.write('HTTP/1.1 205 Reset Content\r\nContent-Length: 5\r\n\r\nhello');
    expect(await rig().ask({ protocol: 'h2' })).toMatchObject({ status: 205, body: '' });
    await rig().audit(1);
  });

  test.each(both)('has a head and no content for HEAD: %s', async (protocol) => {
    respond = (socket) => void socket.write('HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTrailer: X\r\n\r\n');
    const got = await rig().ask({ protocol, method: 'HEAD' });
    expect(got).toMatchObject({ status: 200, body: '' });
    expect(got.headers).toContainEqual(['content-length', '5']);
    await rig().audit(1);
  });

  test('has its trailers', async () => {
    respond = (socket) =>
      void socket.write(
        'HTTP/1.1 200 OK\r\nTrailer: X-Sum\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nX-Sum: 1\r\nX-Sum: 2\r\n\r\n',
      );
    const agent = await rig().line();
    agent.send(`GET / HTTP/1.1\r\n${host}TE: trailers\r\n\r\n`);
    expect((await agent.response())?.trailers).toEqual([
      ['X-Sum', '1'],
      ['X-Sum', '2'],
    ]);
    const session = await h2Of(rig());
    const stream = session.request({ ':path': '/', ':authority': 'api.example.com', te: 'trailers' });
    const [trailers] = await once(stream.resume(), 'trailers');
    expect(trailers).toMatchObject({ 'x-sum': '1, 2' });
    await rig().audit(2);
  });

  const broken = [
    [
      'a length and chunks (F20)',
      'HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
    ],
    ['two lengths (F20)', 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 5\r\n\r\nhello'],
    ['a list of lengths (F20)', 'HTTP/1.1 200 OK\r\nContent-Length: 5, 5\r\n\r\nhello'],
    ['two codings', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n'],
    ['a folded field', 'HTTP/1.1 200 OK\r\nX-A: b\r\n c\r\n\r\n'],
    ['a control character in a value', 'HTTP/1.1 200 OK\r\nX-A: b\x01c\r\nContent-Length: 0\r\n\r\n'],
    ['a bare CR in a value', 'HTTP/1.1 200 OK\r\nX-A: b\rX-B: c\r\nContent-Length: 0\r\n\r\n'],
    ['a bad name', 'HTTP/1.1 200 OK\r\nX A: b\r\nContent-Length: 0\r\n\r\n'],
    ['another protocol', 'SSH-2.0-OpenSSH_9.2\r\n\r\n'],
    ['a protocol switch', 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n'],
    ['a status of 42', 'HTTP/1.1 42 What\r\n\r\n'],
    ['a head without end', `HTTP/1.1 200 OK\r\nX-A: ${'a'.repeat(300_000)}`],
  ] as const;
  for (const protocol of both) {
    test.each(broken)(
      `is 502 for %s, and the connection is not used again: ${protocol}`,
      async (_name, bytes) => {
        const { service, ask, audit, expectNoCanary } = rig();
        respond = (socket) => void socket.write(bytes, 'latin1');
        const got = await ask({ protocol });
        expect(got.status).toBe(502);
        expect(JSON.parse(got.body).error.code).toBe('upstream_protocol');
        const [event] = await audit(1);
        expect(event).toMatchObject({ decision: 'allow', status: 502, error: 'upstream_protocol' });
        await vi.waitFor(() => expect(service.open()).toBe(0));
        await expectNoCanary(got);
      },
    );
  }

  const cuts = [
    ['a length', 'HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nhello'],
    ['chunks', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n'],
    ['a chunk', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n50\r\nhello'],
  ] as const;
  test.each(cuts)('is cut where the service cut %s, never ended cleanly', async (_name, bytes) => {
    respond = (socket) => void socket.end(bytes);
    const agent = await rig().line();
    agent.send(`GET / HTTP/1.1\r\n${host}\r\n`);
    expect(await agent.response()).toMatchObject({ status: 200, isWhole: false });
    const session = await h2Of(rig());
    const stream = session.request({ ':path': '/', ':authority': 'api.example.com' });
    stream.on('error', () => {}).resume();
    await new Promise((resolve) => stream.once('close', resolve));
    expect(stream.rstCode).not.toBe(0);
    for (const event of await rig().audit(2))
      expect(event).toMatchObject({ status: 200, error: expect.stringMatching(/^upstream_/) });
  });
});
