import { describe, expect, test } from 'vitest';
import type { SidecarPod } from './aws/pod.ts';
import { type Step, s3Client } from './aws/s3-clients.ts';
import { useS3Pod } from './aws/s3-pod.ts';
import { agent, backup, buckets, elsewhere } from './aws/s3-provider.ts';
import type { S3Service } from './aws/s3-service.ts';
import { findProgram } from './run-client.ts';

let service: S3Service;
let pod: SidecarPod;

useS3Pod('127.0.0.82', (started) => {
  ({ service, pod } = started);
});

const v3 = s3Client('aws-sdk v3 (JS)');
const data = { bucket: buckets.data };
const seenSince = (from: number) => service.seen.slice(from);

describe('W7 a presigned URL that the agent made', () => {
  test('is signed anew in the header, and the service sees nothing of it', async () => {
    const before = service.seen.length;
    const key = 'presigned/a b';
    // Else this SDK signs the checksum of nothing into the URL.
    const env = { AWS_REQUEST_CHECKSUM_CALCULATION: 'when_required' };
    const steps: Step[] = [
      { op: 'presigned-put', ...data, key, text: 'put by its URL' },
      { op: 'presigned-get', ...data, key },
    ];
    const results = await v3.run(pod, steps, { env });
    expect(results).toEqual([
      { ok: true, value: null },
      { ok: true, value: 'put by its URL' },
    ]);
    for (const { target, refused } of seenSince(before)) {
      expect(refused).toBeUndefined();
      expect(target).not.toMatch(/signature|credential|AWSAccessKeyId/i);
    }
  });

  test('is denied for what the agent itself may not do', async () => {
    const [read] = await v3.run(pod, [{ op: 'presigned-get', bucket: buckets.other, key: 'x' }]);
    expect(read?.value).toMatch(/<Code>AccessDenied<\/Code>.*is not in scope\.resources/s);
    const [write] = await v3.run(pod, [{ op: 'presigned-put', bucket: buckets.other, key: 'x', text: 'x' }]);
    expect(write).toMatchObject({ ok: false, message: 'status 403' });
  });
});

test('W3 keys that may not be deleted are not, many at once', async () => {
  await v3.run(pod, [{ op: 'put', ...data, key: 'keep', text: 'keep' }]);
  const [deleted] = await v3.run(pod, [{ op: 'delete-many', ...data, keys: ['x', 'keep'] }]);
  expect(deleted).toMatchObject({ ok: false, error: expect.stringMatching(v3.denied) });
  expect(deleted?.message).toContain('s3:DeleteObject is denied');
  expect(service.store.keys(buckets.data)).toContain('keep');
});

test('a copy needs its source in scope too', async () => {
  const results = await v3.run(pod, [
    { op: 'put', ...data, key: 'keep', text: 'keep' },
    { op: 'copy', ...data, key: 'keep', to: 'copied' },
    { op: 'copy', ...data, from: buckets.other, key: 'secret', to: 'x' },
  ]);
  expect(results.slice(0, 2).map(({ ok }) => ok)).toEqual([true, true]);
  expect(results[2]?.message).toMatch(/arn:aws:s3:::pai-other\/secret.* is not in scope\.resources/);
});

test('W16 a request for another region is denied', async () => {
  const before = service.seen.length;
  const [result] = await v3.run(pod, [{ op: 'list', ...data, prefix: '' }], {
    env: { AWS_REGION: 'eu-central-1' },
  });
  expect(result).toMatchObject({ ok: false, status: 403 });
  expect(result?.message).toMatch(/eu-central-1/);
  expect(seenSince(before)).toEqual([]);
});

describe('W19 a redirect to another region reaches the agent as it is', () => {
  test('for ever', async () => {
    const before = service.seen.length;
    const steps: Step[] = [{ op: 'list', bucket: elsewhere.bucket, prefix: '' }];
    const [result] = await v3.run(pod, steps, { as: backup });
    expect(result).toMatchObject({
      ok: false,
      status: 301,
      error: expect.stringMatching(/^PermanentRedirect/),
    });
    expect(seenSince(before).map(({ refused }) => refused)).toEqual(['PermanentRedirect']);
  });

  test.skipIf(findProgram('curl') === undefined)('for now', async () => {
    const before = service.seen.length;
    const id = pod.envOf(backup)['AWS_ACCESS_KEY_ID'];
    const signed = `Authorization: AWS4-HMAC-SHA256 Credential=${id}/20260101/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=00`;
    const url = `https://${elsewhere.newBucket}.s3.us-east-1.amazonaws.com/`;
    const { out } = await pod.run('curl', ['-sS', '-H', signed, '-w', ' %{http_code} %{redirect_url}', url]);
    expect(out).toContain('<Code>TemporaryRedirect</Code>');
    expect(out).toContain(` 307 https://${elsewhere.newBucket}.s3.${elsewhere.region}.amazonaws.com/`);
    expect(seenSince(before).length).toBe(1);
  });
});

describe('a service whose clock is an hour ahead', () => {
  const put: Step = { op: 'put', ...data, key: 'clock', text: 'on time' };
  const get: Step = { op: 'get', ...data, key: 'clock' };
  const refusals = (from: number) => seenSince(from).flatMap(({ refused }) => refused ?? []);

  test('refuses once: the SDK sends its content again, and is right', async () => {
    service.setClock(60 * 60_000);
    const before = service.seen.length;
    expect(await v3.run(pod, [put, get])).toMatchObject([{ ok: true }, { ok: true, value: 'on time' }]);
    expect(refusals(before)).toEqual(['RequestTimeTooSkewed']);
  });

  test('refuses once more when it is set: the sidecar itself asks again', async () => {
    service.setClock(0);
    const before = service.seen.length;
    expect(await v3.run(pod, [get, put])).toMatchObject([{ ok: true, value: 'on time' }, { ok: true }]);
    expect(refusals(before)).toEqual(['RequestTimeTooSkewed']);
  });
});

test.skipIf(findProgram('curl') === undefined)('W9 what the agent signed with does not count', async () => {
  const url = `https://${buckets.data}.s3.us-east-1.amazonaws.com/curl`;
  const lines = [
    'Authorization: AWS4-HMAC-SHA256 Credential=AKIAOTHER/20200101/eu-west-1/ec2/aws4_request, SignedHeaders=host, Signature=00',
    'X-Amz-Date: 20200101T000000Z',
    'X-Amz-Security-Token: of-another',
    'x-amz-content-sha256: UNSIGNED-PAYLOAD',
  ];
  const { out } = await pod.run('curl', [
    '-sS',
    ...['-T', '-', '-w', '%{http_code}'],
    ...lines.flatMap((line) => ['-H', line]),
    url,
  ]);
  expect(out).toBe('200');
});

test('no credential is in the audit log, nor in anything the clients got', () => {
  const text = pod.auditText();
  expect(text.split('\n').length).toBeGreaterThan(10);
  for (const secret of Object.values(service.keys)) expect(text).not.toContain(secret);
  expect(JSON.stringify(pod.envOf(agent))).not.toContain(service.keys.accessKeyId);
});
