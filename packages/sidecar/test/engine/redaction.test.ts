import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import type { IncomingHttpHeaders } from 'node:http2';
import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import {
  brotliCompressSync,
  constants,
  createGzip,
  createZstdCompress,
  deflateRawSync,
  deflateSync,
  gzipSync,
  zstdCompressSync,
} from 'node:zlib';
import { describe, expect, test, vi } from 'vitest';
import { openH2 } from './agent.ts';
import { canaries, useRig } from './rig.ts';
import { reply } from './service.ts';
import { valuesOf } from './strict-message.ts';

const canary = canaries.api;
const mask = `redacted${'x'.repeat(canary.length - 8)}`;
const get = 'GET / HTTP/1.1\r\nHost: api.example.com\r\n\r\n';

let answer = (_socket: Socket): void => {};
const useService = () => useRig({ answer: (_request, socket) => answer(socket) });

/** An answer of one status line and fields, with the length of its content. */
const respond =
  (content: string | Buffer, ...fields: string[]) =>
  (socket: Socket) => {
    const length = `Content-Length: ${Buffer.byteLength(content)}`;
    reply(socket, ['HTTP/1.1 200 OK', length, ...fields].join('\r\n'), content);
  };

/** An answer in chunks, which all come in one write, with trailers. */
const respondInChunks =
  (chunks: readonly (string | Buffer)[], fields: readonly string[] = [], trailers = '') =>
  (socket: Socket) => {
    const parts = chunks
      .map((chunk) => Buffer.from(chunk))
      .filter(({ length }) => length > 0)
      .flatMap((chunk) => [`${chunk.length.toString(16)}\r\n`, chunk, '\r\n']);
    const head = ['HTTP/1.1 200 OK', 'Transfer-Encoding: chunked', ...fields].join('\r\n');
    reply(socket, head, Buffer.concat([...parts, `0\r\n${trailers}\r\n`].map((part) => Buffer.from(part))));
  };

/** Every spelling of the canary that the agent must not get, in what it got. */
function expectHidden(got: unknown): void {
  const text = typeof got === 'string' ? got : JSON.stringify(got);
  const [head = '', tail = ''] = [canary.slice(0, 16), canary.slice(-12)];
  for (const part of [head, tail]) {
    const bytes = Buffer.from(part);
    for (const form of [part, bytes.toString('hex'), bytes.toString('base64').slice(0, -4)])
      expect(text.toLowerCase()).not.toContain(form.toLowerCase());
  }
}

describe('a service that repeats the credential', () => {
  const rig = useService();
  const basic = Buffer.from(`user:${canary}`).toString('base64');

  test.each([
    ['in a header', respond('ok', `X-Debug: Bearer ${canary}`), 1],
    ['in Set-Cookie', respond('ok', `Set-Cookie: a=${canary}; Path=/`, `Set-Cookie: b=${basic}`), 2],
    ['in Location, escaped', respond('', `Location: /?t=${canary.replaceAll('-', '%2D')}`), 0],
    ['in Location', respond('', `Location: https://evil.example/?t=${encodeURIComponent(canary)}`), 1],
    ['in plain content', respond(`your token is ${canary}.`), 1],
    ['in JSON, every character escaped', respond(`{"t":"${escaped(canary)}"}`), 1],
    ['as Basic', respond(`Authorization: Basic ${basic}`), 1],
    [
      'in base64url and hexadecimal',
      respond(`${Buffer.from(`::${canary}`).toString('base64url')} ${Buffer.from(canary).toString('hex')}`),
      2,
    ],
    ['in a trailer', respondInChunks(['ok'], ['Trailer: X-T'], `X-T: ${canary}\r\n`), 1],
    ['three times', respondInChunks([canary, ' ', `${canary}${canary}`]), 2],
  ])('%s shows a mask of the same length, by HTTP/1.1 and HTTP/2', async (where, how, count) => {
    answer = how;
    for (const protocol of ['h1', 'h2'] as const) {
      const got = await rig().ask({ protocol });
      expect(got.status).toBe(200);
      if (where === 'in Location, escaped') continue;
      expectHidden(got);
      const length = got.headers.find(([name]) => name === 'content-length')?.[1];
      if (length !== undefined) expect(got.body).toHaveLength(Number(length));
    }
    const events = await rig().audit(2);
    expect(events.map(({ redactions }) => redactions ?? 0)).toEqual([count, count]);
    expect(events.map(({ unscanned }) => unscanned)).toEqual([undefined, undefined]);
    await rig().expectNoCanary(events);
  });

  test('is found across every boundary of chunks', async () => {
    const agent = await rig().line();
    const whole = `<${canary}>`;
    for (let cut = 1; cut < whole.length; cut += 1) {
      answer = respondInChunks([whole.slice(0, cut), whole.slice(cut)]);
      agent.send(get);
      expect((await agent.response())?.body.toString()).toBe(`<${mask}>`);
    }
    answer = respondInChunks([...whole]);
    agent.send(get);
    expect((await agent.response())?.body.toString()).toBe(`<${mask}>`);
    expect((await rig().audit(whole.length)).every(({ redactions }) => redactions === 1)).toBe(true);
  });

  test('in an answer that ends with its connection is masked, and what looked like it is given back', async () => {
    const agent = await rig().line();
    answer = (socket) => {
      reply(socket, 'HTTP/1.1 200 OK\r\nConnection: close', `${canary} ${canary.slice(0, 20)}`);
      socket.end();
    };
    agent.send(get);
    expect((await agent.response())?.body.toString()).toBe(`${mask} ${canary.slice(0, 20)}`);
    await rig().audit(1);
  });

  test.each(['h1', 'h2'] as const)('in an interim response is masked: %s', async (protocol) => {
    answer = (socket) => {
      socket.write(`HTTP/1.1 103 Early Hints\r\nLink: </a?t=${canary}>\r\n\r\n`);
      respond('ok')(socket);
    };
    const secured = await rig().line({ alpn: [protocol === 'h1' ? 'http/1.1' : 'h2'] });
    if (protocol === 'h1') {
      secured.send(get.replace('\r\n\r\n', '\r\nConnection: close\r\n\r\n'));
      const text = (await secured.rest()).toString();
      expect(text).toMatch(new RegExp(`^HTTP/1.1 103 .*\\r\\nlink: </a\\?t=${mask}>`, 'i'));
      expectHidden(text);
    } else {
      const session = openH2(secured.socket as TLSSocket);
      const stream = session.request({ ':path': '/', ':authority': 'api.example.com' });
      const [hints] = (await once(stream, 'headers')) as [IncomingHttpHeaders];
      expect(hints['link']).toBe(`</a?t=${mask}>`);
      stream.resume();
      await once(stream, 'close');
    }
    expect((await rig().audit(1))[0]).toMatchObject({ status: 200, redactions: 1 });
  });

  test('is counted in the metrics', async () => {
    const before = /pai_redactions_total (\d+)/.exec((await rig().admin('/metrics')).text)?.[1];
    answer = respond(`${canary} ${canary}`);
    await rig().ask({});
    await rig().audit(1);
    const after = /pai_redactions_total (\d+)/.exec((await rig().admin('/metrics')).text)?.[1];
    expect(Number(after) - Number(before)).toBe(2);
  });

  test.each([3, 1])('slowly, is masked but for the %d bytes that came alone', async (first) => {
    const agent = await rig().line();
    let service: Socket | undefined;
    answer = (socket) => {
      service = socket;
      reply(socket, `HTTP/1.1 200 OK\r\nContent-Length: ${canary.length}`, canary.slice(0, first));
    };
    let text = '';
    agent.socket.on('data', (chunk: Buffer) => {
      text += chunk.toString();
    });
    agent.send(get);
    await vi.waitFor(() => expect(text.endsWith(`\r\n\r\n${canary.slice(0, first)}`)).toBe(true));
    service?.write(canary.slice(first));
    expect((await agent.response())?.body.toString()).toBe(canary.slice(0, first) + mask.slice(first));
    await rig().audit(1);
  });
});

function escaped(text: string): string {
  return [...text].map((one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, '0')}`).join('');
}

type Encode = (content: Buffer) => Buffer;

const compressFast: Encode = (content) =>
  brotliCompressSync(content, { params: { [constants.BROTLI_PARAM_QUALITY]: 1 } });

const encodings: [string, Encode][] = [
  ['gzip', (content) => gzipSync(content)],
  ['x-gzip', (content) => gzipSync(content)],
  ['gzip', (content) => Buffer.concat([gzipSync(content.subarray(0, 9)), gzipSync(content.subarray(9))])],
  ['deflate', (content) => deflateSync(content)],
  ['Deflate', (content) => deflateRawSync(content)],
  ['br', compressFast],
  ['zstd', (content) => zstdCompressSync(content)],
];

/** Bytes that nothing makes shorter. */
const noise = (length: number) => Buffer.from(randomBytes(length).toString('latin1'), 'latin1');

describe('encoded content', () => {
  const rig = useService();

  test.each(encodings)(
    '(%s) without the credential reaches the agent byte for byte',
    async (name, encode) => {
      for (const content of [Buffer.from('clean'), Buffer.from(''), noise(100_000), noise(1_300_000)]) {
        const bytes = encode(content);
        answer = respond(bytes, `Content-Encoding: ${name}`, 'ETag: "strong"');
        const agent = await rig().line();
        agent.send(get);
        const got = await agent.response();
        expect(got?.body.equals(bytes)).toBe(true);
        expect(valuesOf(got?.fields ?? [], 'content-encoding')).toEqual([name]);
        expect(valuesOf(got?.fields ?? [], 'content-length')).toEqual([String(bytes.length)]);
        expect(valuesOf(got?.fields ?? [], 'etag')).toEqual(['"strong"']);
      }
      const events = await rig().audit(4);
      expect(events.map(({ redactions, unscanned, error }) => [redactions, unscanned, error])).toEqual(
        Array.from({ length: 4 }, () => [undefined, undefined, undefined]),
      );
    },
  );

  test.each(encodings)('(%s) with the credential is sent decoded and masked', async (name, encode) => {
    const [before, after] = [noise(30_000), noise(60_000)];
    for (const parts of [[canary], ['{"token":"', canary, '"}'], [before, canary, after]]) {
      const content = Buffer.concat(parts.map((part) => Buffer.from(part)));
      const fields = [`Content-Encoding: ${name}`, 'ETag: "strong"', 'Content-MD5: x', 'X-Kept: 1'];
      answer = respond(encode(content), ...fields);
      const agent = await rig().line();
      agent.send(get);
      const got = await agent.response();
      const masked = Buffer.concat(parts.map((part) => Buffer.from(part === canary ? mask : part)));
      expect(got?.isWhole).toBe(true);
      expect(got?.body.equals(masked)).toBe(true);
      const names = got?.fields.map(([field]) => field.toLowerCase()) ?? [];
      expect(names).toContain('x-kept');
      for (const gone of ['content-encoding', 'etag', 'content-md5']) expect(names).not.toContain(gone);
    }
    expect((await rig().audit(3)).map(({ redactions }) => redactions)).toEqual([1, 1, 1]);
  });

  test.each(encodings)('(%s) that shows the credential late is cut off before it', async (name, encode) => {
    const bytes = encode(Buffer.concat([noise(1_300_000), Buffer.from(canary), noise(1_300_000)]));
    answer = respond(bytes, `Content-Encoding: ${name}`);
    const agent = await rig().line();
    agent.send(get);
    await agent.rest();
    const got = await agent.response();
    expect(got?.isWhole).toBe(false);
    expect(got?.body.length).toBeGreaterThan(100_000);
    expect(got?.body.length).toBeLessThan(bytes.length);
    expect(bytes.subarray(0, got?.body.length).equals(got?.body ?? Buffer.alloc(0))).toBe(true);
    const [event] = await rig().audit(1);
    expect(event).toMatchObject({
      status: 200,
      error: 'response_redacted',
      redactions: 1,
      decision: 'allow',
    });
    await rig().expectNoCanary(event);
  });

  test.each(encodings)('(%s) that shows it in a long block does not show it before', async (name, encode) => {
    // As coders write them that find too little to repeat: as they are, in blocks that are encoded all the same.
    const rows = (count: number) =>
      Buffer.concat(
        Array.from({ length: count }, () =>
          Buffer.concat([randomBytes(200), Buffer.from('again and again, ')]),
        ),
      );
    const bytes = encode(Buffer.concat([rows(7_000), Buffer.from(canary), rows(2_000)]));
    answer = respond(bytes, `Content-Encoding: ${name}`);
    const agent = await rig().line();
    agent.send(get);
    const got = await agent.rest();
    expect(got.length).toBeLessThan(bytes.length);
    expectHidden(got.toString('latin1'));
    expect((await rig().audit(1))[0]).toMatchObject({ error: 'response_redacted', redactions: 1 });
  });

  test.each(encodings)('(%s) whose first byte comes alone is searched', async (name, encode) => {
    const bytes = encode(Buffer.concat([Buffer.from(canary), noise(50_000)]));
    let service: Socket | undefined;
    answer = (socket) => {
      service = socket;
      reply(
        socket,
        `HTTP/1.1 200 OK\r\nContent-Encoding: ${name}\r\nConnection: close`,
        bytes.subarray(0, 1),
      );
    };
    const agent = await rig().line();
    agent.send(get);
    // What comes before that is held is searched whole.
    await once(agent.socket, 'data');
    service?.end(bytes.subarray(1));
    await agent.rest();
    expect((await agent.response())?.isWhole).toBe(false);
    expect((await rig().audit(1))[0]).toMatchObject({ error: 'response_redacted', redactions: 1 });
  });

  test('that comes slowly is not held for longer than a moment', async () => {
    const zip = createGzip();
    let service: Socket | undefined;
    answer = (socket) => {
      service = socket;
      reply(socket, 'HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nConnection: close');
      zip.on('data', (chunk: Buffer) => socket.write(chunk));
      zip.write('first');
      zip.flush();
    };
    const agent = await rig().line();
    const chunks: Buffer[] = [];
    agent.socket.on('data', (chunk: Buffer) => chunks.push(chunk));
    agent.send(get);
    await vi.waitFor(() => expect(Buffer.concat(chunks).length).toBeGreaterThan(120));
    zip.write(canary);
    zip.flush();
    await agent.rest();
    expect((await agent.response())?.isWhole).toBe(false);
    service?.destroy();
    expect((await rig().audit(1))[0]).toMatchObject({ error: 'response_redacted' });
  });

  test('is read slowly without being lost, and the service has to wait', async () => {
    const bytes = gzipSync(noise(3_000_000));
    answer = respond(bytes, 'Content-Encoding: gzip');
    const agent = await rig().line();
    agent.socket.pause();
    agent.send(get);
    await new Promise((resolve) => setTimeout(resolve, 300));
    agent.socket.resume();
    expect((await agent.response())?.body.equals(bytes)).toBe(true);
    await rig().audit(1);
  });

  const damaged = gzipSync(noise(40_000));
  test.each([
    ['of an unknown coding', 'compress', Buffer.from('plain'), 'its content encoding is not known'],
    ['twice', 'gzip, br', Buffer.from('plain'), 'its content is encoded more than once'],
    ['that is damaged', 'gzip', Buffer.from('this is no gzip'), 'its content cannot be decoded'],
    [
      'that is damaged later',
      'gzip',
      Buffer.concat([damaged.subarray(0, 20_000), noise(20_000)]),
      'its content cannot be decoded',
    ],
    ['that is cut off', 'gzip', damaged.subarray(0, 30_000), 'its content cannot be decoded'],
    [
      'with more behind it',
      'br',
      Buffer.concat([brotliCompressSync(Buffer.from('a')), Buffer.from('more')]),
      'its content cannot be decoded',
    ],
  ])('%s is passed on, and the audit line says that it was not searched', async (_what, name, bytes, why) => {
    answer = respond(bytes, `Content-Encoding: ${name}`);
    const agent = await rig().line();
    agent.send(get);
    expect((await agent.response())?.body.equals(bytes)).toBe(true);
    const [event] = await rig().audit(1);
    expect(event?.unscanned).toMatch(why);
    expect(event?.error).toBeUndefined();
  });

  test('of an unknown coding is searched as it is', async () => {
    answer = respond(`plain ${canary}`, 'Content-Encoding: compress');
    expect((await rig().ask({})).body).toBe(`plain ${mask}`);
    expect((await rig().audit(1))[0]).toMatchObject({ redactions: 1, unscanned: expect.any(String) });
  });

  test.each([
    ['gzip', 'its gRPC messages are compressed'],
    ['identity', undefined],
  ])('in gRPC messages (grpc-encoding: %s) is not decoded', async (coding, unscanned) => {
    answer = respond(`plain ${canary}`, `grpc-encoding: ${coding}`);
    expect((await rig().ask({})).body).toBe(`plain ${mask}`);
    expect((await rig().audit(1))[0]?.unscanned).toBe(unscanned);
  });

  test('that is a part of a whole cannot be decoded', async () => {
    answer = (socket) =>
      reply(socket, 'HTTP/1.1 206 Partial Content\r\nContent-Encoding: gzip\r\nContent-Length: 4', 'abcd');
    expect((await rig().ask({})).body).toBe('abcd');
    expect((await rig().audit(1))[0]?.unscanned).toBe('it is a part of encoded content');
  });

  test.each([
    ['HEAD', 'HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 700'],
    ['GET', 'HTTP/1.1 304 Not Modified\r\nContent-Encoding: gzip'],
  ])('that is not there (%s) is nothing to decode', async (method, head) => {
    answer = (socket) => reply(socket, head);
    const agent = await rig().line();
    agent.send(`${method} / HTTP/1.1\r\nHost: api.example.com\r\n\r\n`);
    expect(valuesOf((await agent.response(method))?.fields ?? [], 'content-encoding')).toEqual(['gzip']);
    expect((await rig().audit(1))[0]?.unscanned).toBeUndefined();
  });
});

describe('an event stream', () => {
  const rig = useService();

  test.each(['plain', 'gzip', 'zstd'])('(%s) passes every event on at once', async (coding) => {
    const zip = coding === 'zstd' ? createZstdCompress() : createGzip();
    let service: Socket | undefined;
    const say = (text: string) => {
      if (coding === 'plain') return void service?.write(text);
      zip.write(text);
      zip.flush();
    };
    answer = (socket) => {
      service = socket;
      const field = coding === 'plain' ? '' : `\r\nContent-Encoding: ${coding}`;
      reply(socket, `HTTP/1.1 200 OK\r\nContent-Type: text/event-stream${field}\r\nConnection: close`);
      zip.on('data', (chunk: Buffer) => socket.write(chunk));
      say('data: 0\n\n');
    };
    const agent = await rig().line();
    let count = 0;
    agent.socket.on('data', () => {
      count += 1;
    });
    agent.send(get);
    await vi.waitFor(() => expect(count).toBeGreaterThan(0), { interval: 1 });
    for (let i = 1; i < 30; i += 1) {
      const before = count;
      say(`data: ${i} ${canary.slice(0, i % canary.length)}\n\n`);
      await vi.waitFor(() => expect(count).toBeGreaterThan(before), { interval: 1 });
    }
    service?.end();
    expect((await agent.response())?.isWhole).toBe(true);
    expect((await rig().audit(1))[0]?.redactions).toBeUndefined();
  });
});
