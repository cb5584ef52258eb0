import { PaiError, resolveRequest } from '@pai/core';
import { type RequestText, requestFor } from '@pai/core/conformance';
import { expect, test } from 'vitest';
import { readEndpoint } from '../src/hosts.ts';
import type { ServiceModel } from '../src/model.ts';
import { createResolver, type ResolverOptions } from '../src/resolve.ts';
import { createResourceReader } from '../src/resources.ts';
import { models } from './service-model.ts';

const json = { 'content-type': 'application/x-amz-json-1.0' };
const served: Readonly<Record<string, ServiceModel>> = { ...models };

/** What a request means, one line an action; or why that cannot be said. */
async function meaning(
  request: RequestText,
  options: Partial<ResolverOptions> = {},
): Promise<string[] | string> {
  const resolve = createResolver({
    accountId: '123456789012',
    readEndpoint,
    loadModel: async (id) => {
      const model = served[id];
      if (model === undefined) throw new Error(`the table has no ${id}`);
      return model;
    },
    resolveS3: ({ path }) => ({ actions: [{ name: 's3:Any', resource: path }] }),
    resourcesOf: createResourceReader({ accountId: '123456789012' }),
    ...options,
  });
  const found = await resolveRequest(
    { resolve } as unknown as Parameters<typeof resolveRequest>[0],
    requestFor(request),
  );
  if ('unresolved' in found) return found.unresolved;
  return found.actions.map(({ name, resource, reach }) => `${name} ${resource ?? reach ?? 'nothing'}`);
}

test('S3 in all its families is for its own resolver, also where the catalogue has a model', async () => {
  const endpoint = readEndpoint('s3-control.us-east-1.amazonaws.com');
  if (endpoint === undefined) throw new Error('S3 Control is known');
  const request = { url: 'https://s3-control.us-east-1.amazonaws.com/v20180820/jobs' };
  const known = { readEndpoint: () => ({ ...endpoint, models: ['s3control'] }) };
  expect(await meaning(request, known)).toEqual(['s3:Any /v20180820/jobs']);
});

const dynamodb = (
  operation: string,
  body: unknown,
  host = 'dynamodb.us-east-1.amazonaws.com',
): RequestText => ({
  method: 'POST',
  url: `https://${host}/`,
  headers: { ...json, 'x-amz-target': `DynamoDB_20120810.${operation}` },
  body: JSON.stringify(body),
});

const table = (name: string, region = 'us-east-1') => `arn:aws:dynamodb:${region}:123456789012:table/${name}`;

test.each<[what: string, request: RequestText, actions: string[]]>([
  [
    'a call on a table',
    dynamodb('GetItem', { TableName: 'orders' }),
    [`dynamodb:GetItem ${table('orders')}`],
  ],
  [
    'a call on a table in another region',
    dynamodb('GetItem', { TableName: 'orders' }, 'dynamodb.eu-west-1.amazonaws.com'),
    [`dynamodb:GetItem ${table('orders', 'eu-west-1')}`],
  ],
  [
    'a call on a table of an account that the host names',
    dynamodb('GetItem', { TableName: 'orders' }, '999999999999.ddb.us-east-1.amazonaws.com'),
    ['dynamodb:GetItem arn:aws:dynamodb:us-east-1:999999999999:table/orders'],
  ],
  ['a call on no table', dynamodb('ListTables', {}), ['dynamodb:ListTables any']],
  ["tomorrow's call", dynamodb('BrandNewOp', { TableName: 'orders' }), ['dynamodb:BrandNewOp any']],
  [
    'a transaction, each action on its own table, and none of them twice',
    dynamodb('TransactWriteItems', {
      TransactItems: [
        { Put: { TableName: 'a' } },
        { Delete: { TableName: 'b' } },
        { Put: { TableName: 'a' } },
      ],
    }),
    [`dynamodb:PutItem ${table('a')}`, `dynamodb:DeleteItem ${table('b')}`],
  ],
  [
    'a statement',
    dynamodb('ExecuteStatement', { Statement: `DELETE FROM "orders" WHERE id = '1'` }),
    [`dynamodb:PartiQLDelete ${table('orders')}`],
  ],
  [
    'content that is too large to be read, on whatever it may name',
    dynamodb('GetItem', { TableName: 'orders', Filler: 'x'.repeat(1 << 20) }),
    ['dynamodb:GetItem any'],
  ],
  [
    'the management of an API, by its path',
    { method: 'DELETE', url: 'https://apigateway.us-east-1.amazonaws.com/restapis/abc/' },
    ['apigateway:DELETE arn:aws:apigateway:us-east-1::/restapis/abc'],
  ],
  [
    'the management of an API of the second version',
    { url: 'https://apigateway.us-east-1.amazonaws.com/v2/apis/abc' },
    ['apigateway:GET arn:aws:apigateway:us-east-1::/apis/abc'],
  ],
  [
    'the invocation of an API',
    { url: 'https://abc123.execute-api.us-east-1.amazonaws.com/prod/pets' },
    ['execute-api:Invoke arn:aws:execute-api:us-east-1:123456789012:abc123/prod/GET/pets'],
  ],
  ['a request to S3', { url: 'https://my-bucket.s3.amazonaws.com/a//b' }, ['s3:Any /a//b']],
])('names %s', async (_what, request, actions) => {
  expect(await meaning(request)).toEqual(actions);
});

test('leaves the account out where nothing says it', async () => {
  const options = { resourcesOf: createResourceReader({}) };
  expect(await meaning(dynamodb('GetItem', { TableName: 'orders' }), options)).toEqual([
    'dynamodb:GetItem arn:aws:dynamodb:us-east-1::table/orders',
  ]);
});

test.each<[what: string, request: RequestText, reason: RegExp]>([
  [
    'W2: a look-alike of a host',
    { url: 'https://ec2-203-0-113-1.compute-1.amazonaws.com/' },
    /is no endpoint of an AWS service/,
  ],
  [
    'W2: a website',
    { url: 'https://b.s3-website-us-east-1.amazonaws.com/' },
    /is no endpoint of an AWS service/,
  ],
  [
    "W14: another service's operation",
    { ...dynamodb('GetItem', {}), url: 'https://sqs.us-east-1.amazonaws.com/' },
    /no service of this host/,
  ],
  [
    'W14: a key twice',
    { ...dynamodb('GetItem', {}), body: '{"TableName":"a","TableName":"b"}' },
    /repeats the key/,
  ],
  [
    'W14: a name in another case',
    dynamodb('GetItem', { TableName: 'a', tablename: 'b' }),
    /can be taken for TableName/,
  ],
  [
    'W14: dots in the path of an API',
    { url: 'https://abc123.execute-api.us-east-1.amazonaws.com/prod/../x' },
    /dot segment/,
  ],
])('says why it cannot name %s', async (_what, request, reason) => {
  expect(await meaning(request)).toMatch(reason);
});

test('W16: names nothing on a host elsewhere, whatever region the agent signed for', async () => {
  const options: Partial<ResolverOptions> = {
    readEndpoint: (host) => {
      const endpoint = readEndpoint(host);
      if (endpoint?.region !== 'us-east-1')
        throw new PaiError('destination_forbidden', `${host} is elsewhere`);
      return endpoint;
    },
  };
  const signed = (host: string): RequestText => {
    const request = dynamodb('GetItem', { TableName: 'orders' }, host);
    const authorization =
      'AWS4-HMAC-SHA256 Credential=AKIA/20261122/eu-west-1/s3/aws4_request, SignedHeaders=host, Signature=0';
    return { ...request, headers: { ...(request.headers as Record<string, string>), authorization } };
  };
  expect(await meaning(signed('dynamodb.eu-west-1.amazonaws.com'), options)).toMatch(/is elsewhere/);
  expect(await meaning(signed('dynamodb.us-east-1.amazonaws.com'), options)).toEqual([
    `dynamodb:GetItem ${table('orders')}`,
  ]);
});
