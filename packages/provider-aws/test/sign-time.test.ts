import { isPaiError } from '@pai/core';
import { expect, test } from 'vitest';
import { cpuSeconds } from '../../../test/cpu-time.ts';
import { refuseExpired } from '../src/sign/presigned.ts';
import { now, requestOf, send, testSigner } from './signing.ts';

function refusal(query: string): string | undefined {
  try {
    refuseExpired({ query }, now);
    return undefined;
  } catch (thrown) {
    if (isPaiError(thrown) && thrown.code === 'request_denied') return thrown.message;
    throw thrown;
  }
}

const signed =
  'X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=A%2F20261122%2Fus-east-1%2Fs3%2Faws4_request&X-Amz-SignedHeaders=host&X-Amz-Signature=00';

test.each([
  ['', ''],
  ['list-type=2&prefix=signature', 'no authentication'],
  [`${signed}&X-Amz-Date=20261122T075500Z&X-Amz-Expires=600`, 'SigV4 that holds'],
  [`${signed}&x-amz-date=20261115T080000Z&X-AMZ-EXPIRES=604800`, 'SigV4 that still holds'],
  [`${signed}&X-Amz-Date=20261122T080500Z&X-Amz-Expires=1`, 'a clock that is a little ahead'],
  ['AWSAccessKeyId=A&Signature=x%3D&Expires=1795334401', 'SigV2 that holds'],
])('%s passes: %s', (query) => expect(refusal(query)).toBeUndefined());

test.each([
  [`${signed}&X-Amz-Date=20261122T075500Z&X-Amz-Expires=299`, 'has expired'],
  [`${signed}&X-Amz-Date=20261115T075959Z&X-Amz-Expires=604800`, 'has expired'],
  [`${signed}&X-Amz-Date=20261122T075500Z`, 'X-Amz-Expires'],
  [`${signed}&X-Amz-Date=20261122T075500Z&X-Amz-Expires=`, 'X-Amz-Expires'],
  [`${signed}&X-Amz-Date=20261122T075500Z&X-Amz-Expires=604801`, 'X-Amz-Expires'],
  [`${signed}&X-Amz-Date=20261122T075500Z&X-Amz-Expires=-1`, 'X-Amz-Expires'],
  [`${signed}&X-Amz-Date=20261122T075500Z&X-Amz-Expires=1e9`, 'X-Amz-Expires'],
  [`${signed}&X-Amz-Expires=600`, 'X-Amz-Date'],
  [`${signed}&X-Amz-Date=20261131T075500Z&X-Amz-Expires=600`, 'X-Amz-Date'],
  [`${signed}&X-Amz-Date=2026-11-22T07:55:00Z&X-Amz-Expires=600`, 'X-Amz-Date'],
  [`${signed}&X-Amz-Date=20261122T082000Z&X-Amz-Expires=600`, 'in the future'],
  [`${signed}&X-Amz-Date=20261122T075500Z&X-Amz-Expires=600&x-amz-expires=601`, 'twice'],
  ['X-Amz-Credential=A', 'X-Amz-Date'],
  ['X%2DAmz%2DSignature=00&X-Amz-Date=20200101T000000Z&X-Amz-Expires=1', 'has expired'],
  ['AWSAccessKeyId=A&Signature=x&Expires=1795334399', 'has expired'],
  ['AWSAccessKeyId=A&Signature=x', 'Expires'],
  ['awsaccesskeyid=A&Expires=tomorrow', 'Expires'],
  ['Signature=x&Expires=1795334401&expires=9999999999', 'twice'],
])('%s is refused (trap W7)', (query, why) => expect(refusal(query)).toContain(why));

test('parameters that fill a request head are read in no time, however often one is repeated', async () => {
  const query = `%61&${'a&'.repeat(32_000)}`;
  expect(await cpuSeconds(() => expect(refusal(query)).toBeUndefined())).toBeLessThan(1);
});

const head = (status: number, date: string) => ({ status, headers: ['Date', date] });
const at = (time: number) => new Date(time).toUTCString();

test('the clock is set by a service that refuses a request for its time, once', async () => {
  const signer = testSigner();
  const fast = head(403, at(now - 3_600_000));
  expect(signer.isRefusal(fast)).toBe(true);
  expect(signer.renew(fast)).toBe(true);
  expect(signer.isRefusal(fast)).toBe(false);
  expect(signer.renew(fast)).toBe(false);
  expect(signer.now()).toBe(now - 3_600_000);
  const { verify, request } = await send({}, { signer });
  expect(request.headers).toContain('20261122T070000Z');
  expect(verify({ now: now - 3_600_000 })).toBeDefined();
});

test('the day of the credential scope is of the corrected time', async () => {
  const signer = testSigner();
  signer.renew(head(400, at(now + 23 * 3_600_000)));
  const request = requestOf({});
  await signer.sign(
    request,
    { signingName: 's3', region: 'us-east-1', algorithm: 'sigv4' },
    'UNSIGNED-PAYLOAD',
  );
  expect(request.headers.at(-1)).toContain('/20261123/us-east-1/s3/aws4_request');
});

test.each([
  ['another refusal', head(403, at(now + 60_000))],
  ['a refusal of another week', head(403, at(now + 7 * 24 * 3_600_000))],
  ['a success', head(200, at(now + 3_600_000))],
  ['a missing credential', head(401, at(now + 3_600_000))],
  ['a refusal without a date', { status: 403, headers: [] }],
  ['a refusal with a date that is none', head(403, 'soon')],
])('%s changes nothing', (_what, response) => {
  const signer = testSigner();
  expect(signer.isRefusal(response)).toBe(false);
  expect(signer.renew(response)).toBe(false);
  expect(signer.now()).toBe(now);
});
