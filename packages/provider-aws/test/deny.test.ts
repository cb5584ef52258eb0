import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { CloudWatchClient, ListMetricsCommand } from '@aws-sdk/client-cloudwatch';
import { DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';
import { DescribeInstancesCommand, EC2Client } from '@aws-sdk/client-ec2';
import { GetUserCommand, IAMClient } from '@aws-sdk/client-iam';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { ListHostedZonesCommand, Route53Client } from '@aws-sdk/client-route-53';
import { GetObjectCommand, HeadObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { Denial } from '@pai/core';
import { requestFor } from '@pai/core/conformance';
import { describe, expect, onTestFinished, test } from 'vitest';
import { cborMap } from '../src/deny/cbor.ts';
import type { WireHints } from '../src/deny/wire.ts';
import { createDeny } from '../src/deny.ts';
import type { Endpoint } from '../src/endpoint.ts';

const endpointOf = (service: string, signingName = service): Endpoint => ({
  service,
  models: [service],
  signingName,
  region: 'us-east-1',
  partition: 'aws',
  labels: [],
  algorithm: 'sigv4',
  isGlobal: false,
});

const denial: Denial = {
  provider: 's3-reader',
  decision: 'deny',
  status: 403,
  rule: 'policy.allow',
  message:
    's3-reader: s3:PutObject is not allowed (allow has "<a>" & ü, s3:GetObject); add it to policy.allow',
  requestId: '11111111-2222-4333-8444-555555555555',
  actions: [{ name: 's3:GetObject' }, { name: 's3:PutObject', resource: 'arn:aws:s3:::b/k' }],
};
const sentence = `User: s3-reader is not authorized to perform: s3:PutObject on resource: arn:aws:s3:::b/k because no identity-based policy allows the s3:PutObject action. ${denial.message}`;

const refusal = (status: number): Denial => ({
  ...denial,
  decision: 'refuse',
  status,
  rule: 'a_code',
  message: 's3-reader: something is wrong',
  actions: [],
});

/** A server that denies everything, as the sidecar would. */
async function openDenier(hints: WireHints, said: Denial = denial) {
  const deny = createDeny(() => hints);
  const seen: string[] = [];
  const server = createServer(async (message, response) => {
    const { method = '', url = '', headers } = message;
    seen.push(`${method} ${url}`);
    const body = await buffer(message);
    const request = requestFor({
      method,
      url: `https://service.amazonaws.com${url}`,
      headers: Object.entries(headers).flatMap(([name, value]) =>
        value === undefined ? [] : [name, `${value}`],
      ),
      body,
    });
    const denied = deny(said, request);
    response.writeHead(denied.status, denied.headers).end(denied.body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close().closeAllConnections());
  const settings = {
    region: 'us-east-1',
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    credentials: { accessKeyId: 'pai-placeholder-a', secretAccessKey: 'pai-placeholder-a' },
    ...(said.status >= 500 && { maxAttempts: 1 }),
  };
  return { settings, seen };
}

type Settings = Awaited<ReturnType<typeof openDenier>>['settings'];

interface Case {
  readonly hints: WireHints;
  readonly send: (settings: Settings) => Promise<unknown>;
  readonly name: string;
  readonly message?: string;
}

const only = (endpoint: Endpoint, protocol?: WireHints['protocol']): WireHints => ({ endpoint, protocol });

const cases: Readonly<Record<string, Case>> = {
  'S3, reading': {
    hints: only(endpointOf('s3')),
    send: (settings) => new S3Client(settings).send(new GetObjectCommand({ Bucket: 'b', Key: 'k' })),
    name: 'AccessDenied',
  },
  'S3, writing a stream': {
    hints: only(endpointOf('s3')),
    send: (settings) =>
      new S3Client(settings).send(new PutObjectCommand({ Bucket: 'b', Key: 'k', Body: 'x' })),
    name: 'AccessDenied',
  },
  'SQS in JSON, with codes of the query protocol': {
    hints: only(endpointOf('sqs'), 'json'),
    send: (settings) =>
      new SQSClient(settings).send(
        new ReceiveMessageCommand({ QueueUrl: `${settings.endpoint}/123456789012/jobs` }),
      ),
    name: 'AccessDenied',
  },
  'DynamoDB in JSON 1.0': {
    hints: only(endpointOf('dynamodb'), 'json'),
    send: (settings) =>
      new DynamoDBClient(settings).send(new GetItemCommand({ TableName: 't', Key: { id: { S: '1' } } })),
    name: 'AccessDeniedException',
  },
  'EC2 in its query protocol': {
    hints: only(endpointOf('ec2'), 'ec2'),
    send: (settings) => new EC2Client(settings).send(new DescribeInstancesCommand({})),
    name: 'UnauthorizedOperation',
    message: `You are not authorized to perform this operation. ${sentence}`,
  },
  'IAM in the query protocol': {
    hints: only(endpointOf('iam'), 'query'),
    send: (settings) => new IAMClient(settings).send(new GetUserCommand({})),
    name: 'AccessDenied',
  },
  'CloudWatch in CBOR, with codes of the query protocol': {
    hints: only(endpointOf('monitoring'), 'query'),
    send: (settings) => new CloudWatchClient(settings).send(new ListMetricsCommand({})),
    name: 'AccessDenied',
  },
  'Lambda in REST with JSON': {
    hints: only(endpointOf('lambda'), 'rest-json'),
    send: (settings) => new LambdaClient(settings).send(new InvokeCommand({ FunctionName: 'f' })),
    name: 'AccessDeniedException',
  },
  'Lambda before its model is loaded': {
    hints: only(endpointOf('lambda')),
    send: (settings) => new LambdaClient(settings).send(new InvokeCommand({ FunctionName: 'f' })),
    name: 'AccessDeniedException',
  },
  'Route 53 in REST with XML': {
    hints: only(endpointOf('route53'), 'rest-xml'),
    send: (settings) => new Route53Client(settings).send(new ListHostedZonesCommand({})),
    name: 'AccessDenied',
  },
};

describe("AWS's own SDK raises its own error, once, with our sentence", () => {
  test.each(Object.entries(cases))('of %s', async (_what, { hints, send, name, message = sentence }) => {
    const { settings, seen } = await openDenier(hints);
    const error = (await send(settings).then(
      () => undefined,
      (thrown: unknown) => thrown,
    )) as (Error & { $metadata: object }) | undefined;
    expect({ name: error?.name, message: error?.message }).toEqual({ name, message });
    expect(error?.$metadata).toMatchObject({ httpStatusCode: 403, requestId: denial.requestId, attempts: 1 });
    expect(seen).toHaveLength(1);
  });

  test.each(
    Object.entries(cases).flatMap(([what, { hints, send, name }]) => {
      const hasException = name.endsWith('Exception');
      const end = hasException ? 'Exception' : '';
      return [
        { what, hints, send, status: 403, name },
        { what, hints, send, status: 400, name: `InvalidRequest${end}` },
        { what, hints, send, status: 502, name: `ServiceUnavailable${end}` },
      ];
    }),
  )('and of a refusal with status $status the sentence alone: $what', async (refused) => {
    const { settings, seen } = await openDenier(refused.hints, refusal(refused.status));
    const error = (await refused.send(settings).catch((thrown: unknown) => thrown)) as Error & {
      $metadata: object;
    };
    expect(error).toMatchObject({ name: refused.name, message: 's3-reader: something is wrong' });
    expect(error.$metadata).toMatchObject({ httpStatusCode: refused.status, requestId: denial.requestId });
    expect(seen).toHaveLength(1);
  });

  test('of a HEAD, which has no content', async () => {
    const { settings, seen } = await openDenier(only(endpointOf('s3')));
    const asked = new S3Client(settings).send(new HeadObjectCommand({ Bucket: 'b', Key: 'k' }));
    await expect(asked).rejects.toMatchObject({ $metadata: { httpStatusCode: 403, attempts: 1 } });
    expect(seen).toEqual(['HEAD /b/k']);
  });
});

const denied = (text: Parameters<typeof requestFor>[0], hints: WireHints, changed: Partial<Denial> = {}) =>
  createDeny(() => hints)({ ...denial, ...changed }, requestFor(text));

describe('the shape of a denial', () => {
  const json11 = {
    'x-amz-target': 'Logs_20140328.PutLogEvents',
    'content-type': 'application/x-amz-json-1.1',
  };
  test.each([
    ['application/x-amz-json-1.1', { headers: json11 }, endpointOf('logs')],
    ['text/xml', { url: 'https://x.amazonaws.com/?Action=ListUsers' }, endpointOf('iam')],
    ['text/xml', {}, endpointOf('s3-control', 's3')],
    ['application/json', {}, endpointOf('s3tables')],
    ['application/xml', {}, endpointOf('s3express')],
    ['application/cbor', { url: 'https://x.amazonaws.com/service/A/operation/B' }, endpointOf('a')],
    ['application/json', {}, undefined],
  ])('is %s for %j at %j', (type, request, endpoint) => {
    const { headers } = denied(
      { url: 'https://x.amazonaws.com/a', ...request },
      { endpoint, protocol: undefined },
    );
    expect(headers.slice(0, 2)).toEqual(['content-type', type]);
  });

  test('in XML has nothing that a message could break out with', () => {
    const { body } = denied({ url: 'https://b.s3.amazonaws.com/k' }, only(endpointOf('s3')), {
      message: '</Message><Code>\u0000\ud800 &amp; "\'',
      actions: [],
    });
    expect(String(body)).toContain(
      '<Message>Access Denied: &lt;/Message&gt;&lt;Code&gt;\ufffd &amp;amp; &quot;&#39;</Message>',
    );
  });
});

describe('the sentence', () => {
  const ofJson = (changed: Partial<Denial>) => {
    const { body } = denied(
      { url: 'https://lambda.us-east-1.amazonaws.com/x' },
      only(endpointOf('lambda')),
      changed,
    );
    return JSON.parse(String(body)).message;
  };

  test('says of a deny list that it is an explicit deny, as AWS does', () => {
    expect(ofJson({ rule: 'policy.deny[0]', message: 'why', actions: [{ name: 'a:B' }] })).toBe(
      'User: s3-reader is not authorized to perform: a:B with an explicit deny in an identity-based policy. why',
    );
  });

  test('is about the resource that was denied', () => {
    const actions = [
      { name: 's3:DeleteObject', resource: 'arn:aws:s3:::b/in' },
      { name: 's3:DeleteObject', resource: 'arn:aws:s3:::b/out' },
    ];
    const message = 'p: s3:DeleteObject is out of scope: arn:aws:s3:::b/out is not in scope.resources';
    expect(ofJson({ rule: 'scope.resources', message, actions })).toContain(
      'on resource: arn:aws:s3:::b/out because',
    );
  });

  test('is about the action that was denied, though its name begins with that of another', () => {
    const actions = [
      { name: 's3:PutObject', resource: 'arn:aws:s3:::b/k' },
      { name: 's3:PutObjectAcl', resource: 'arn:aws:s3:::b/k' },
    ];
    const message = 'p: s3:PutObjectAcl is not allowed (allow has s3:PutObject); add it to policy.allow';
    expect(ofJson({ message, actions })).toMatch(
      /perform: s3:PutObjectAcl on .* no identity-based policy allows the s3:PutObjectAcl action\. p:/,
    );
    expect(ofJson({ message: 'p: s3:PutObject is not allowed', actions })).toContain(
      'perform: s3:PutObject on',
    );
  });

  test('is about the resource that was denied, though its name begins with that of another', () => {
    const actions = ['in', 'in2'].map((key) => ({ name: 'a:B', resource: `arn:aws:s3:::b/${key}` }));
    const message =
      'p: a:B is out of scope: arn:aws:s3:::b/in2 is not in scope.resources (arn:aws:s3:::b/in)';
    expect(ofJson({ rule: 'scope.resources', message, actions })).toContain(
      'on resource: arn:aws:s3:::b/in2 ',
    );
  });

  test('of a request without a name is ours alone', () => {
    expect(ofJson({ message: 'why', actions: [] })).toBe('Access Denied: why');
  });
});

test.each([
  ['', 'a0'],
  ['a'.repeat(23), `a16161${`77${'61'.repeat(23)}`}`],
  ['a'.repeat(24), `a161617a00000018${'61'.repeat(24)}`],
])('CBOR of %s is as RFC 8949 says', (text, hex) => {
  expect(cborMap(text === '' ? {} : { a: text }).toString('hex')).toBe(hex);
});
