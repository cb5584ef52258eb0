import { createHash } from 'node:crypto';
import { loadCa } from '@pai/sidecar';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { madeUpKeys } from './aws/keys.ts';
import { type AwsPod, startDirectPod } from './aws/pod.ts';
import { s3Client } from './aws/s3-clients.ts';
import { type S3Service, startS3Service } from './aws/s3-service.ts';
import { findProgram } from './run-client.ts';

// The other tests stand on it: without the sidecar, the service takes only what is signed with its own keys.
const bucket = 'pai-data';
let service: S3Service;
let owner: AwsPod;
let stranger: AwsPod;

beforeAll(async () => {
  const ca = loadCa();
  service = await startS3Service(ca);
  service.store.addBucket(bucket);
  const upstream = { port: service.port, ca, keys: service.keys };
  const hosts = [`${bucket}.s3.us-east-1.amazonaws.com`, `${bucket}.s3.amazonaws.com`];
  const { accessKeyId } = service.keys;
  const wrong = { accessKeyId, secretAccessKey: madeUpKeys('NONE').secretAccessKey };
  owner = await startDirectPod({ address: '127.0.0.86', upstream, hosts, signWith: service.keys });
  stranger = await startDirectPod({ address: '127.0.0.87', upstream, hosts, signWith: wrong });
});

afterAll(async () => {
  await owner?.close();
  await stranger?.close();
  await service?.close();
});

test.each(['aws-sdk v3 (JS)', "boto3 (Debian's)", 'Go v2'])('%s needs the right secret', async (name) => {
  const client = s3Client(name);
  if (!client.isThere) return;
  const put = { op: 'put', bucket, key: name, text: 'x' } as const;
  expect((await client.run(owner, [put])).map(({ ok }) => ok)).toEqual([true]);
  const [refused] = await client.run(stranger, [put]);
  expect(refused).toMatchObject({ ok: false, status: 403 });
  expect(refused?.message).toMatch(/the canonical request/);
});

describe.skipIf(findProgram('curl') === undefined)('curl', () => {
  const put = async (scope: string, more: readonly string[] = []) => {
    const { accessKeyId, secretAccessKey } = service.keys;
    const sha256 = createHash('sha256').update('content').digest('hex');
    const { out } = await owner.run('curl', [
      ...['-sS', '--aws-sigv4', `aws:amz:${scope}`, '--user', `${accessKeyId}:${secretAccessKey}`],
      ...['-H', `x-amz-content-sha256: ${sha256}`, '-X', 'PUT', '-d', 'content', '-w', '%{http_code}'],
      ...more,
      `https://${bucket}.s3.us-east-1.amazonaws.com/curl`,
    ]);
    return out;
  };

  test('signs as it should', async () => {
    expect(await put('us-east-1:s3')).toBe('200');
  });

  test.each([
    ['another region', 'eu-central-1:s3', [], 'AuthorizationHeaderMalformed'],
    ['another service', 'us-east-1:s3express', [], 'AuthorizationHeaderMalformed'],
    ['other content', 'us-east-1:s3', ['-d', 'more'], 'XAmzContentSHA256Mismatch'],
    ['a checksum of other content', 'us-east-1:s3', ['-H', 'x-amz-checksum-crc32: AAAAAA=='], 'BadDigest'],
    ['a token of no session', 'us-east-1:s3', ['-H', 'x-amz-security-token: x'], 'InvalidToken'],
  ])('is refused with %s', async (_what, scope, more, code) => {
    expect(await put(scope, more)).toContain(`<Code>${code}</Code>`);
  });
});
