import { describe, expect, test } from 'vitest';
import { useRig } from './rig.ts';

const host = 'Host: api.example.com\r\n';
const post = `POST / HTTP/1.1\r\n${host}`;
const chunked = `${post}Transfer-Encoding: chunked\r\n\r\n`;

describe('framing that two readers could read in two ways', () => {
  const rig = useRig();
  const refused: readonly (readonly [string, string, number])[] = [
    [
      'length and chunked (F1)',
      `${post}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
      400,
    ],
    [
      'chunked and length (F1)',
      `${post}Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n`,
      400,
    ],
    ['two different lengths (F2)', `${post}Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello`, 400],
    ['two equal lengths (F2)', `${post}Content-Length: 5\r\nContent-Length: 5\r\n\r\nhello`, 400],
    ['a list of lengths (F2)', `${post}Content-Length: 5, 5\r\n\r\nhello`, 400],
    ['a length with a plus (F2)', `${post}Content-Length: +5\r\n\r\nhello`, 400],
    ['a hexadecimal length (F2)', `${post}Content-Length: 0x5\r\n\r\nhello`, 400],
    ['a negative length (F2)', `${post}Content-Length: -5\r\n\r\nhello`, 400],
    ['an empty length (F2)', `${post}Content-Length:\r\n\r\nhello`, 400],
    ['an overflowing length (F2)', `${post}Content-Length: 99999999999999999999\r\n\r\nhello`, 400],
    ['a space before the colon (F3)', `${post}Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n`, 400],
    ['an unknown coding (F3)', `${post}Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n`, 400],
    [
      'chunked before another coding (F3)',
      `${post}Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n`,
      400,
    ],
    ['another coding before chunked (F3)', `${post}Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n`, 400],
    [
      'two codings (F3)',
      `${post}Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
      400,
    ],
    ['a vertical tab around the coding (F3)', `${post}Transfer-Encoding: \x0bchunked\r\n\r\n0\r\n\r\n`, 400],
    ['an empty coding (F3)', `${post}Transfer-Encoding:\r\n\r\n0\r\n\r\n`, 400],
    ['a folded field (F3)', `${post}Transfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n`, 400],
    ['a folded other field (F3)', `GET / HTTP/1.1\r\n${host}X-A: b\r\n c\r\n\r\n`, 400],
    ['bare LF (F4)', `GET / HTTP/1.1\n${host.replace('\r', '')}\n`, 400],
    ['one bare LF (F4)', `GET / HTTP/1.1\r\n${host}X-A: b\nX-B: c\r\n\r\n`, 400],
    ['CR without LF (F4)', `GET / HTTP/1.1\r\n${host}X-A: b\rX-B: c\r\n\r\n`, 400],
    ['a NUL in a value (F4)', `GET / HTTP/1.1\r\n${host}X-A: b\0c\r\n\r\n`, 400],
    ['a control character in a value (F4)', `GET / HTTP/1.1\r\n${host}X-A: b\x01c\r\n\r\n`, 400],
    ['a line without colon (F4)', `GET / HTTP/1.1\r\n${host}oops\r\n\r\n`, 400],
    ['an empty name (F4)', `GET / HTTP/1.1\r\n${host}: b\r\n\r\n`, 400],
    ['a space in a name (F4)', `GET / HTTP/1.1\r\n${host}X A: b\r\n\r\n`, 400],
    ['a chunk size that overflows (F5)', `${chunked}fffffffffffffffff\r\nx`, 400],
    ['a negative chunk size (F5)', `${chunked}-1\r\nx`, 400],
    ['a chunk size with 0x (F5)', `${chunked}0x1\r\nx\r\n0\r\n\r\n`, 400],
    ['an empty chunk size (F5)', `${chunked}\r\nx\r\n0\r\n\r\n`, 400],
    ['a huge chunk extension (F5)', `${chunked}1;${'a'.repeat(70_000)}\r\nx\r\n0\r\n\r\n`, 400],
    ['a CR in a chunk extension (F5)', `${chunked}1;a\rb\r\nx\r\n0\r\n\r\n`, 400],
    ['an LF in a chunk extension (F5)', `${chunked}1;a\nb\r\nx\r\n0\r\n\r\n`, 400],
    ['a chunk longer than it said (F5)', `${chunked}1\r\nxy\r\n0\r\n\r\n`, 400],
    [
      'h2c upgrade (F8)',
      `GET / HTTP/1.1\r\n${host}Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n\r\n`,
      403,
    ],
    [
      'a WebSocket upgrade (F10)',
      `GET / HTTP/1.1\r\n${host}Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n`,
      403,
    ],
    ['the HTTP/2 preface (F8)', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 400],
    ['TRACE (F13)', `TRACE / HTTP/1.1\r\n${host}\r\n`, 405],
    ['TRACK (F13)', `TRACK / HTTP/1.1\r\n${host}\r\n`, 405],
    ['a lower-case method (F14)', `get / HTTP/1.1\r\n${host}\r\n`, 400],
    ['a tab after the method (F14)', `GET\t/ HTTP/1.1\r\n${host}\r\n`, 400],
    ['a space before the method (F14)', ` GET / HTTP/1.1\r\n${host}\r\n`, 400],
    ['a 64 KiB field (F15)', `GET / HTTP/1.1\r\n${host}X-A: ${'a'.repeat(65_536)}\r\n\r\n`, 431],
    ['ten thousand fields (F15)', `GET / HTTP/1.1\r\n${host}${'A:b\r\n'.repeat(10_000)}\r\n`, 431],
    ['a target of 1 MiB (F15)', `GET /${'a'.repeat(1 << 20)} HTTP/1.1\r\n${host}\r\n`, 431],
    ['a target of 20 KiB (F15)', `GET /${'a'.repeat(20_000)} HTTP/1.1\r\n${host}\r\n`, 414],
    [
      'HTTP/1.0 with chunks (F17)',
      `POST / HTTP/1.0\r\n${host}Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
      400,
    ],
    ['HTTP/2.0 in text', `GET / HTTP/2.0\r\n${host}\r\n`, 400],
    ['HTTP/0.9', 'GET /\r\n\r\n', 400],
    ['HTTP/1.2', `GET / HTTP/1.2\r\n${host}\r\n`, 400],
    ['a fragment', `GET /a#b HTTP/1.1\r\n${host}\r\n`, 400],
    ['a backslash', `GET /a\\b HTTP/1.1\r\n${host}\r\n`, 400],
    ['a byte over 0x7f in the target', `GET /\xe9 HTTP/1.1\r\n${host}\r\n`, 400],
  ];
  for (const door of ['tls', 'proxy'] as const) {
    test.each(refused)(`at the ${door} door: refuses %s`, async (_name, bytes, status) => {
      const { line, tunnel, service, audit, expectNoCanary } = rig();
      const agent = await (door === 'tls' ? line() : tunnel());
      agent.send(bytes);
      const response = await agent.response(bytes.slice(0, 5) === 'HEAD ' ? 'HEAD' : 'POST');
      expect(response?.status).toBe(status);
      expect(service.received().toString('latin1')).toBe('');
      const [event] = await audit(1);
      expect(event).toMatchObject({ decision: 'refuse', status });
      expect(event?.error).toBe(event?.rule);
      await expectNoCanary(response?.body.toString());
    });
  }

  test('leaves an unknown method to the policy (F14)', async () => {
    const { line, service, audit } = rig();
    const agent = await line();
    agent.send(`FOO / HTTP/1.1\r\n${host}\r\n`);
    expect((await agent.response())?.status).toBe(403);
    expect(service.received().toString('latin1')).toBe('');
    expect(await audit(1)).toMatchObject([{ decision: 'deny', method: 'FOO' }]);
  });

  test('closes the connection of what was malformed, and says it once however much follows', async () => {
    const { line, audit } = rig();
    const agent = await line();
    agent.send(`GET / HTTP/1.1\r\nbad\r\n\r\n`);
    expect((await agent.response())?.status).toBe(400);
    for (let i = 0; i < 5; i += 1) agent.send('GET / HTTP/1.1\r\nHost: api.example.com\r\n\r\n');
    expect((await agent.rest()).toString()).toBe('');
    await audit(1);
  });

  test('polices what follows a body as a request of its own (F6)', async () => {
    const { line, service, audit } = rig();
    const agent = await line();
    agent.send(`${post}Content-Length: 2\r\n\r\nhiGET /forbidden/x HTTP/1.1\r\n${host}\r\n`);
    expect([(await agent.response())?.status, (await agent.response())?.status]).toEqual([200, 403]);
    expect(service.requests.map(({ body }) => body.toString())).toEqual(['hi']);
    expect(service.received().toString()).not.toContain('forbidden');
    await audit(2);
  });

  test('finishes a request before it refuses the garbage behind it', async () => {
    const { line, audit } = rig();
    const agent = await line();
    agent.send(`GET /a HTTP/1.1\r\n${host}\r\n\x00garbage\r\n\r\n`);
    expect([(await agent.response())?.status, (await agent.response())?.status]).toEqual([200, 400]);
    const lines = await audit(2);
    expect(lines.map(({ decision }) => decision).sort()).toEqual(['allow', 'refuse']);
  });

  test('serves pipelined requests one by one, in order', async () => {
    const { line, service, audit } = rig();
    const agent = await line();
    const paths = Array.from({ length: 20 }, (_, i) => `/p/${i}`);
    agent.send(paths.map((path) => `GET ${path} HTTP/1.1\r\n${host}\r\n`).join(''));
    for (const _ of paths) expect((await agent.response())?.status).toBe(200);
    expect(service.requests.map(({ target }) => target)).toEqual(paths);
    expect(service.connections()).toBeLessThanOrEqual(3);
    await audit(20);
  });

  test('speaks HTTP/1.0, with and without keep-alive (F17)', async () => {
    const { line, audit } = rig();
    const once = await line();
    once.send(`GET / HTTP/1.0\r\n${host}\r\n`);
    expect((await once.response())?.body.toString()).toBe('ok');
    expect((await once.rest()).length).toBe(0);
    const twice = await line();
    for (let i = 0; i < 2; i += 1) {
      twice.send(`GET / HTTP/1.0\r\n${host}Connection: keep-alive\r\n\r\n`);
      expect((await twice.response())?.status).toBe(200);
    }
    await audit(3);
  });
});
