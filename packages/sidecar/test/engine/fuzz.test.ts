import type { Duplex } from 'node:stream';
import { expect, test, vi } from 'vitest';
import { dial, secure } from './agent.ts';
import { canaries, startRig } from './rig.ts';
import { valuesOf } from './strict-message.ts';

/** The same numbers for the same seed (mulberry32). */
function randomFrom(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let value = Math.imul(state ^ (state >>> 15), 1 | state);
    value = (value + Math.imul(value ^ (value >>> 7), 61 | value)) ^ value;
    return ((value ^ (value >>> 14)) >>> 0) % below;
  };
}

const bases = (origin: string) => [
  `GET ${origin}/a/b?c=d HTTP/1.1\r\nHost: api.example.com\r\nX-A: b\r\n\r\n`,
  `POST ${origin}/p HTTP/1.1\r\nHost: api.example.com\r\nContent-Length: 5\r\n\r\nhello`,
  `PUT ${origin}/c HTTP/1.1\r\nHost: api.example.com\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n`,
  `POST ${origin}/t HTTP/1.1\r\nTransfer-Encoding: chunked\r\nHost: api.example.com\r\nTrailer: X\r\n\r\n2;x\r\nhi\r\n0\r\nX: y\r\n\r\n`,
  `GET ${origin}/one HTTP/1.1\r\nHost: api.example.com\r\n\r\nGET ${origin}/two HTTP/1.1\r\nHost: api.example.com\r\n\r\n`,
  `DELETE ${origin}/d HTTP/1.1\r\nHost: api.example.com\r\nConnection: x-a, authorization\r\nX-A: 1\r\n\r\n`,
];

const pieces = [
  '\r\n',
  '\n',
  '\r',
  ' ',
  '\t',
  ':',
  '\0',
  '\x0b',
  '\x7f',
  '\xff',
  '#',
  '?',
  '/',
  '//',
  '\\',
  '%2e%2e/',
  '../',
  '%00',
  ';',
  ',',
  '0',
  '5',
  'Transfer-Encoding: chunked\r\n',
  'Transfer-Encoding: identity\r\n',
  'Content-Length: 3\r\n',
  'Content-Length: 0\r\n',
  'Host: evil.example\r\n',
  'Host: api.example.com\r\n',
  'Authorization: Bearer mine\r\n',
  'Connection: host, content-length\r\n',
  'Expect: 100-continue\r\n',
  'Upgrade: h2c\r\n',
  'TE: trailers\r\n',
  '0\r\n\r\n',
  '\r\n\r\n',
  'GET /smuggled HTTP/1.1\r\nHost: api.example.com\r\n\r\n',
  ' HTTP/1.1',
  ' HTTP/1.0',
  '1\r\nx\r\n',
  'X-HTTP-Method: DELETE\r\n',
];

function mutate(text: string, random: (below: number) => number): string {
  let result = text;
  for (let i = 1 + random(2); i > 0; i -= 1) {
    const at = random(result.length + 1);
    const length = random(4) === 0 ? random(12) : 0;
    const kind = random(4);
    const piece =
      kind === 0
        ? String.fromCharCode(random(256))
        : kind === 1
          ? result.slice(at, at + random(20))
          : pieces[random(pieces.length)];
    const lineEnd = result.indexOf('\r\n', at);
    const start = random(2) === 0 && lineEnd !== -1 ? lineEnd + 2 : at;
    result = result.slice(0, start) + piece + result.slice(start + length);
  }
  return result;
}

/** Sends `bytes` and gives the sidecar time for all that they hold. */
async function play(socket: Duplex, bytes: string): Promise<void> {
  const over = Promise.withResolvers<void>();
  const patience = setTimeout(over.resolve, 400);
  socket.on('data', () => void setTimeout(over.resolve, 10));
  socket.on('error', over.resolve).on('close', over.resolve).on('end', over.resolve);
  socket.write(Buffer.from(bytes, 'latin1'));
  await over.promise;
  clearTimeout(patience);
  socket.destroy();
}

test.each([
  ['tls', '', 250],
  ['proxy', 'https://api.example.com', 1_500],
] as const)(
  'whatever bytes come to the %s door, the service gets only what was judged',
  async (door, origin, count) => {
    const rig = await startRig({ sidecar: {} });
    const random = randomFrom(20_261_122);
    const inputs = Array.from({ length: count }, () => mutate(bases(origin)[random(6)] as string, random));
    const next = async () => {
      for (let bytes = inputs.pop(); bytes !== undefined; bytes = inputs.pop()) {
        const socket = await dial(rig.sidecar.addresses[door === 'tls' ? 'listen' : 'proxy'][0]?.port ?? 0);
        const ca = rig.sidecar.ca.certificatePem;
        await play(
          door === 'tls' ? await secure(socket, { ca, servername: 'api.example.com' }) : socket,
          bytes,
        );
      }
    };
    await Promise.all(Array.from({ length: 32 }, next));
    await vi.waitFor(async () =>
      expect((await rig.admin('/metrics')).text).toContain('pai_requests_active 0\n'),
    );

    expect(rig.service.violations).toEqual([]);
    const sent = rig.service.requests.map(({ method, target, fields }) => {
      expect(valuesOf(fields, 'host')).toEqual(['api.example.com']);
      expect(valuesOf(fields, 'authorization')).toEqual([`Bearer ${canaries.api}`]);
      return `${method} ${target.replace(/\?.*/, '')}`;
    });
    const judged = (await rig.auditSoFar()).filter(({ decision }) => decision === 'allow');
    const answered = judged
      .filter(({ status }) => status === 200)
      .map(({ method, path }) => `${method} ${path}`);
    expect(sent.length).toBeGreaterThan(count / 8);
    expect(sent.sort()).toEqual(expect.arrayContaining(answered.sort()));
    const allowed = judged.map(({ method, path }) => `${method} ${path}`);
    expect(sent.filter((request) => !allowed.includes(request))).toEqual([]);
    expect(allowed.length - sent.length).toBeLessThan(count / 10);
    await rig.expectNoCanary();
  },
);
