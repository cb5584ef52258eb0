import { requestFor } from '@pai/core/conformance';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readOperation } from '../src/operation.ts';
import { models } from './service-model.ts';

const form = 'application/x-www-form-urlencoded';
const served = [models.ec2];

/** Pieces of forms, and of forms that some servers read in another way. */
const pieces = fc.constantFrom(
  ...'Action=DescribeInstances|Action=TerminateInstances|Version=2016-11-15|InstanceId.1=i-1|&|;|=|action=x|Action|%41ction=Describe|%26|%3D|%00|+|Instances|Action%20=x| |\ufeff|%|Action[]=x'.split(
    '|',
  ),
);

test('whoever reads a form as URLSearchParams finds the operation that was judged, once', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(pieces, { maxLength: 8 }),
      fc.array(pieces, { maxLength: 3 }),
      async (body, query) => {
        const [content, search] = [body.join(''), query.join('').replace(/[ \ufeff]/g, '')];
        const url = `https://ec2.us-east-1.amazonaws.com/${search === '' ? '' : `?${search}`}`;
        const request = requestFor({ method: 'POST', url, headers: { 'content-type': form }, body: content });
        const reading = await readOperation(request, served).catch(() => undefined);
        if (reading === undefined) return;
        const found = [...new URLSearchParams(search), ...new URLSearchParams(content)];
        const named = found.filter(([name]) => name.trim().toLowerCase() === 'action');
        expect(named).toEqual([['Action', reading.operation.name]]);
      },
    ),
    { numRuns: 1_500 },
  );
});

test('W11: no request with marks of two operations has a reading', async () => {
  const claims = {
    target: { headers: ['x-amz-target', 'DynamoDB_20120810.GetItem'] },
    query: { query: 'Action=ListTables' },
    form: { body: 'Action=DeleteTable' },
    path: { path: '/service/DynamoDB_20120810/operation/Query', headers: ['smithy-protocol', 'rpc-v2-cbor'] },
  };
  const names = Object.keys(claims) as (keyof typeof claims)[];
  const types = [
    form,
    'application/x-amz-json-1.0',
    'application/cbor',
    'application/x-amz-cbor-1.1',
    'text/plain',
  ];
  for (const [type, mask] of types.flatMap((type) =>
    [...Array(16).keys()].map((mask) => [type, mask] as const),
  )) {
    const made = names.filter((_, i) => (mask & (1 << i)) !== 0).map((name) => claims[name]);
    const { headers, query, body, path } = merge(made);
    const request = requestFor({
      method: 'POST',
      url: `https://dynamodb.us-east-1.amazonaws.com${path}${query}`,
      headers: [...headers, 'content-type', type],
      body,
    });
    const reading = await readOperation(request, [models.dynamodb]).catch(() => undefined);
    const isRead = reading !== undefined;
    // A form that is sent as something else is content like any other.
    const count = made.filter((claim) => !('body' in claim) || type === form).length;
    if (count !== 1) expect({ type, made, isRead }).toEqual({ type, made, isRead: false });
  }
});

type Claim = Partial<Record<'query' | 'body' | 'path', string>> & { headers?: readonly string[] };

function merge(claims: readonly Claim[]) {
  return {
    headers: claims.flatMap(({ headers }) => headers ?? []),
    query: claims.flatMap(({ query }) => (query === undefined ? [] : [`?${query}`])).join(''),
    body: claims.map(({ body }) => body ?? '').join(''),
    path: claims.find(({ path }) => path !== undefined)?.path ?? '/',
  };
}

const segments = fc.constantFrom(
  ...'/ 2015-03-31/functions v2/email/account x %2e .. % %2F service/ DynamoDB_20120810 /operation/ GetItem'.split(
    ' ',
  ),
);

test('gives a reading or a refusal for any request, and never another error', async () => {
  const text = fc.string({ maxLength: 30 });
  const name = fc.constantFrom('x-amz-target', 'content-type', 'smithy-protocol', 'content-encoding');
  await fc.assert(
    fc.asyncProperty(
      fc.array(segments, { maxLength: 6 }),
      fc.string(),
      fc.array(fc.tuple(name, text), { maxLength: 4 }),
      fc.string(),
      async (path, query, headers, body) => {
        const url = `https://x.us-east-1.amazonaws.com/${path.join('')}?${query}`;
        const request = requestFor({
          method: 'POST',
          url: url.replace(/[^\x21-\x7e]|[\\#]/g, ''),
          headers: headers.flat(),
          body,
        });
        for (const list of [[models.dynamodb, models.sqs], [models.lambda], [models.ses, models.sesv2]]) {
          const failed = await readOperation(request, list).then(
            () => 'malformed_request',
            ({ code }) => code,
          );
          expect(failed).toBe('malformed_request');
        }
      },
    ),
    { numRuns: 500 },
  );
});
