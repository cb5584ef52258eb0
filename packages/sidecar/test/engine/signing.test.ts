import { describe, expect, test } from 'vitest';
import { verifyRequest } from '../../../provider-aws/test/verifier.ts';
import { accessKeyId, signedFor, signedPlugins, signedProvider } from '../signed-plugin.ts';
import { h2Service } from './h2-service.ts';
import { canaries, type Rig, useRig } from './rig.ts';
import { reply, type ServiceBehaviour } from './service.ts';

/** What AWS would say of a request as it arrived: the data inside of it, or why not. */
function judge(method: string, target: string, headers: readonly string[], body: Buffer) {
  const options = {
    keys: { [accessKeyId]: { secret: canaries.api } },
    now: Date.now(),
    scopeOf: () => ({ service: signedFor.signingName, region: signedFor.region }),
  };
  try {
    const { content } = verifyRequest({ method, target, headers, body }, options);
    return { status: 200, text: `${target} ${content.toString('latin1')}` };
  } catch (thrown) {
    return { status: 403, text: String(thrown) };
  }
}

const byH1: ServiceBehaviour = {
  answer: ({ method, target, fields, body }, socket) => {
    const { status, text } = judge(method, target, fields.flat(), body);
    const head = `HTTP/1.1 ${status} X\r\nDate: ${new Date().toUTCString()}\r\nContent-Length: ${text.length}`;
    reply(socket, head, Buffer.from(text, 'latin1'));
  },
};

const byH2 = h2Service((stream, fields, raw) => {
  const chunks: Buffer[] = [];
  stream.on('data', (chunk: Buffer) => chunks.push(chunk));
  stream.on('end', () => {
    const headers = raw.filter((_, i) => !/^:(?!authority)/.test(raw[i - (i % 2)] ?? ''));
    const { status, text } = judge(
      String(fields[':method']),
      String(fields[':path']),
      headers,
      Buffer.concat(chunks),
    );
    if (stream.destroyed) return;
    stream.respond({ ':status': status, date: new Date().toUTCString() });
    stream.end(Buffer.from(text, 'latin1'));
  });
});

const placeholder = `AWS4-HMAC-SHA256 Credential=PLACEHOLDER/20200101/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=${'0'.repeat(64)}`;
const agentHeaders = [
  ['Authorization', placeholder],
  ['X-Amz-Date', '20200101T000000Z'],
  ['User-Agent', 'aws-sdk-test'],
  ['Accept-Encoding', 'identity'],
  ['X-Amz-Meta-A', ' two  spaces '],
  ['Content-Type', 'text/plain'],
] as const;

const targets = [
  '/a%20b.txt',
  '/a+b',
  '/a%2Bb',
  '/100%25.txt',
  '/a//b/',
  '/a;b',
  '/%C3%BC',
  '/a%2Fb',
  '/a/../b',
  '//',
  '/?prefix=a+b&acl&x=%7e*&x=1',
];

const chunk = (data: string) =>
  `${data.length.toString(16)};chunk-signature=${'0'.repeat(64)}\r\n${data}\r\n`;
const framed = `${chunk('hello ')}${chunk('world')}${chunk('').slice(0, -2)}x-amz-checksum-crc32:AAAAAA==\r\nx-amz-trailer-signature:${'0'.repeat(64)}\r\n\r\n`;

describe.each(['h1', 'h2'] as const)('an agent that speaks %s', (protocol) => {
  describe.each([
    ['h1', byH1],
    ['h2', byH2],
  ] as const)('and a service that speaks %s and verifies', (service, behaviour) => {
    const rig = useRig({ ...behaviour, providers: [signedProvider], sidecar: { plugins: signedPlugins } });
    const ask = async (current: Rig, what: Parameters<Rig['ask']>[0]) => {
      const got = await current.ask({ ...what, protocol });
      await current.audit(1);
      return got;
    };

    test('get a request through whose time was refused first', async () => {
      const got = await rig().ask({ protocol, path: '/late', headers: agentHeaders });
      expect(got).toMatchObject({ status: 200, body: '/late ' });
      expect(await rig().audit(1)).toMatchObject([{ status: 200, replayed: true }]);
      await rig().expectNoCanary(got);
    });

    test('agree on the signature of every target, which arrives as it was sent (traps W1, W17)', async () => {
      const asked = targets.map((path) => rig().ask({ protocol, path, headers: agentHeaders }));
      const bodies = (await Promise.all(asked)).map(({ body }) => body);
      expect(bodies).toEqual(targets.map((target) => `${target} `));
      await rig().audit(targets.length);
    });

    test('agree on content in signed chunks with a trailer', async () => {
      const headers = [
        ...agentHeaders,
        ['Content-Encoding', 'aws-chunked'],
        ['X-Amz-Content-Sha256', 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER'],
        ['X-Amz-Decoded-Content-Length', '11'],
        ['X-Amz-Trailer', 'x-amz-checksum-crc32'],
      ] as const;
      const got = await ask(rig(), { method: 'PUT', path: '/chunks', headers, body: framed });
      expect(got).toMatchObject({ status: 200, body: '/chunks hello world' });
    });

    test.each([
      ['X-Amz-Target', 'Kinesis_20131202.SubscribeToShard'],
      ['Content-Type', 'application/vnd.amazon.eventstream'],
    ])('get what needs HTTP/2 through over that or not at all: %s %s', async (name, value) => {
      const headers = [...agentHeaders.filter(([other]) => other !== name), [name, value] as const];
      await rig().ask({ protocol, path: '/late', headers: agentHeaders });
      await rig().audit(1);
      const got = await ask(rig(), { method: 'POST', path: '/both-ways', headers, body: 'x' });
      expect(got.status).toBe(service === 'h2' ? 200 : 502);
      const said = service === 'h2' ? '/both-ways x' : 'does not speak HTTP/2, which this request needs';
      expect(got.body).toContain(said);
    });

    test('never get an object whose framing is broken', async () => {
      const headers = [
        ...agentHeaders,
        ['X-Amz-Content-Sha256', 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD'],
        ['X-Amz-Decoded-Content-Length', '11'],
      ] as const;
      const got = await ask(rig(), { method: 'PUT', path: '/broken', headers, body: framed });
      expect(got.status).toBe(400);
      expect(got.body).toContain('aws-chunked content cannot be signed');
      expect(rig().service.requests).toEqual([]);
    });
  });
});
