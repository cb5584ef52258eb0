import type { Provider, UpstreamRequest } from '@pai/core';
import { bodyOf } from '@pai/core';
import { requestFor } from '@pai/core/conformance';
import { expect, test } from 'vitest';
import { type SpecParts, start } from './aws.ts';

const here = Date.UTC(2026, 0, 1);
const hour = 3_600_000;
const minio: SpecParts = {
  host: 'minio.internal.example.com',
  config: { region: 'us-east-1', services: ['s3'] },
};
const sentTo = (host: string): UpstreamRequest => ({
  method: 'GET',
  host,
  port: 443,
  target: '/k',
  headers: [],
  body: bodyOf(''),
});

/** What a host's 403, dated an hour ahead, does: whether the request is worth sending again, and the date of the next signature. */
async function refuse(provider: Provider, host: string) {
  const head = { status: 403, headers: ['Date', new Date(here + hour).toUTCString()] };
  const isRefusal = provider.isRefusal?.(head, sentTo(host));
  const isRenewed = await provider.renew?.(sentTo(host), head);
  const next = sentTo(
    provider.hosts[0]?.host.startsWith('minio') === true ? host : 's3.us-east-1.amazonaws.com',
  );
  await provider.inject(next);
  return [isRefusal, isRenewed, next.headers[next.headers.indexOf('x-amz-date') + 1]];
}

test.each<[host: string, parts?: SpecParts]>([
  ['bucket.s3.us-east-1.amazonaws.com'],
  ['dynamodb.us-east-1.amazonaws.com'],
  ['123456789012.ddb.us-east-1.amazonaws.com'],
  ['sts.amazonaws.com'],
  ['minio.internal.example.com', minio],
])('%s says what time it is', async (host, parts) => {
  expect(await refuse(start(parts).provider, host)).toEqual([true, true, '20260101T010000Z']);
});

test.each([
  'abc123.execute-api.us-east-1.amazonaws.com',
  'abc123.lambda-url.us-east-1.on.aws',
  'abc123.appsync-api.us-east-1.amazonaws.com',
  'search-mine-abc123.us-east-1.es.amazonaws.com',
  'mine.abc123.vpc-lattice-svcs.us-east-1.on.aws',
  'mine.gateway.bedrock-agentcore.us-east-1.amazonaws.com',
  'mine.us-east-1.osis.amazonaws.com',
  'ec2-1-2-3-4.compute-1.amazonaws.com',
])('%s, where somebody else answers, moves no clock and gets nothing twice', async (host) => {
  expect(await refuse(start().provider, host)).toEqual([false, false, '20260101T000000Z']);
});

test('a presigned URL ends by the clock here, whatever a service says', async () => {
  const { provider } = start();
  const host = 'bucket.s3.us-east-1.amazonaws.com';
  const target =
    '/k?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=c&X-Amz-SignedHeaders=host&X-Amz-Signature=s&X-Amz-Expires=600';
  const ask = async (date: string) =>
    provider.answer?.(requestFor({ url: `https://${host}${target}&X-Amz-Date=${date}` }));
  await refuse(provider, host);
  await expect(ask('20260101T000000Z')).resolves.toBeUndefined();
  await expect(ask('20260101T010000Z')).rejects.toThrow('in the future');
});

test('requests that were under way when the clock was set are sent again too, and no others', async () => {
  const { provider } = start();
  const host = 's3.us-east-1.amazonaws.com';
  const signed = async () => {
    const request = sentTo(host);
    await provider.inject(request);
    return request;
  };
  const early = [await signed(), await signed()];
  const head = { status: 403, headers: ['Date', new Date(here + hour).toUTCString()] };
  const outcomes: (boolean | undefined)[] = [];
  for (const request of [...early, await signed()]) {
    outcomes.push(provider.isRefusal?.(head, request), await provider.renew?.(request, head));
  }
  const late = await signed();
  outcomes.push(provider.isRefusal?.(head, late), await provider.renew?.(late, head));
  expect(outcomes).toEqual([true, true, true, true, true, true, false, false]);
});
