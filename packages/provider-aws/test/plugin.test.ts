import { createPipeline } from '@pai/core';
import { requestFor, testProvider } from '@pai/core/conformance';
import Value from 'typebox/value';
import { describe, expect, test } from 'vitest';
import { aws } from '../src/index.ts';
import { attach, specOf, start } from './aws.ts';
import { contextFor, createStsService, stored } from './sts-service.ts';

const roleArn = 'arn:aws:iam::123456789012:role/agent';

describe('the spec', () => {
  test.each([
    [specOf(), true],
    [specOf({ config: { region: 'eu-west-1', services: ['s3'], accountId: '123456789012' } }), true],
    [
      specOf({
        config: { assumeRole: { roleArn, externalId: 'a:b', sessionName: 'me', durationSeconds: 900 } },
      }),
      true,
    ],
    [specOf({ scope: { resources: ['arn:aws:s3:::b/*'] } }), true],
    [{ ...specOf(), auth: { type: 'aws-sigv4' } }, false],
    [{ ...specOf(), auth: { ...specOf().auth, secretKey: 'token' } }, false],
    [specOf({ config: { accountId: '123' } }), false],
    [specOf({ config: { assumeRole: { roleArn: 'arn:aws:iam::123456789012:user/me' } } }), false],
    [specOf({ config: { assumeRole: { roleArn, durationSeconds: 60 } } }), false],
    [specOf({ config: { region: 'us-east-1.evil.example' } }), false],
  ])('%# is valid: %j', (value, expected) => {
    expect(Value.Check(aws.spec, value)).toBe(expected);
  });

  test.each([
    [{ host: 'minio.internal' }, /^config\.region: "minio\.internal" is no endpoint of AWS/],
    [
      { host: 'minio.internal', config: { region: 'x-1' } },
      /^config\.services: "minio\.internal" .* write \[s3\]/,
    ],
    [{ host: 'minio.internal', config: { region: 'x-1', services: ['s3', 'sqs'] } }, /^config\.services: /],
    [
      { host: 'minio.internal', config: { region: 'x-1', services: ['nothing'] } },
      /^config\.services: "nothing" is no service/,
    ],
    [
      { host: '*.minio.internal', config: { region: 'x-1', services: ['sqs'] } },
      /^config\.services: "sqs" is no service/,
    ],
    [
      { host: 'minio.internal', config: { region: 'x-1', services: ['s3'], assumeRole: { roleArn } } },
      /^config\.assumeRole: "minio\.internal"/,
    ],
    [{ scope: { resources: ['my-bucket'] } }, /^scope\.resources\[0\]: pattern "my-bucket" is no ARN/],
    [
      { scope: { resources: ['my-bucket'] }, config: { assumeRole: { roleArn } } },
      /^scope\.resources\[0\]: pattern/,
    ],
  ])('%j is a slip that is told with its place', (parts, message) => {
    expect(() => start(parts)).toThrow(
      expect.objectContaining({ code: 'config_invalid', message: expect.stringMatching(message) }),
    );
  });
});

const s3 = 'https://my-bucket.s3.us-east-1.amazonaws.com';
const example = {
  config: { region: 'us-east-1', services: ['s3'] },
  policy: { allow: ['s3:GetObject', 's3:ListBucket'], deny: ['s3:DeleteObject', 's3:PutObject'] },
  scope: { resources: ['arn:aws:s3:::my-bucket/*'] },
};

describe('the example of the issue (W13, W16)', () => {
  test.each([
    ['GET', `${s3}/a/b`, 'allow', 'policy.allow[0]'],
    ['GET', `${s3}/?list-type=2&prefix=a/`, 'allow', 'policy.allow[1]'],
    ['HEAD', `${s3}/`, 'allow', 'policy.allow[1]'],
    ['PUT', `${s3}/a/b`, 'deny', 'policy.deny[1]'],
    ['DELETE', `${s3}/a/b`, 'deny', 'policy.deny[0]'],
    ['GET', `${s3}/a/b?acl`, 'deny', 'policy.allow'],
    ['GET', 'https://other.s3.us-east-1.amazonaws.com/a', 'deny', 'scope.resources'],
    ['GET', 'https://my-bucket.s3.eu-west-1.amazonaws.com/a', 'deny', 'unresolved'],
    ['GET', 'https://ec2-1-2-3-4.compute-1.amazonaws.com/a', 'deny', 'unresolved'],
    ['GET', 'https://my-bucket.s3-website-us-east-1.amazonaws.com/a', 'deny', 'unresolved'],
    ['GET', 'https://dynamodb.us-east-1.amazonaws.com/', 'deny', 'unresolved'],
  ])('%s %s: %s by %s', async (method, url, decision, rule) => {
    const { event } = await start(example).judge({ method, url });
    expect({ decision: event.decision, rule: event.rule }, event.reason).toEqual({ decision, rule });
  });

  test('leaves out what no service of the list has', async () => {
    const { judge } = start({ ...example, policy: { allow: ['*'] } });
    const { event } = await judge({ url: 'https://sqs.us-east-1.amazonaws.com/?Action=ListQueues' });
    expect(event).toMatchObject({ decision: 'deny', rule: 'config.services', actions: ['sqs:ListQueues'] });
  });

  test('denies as S3 does', async () => {
    const outcome = await start(example).judge({ method: 'PUT', url: `${s3}/a`, body: 'x' });
    if (outcome.kind !== 'respond') throw new Error('it was forwarded');
    expect(outcome.response.status).toBe(403);
    expect(String(outcome.response.body)).toMatch(
      /<Code>AccessDenied<\/Code><Message>User: aws-prod is not authorized to perform: s3:PutObject on resource: arn:aws:s3:::my-bucket\/a with an explicit deny in an identity-based policy\. aws-prod: s3:PutObject is denied by policy\.deny\[1\]/,
    );
  });
});

describe('no credential goes', () => {
  const bare = { policy: { allow: ['*'] } };
  test.each([
    ['to a look-alike', 'https://ec2-1-2-3-4.compute-1.amazonaws.com/', bare],
    ['to a load balancer', 'https://internal-x-1.us-east-1.elb.amazonaws.com/', bare],
    ['to a database', 'https://db.abc.us-east-1.rds.amazonaws.com/', bare],
    ['to a website', 'https://b.s3-website.eu-central-1.amazonaws.com/', bare],
    [
      'to another region',
      'https://sqs.eu-west-1.amazonaws.com/',
      { ...bare, config: { region: 'us-east-1' } },
    ],
    [
      'anywhere',
      'https://p.accesspoint.s3-global.amazonaws.com/k',
      { ...bare, config: { region: 'us-east-1' } },
    ],
  ])('%s, whatever the policy says', async (_what, url, parts) => {
    const { event } = await start(parts).judge({ url });
    expect(event).toMatchObject({ decision: 'refuse', error: 'destination_forbidden' });
  });

  test('to a metadata service, which is answered here', async () => {
    const { judge, provider } = start(bare);
    expect(
      (await judge({ url: 'http://169.254.169.254/latest/meta-data/placement/region' })).event.decision,
    ).toBe('answer');
    const { method, host, port, target, headers, body } = requestFor({ url: 'http://169.254.169.254/' });
    const upstream = { method, host, port, target, headers: [...headers], body };
    await expect(async () => provider.inject(upstream)).rejects.toMatchObject({
      code: 'destination_forbidden',
    });
    expect(upstream.headers).toEqual(['host', '169.254.169.254']);
  });

  test('on a presigned URL that is over', async () => {
    const query =
      'X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Date=20251231T000000Z&X-Amz-Expires=60&X-Amz-Signature=00';
    const { event } = await start(bare).judge({ url: `${s3}/a?${query}` });
    expect(event).toMatchObject({ decision: 'refuse', error: 'request_denied' });
    expect(event.reason).toContain('it has expired');
  });
});

describe('placeholders', () => {
  test('are what every SDK starts with', () => {
    expect(start({ config: { region: 'eu-west-1' } }).provider.placeholders).toEqual({
      env: {
        AWS_ACCESS_KEY_ID: 'pai-placeholder-aws-prod',
        AWS_SECRET_ACCESS_KEY: 'pai-placeholder-aws-prod',
        AWS_REGION: 'eu-west-1',
        AWS_DEFAULT_REGION: 'eu-west-1',
        AWS_EC2_METADATA_DISABLED: 'true',
      },
    });
  });

  const scope = '20260101/us-east-1/s3/aws4_request';
  test.each([
    [
      'in Authorization',
      `${s3}/a`,
      `AWS4-HMAC-SHA256 Credential=pai-placeholder-two/${scope}, SignedHeaders=host, Signature=00`,
    ],
    ['in the Authorization of the older signature', `${s3}/a`, 'AWS pai-placeholder-two:c2ln'],
    [
      'in a presigned URL',
      `${s3}/a?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=pai-placeholder-two%2F20260101%2Fus-east-1%2Fs3%2Faws4_request&X-Amz-Date=20260101T000000Z&X-Amz-Expires=60&X-Amz-SignedHeaders=host&X-Amz-Signature=00`,
      undefined,
    ],
    [
      'in a presigned URL of the older kind',
      `${s3}/a?AWSAccessKeyId=pai-placeholder-two&Expires=1798761600&Signature=x`,
      undefined,
    ],
  ])('%s choose between two Providers', async (_what, url, authorization) => {
    const sts = createStsService();
    const spec = specOf({ policy: { allow: ['s3:*'] } });
    const both = ['one', 'two'].map((name) => attach(name, spec, contextFor(sts)));
    const { judge } = createPipeline(both, () => sts.time.here);
    const headers = authorization === undefined ? {} : { authorization };
    const outcome = await judge(requestFor({ url, headers }));
    expect(outcome).toMatchObject({ kind: 'forward', event: { provider: 'two', decision: 'allow' } });
    expect(JSON.stringify('request' in outcome && outcome.request)).not.toContain('pai-placeholder');
  });
});

describe('servers that are not of AWS (W22)', () => {
  const config = { region: 'garage', services: ['s3'] };

  test.each([
    ['minio.internal:9000', 'https://minio.internal:9000/data/k', 'arn:aws:s3:::data/k'],
    ['minio.internal', 'https://minio.internal/data/k', 'arn:aws:s3:::data/k'],
    ['*.minio.internal', 'https://data.minio.internal/k', 'arn:aws:s3:::data/k'],
  ])('%s is judged and signed for as S3', async (host, url, resource) => {
    const { judge, provider } = start({ host, config, policy: { allow: ['s3:GetObject'] } });
    expect(provider.hosts.map((pattern) => pattern.host)).toEqual([
      host.replace(':9000', ''),
      '169.254.169.254',
      '169.254.170.2',
      '169.254.170.23',
    ]);
    const outcome = await judge({ url });
    expect(outcome.event).toMatchObject({ decision: 'allow', resources: [resource] });
    if (outcome.kind !== 'forward') throw new Error('it was not forwarded');
    const at = outcome.request.headers.indexOf('authorization');
    expect(outcome.request.headers[at + 1]).toContain('/garage/s3/aws4_request');
  });

  test.each([
    ['*.amazonaws.com', 'https://s3.amazonaws.com/my-bucket'],
    ['*.us-east-1.amazonaws.com', 'https://s3.us-east-1.amazonaws.com/my-bucket'],
    ['**.amazonaws.com', 'https://my-bucket.s3.us-east-1.amazonaws.com/'],
    ['**.com', 'https://s3.us-east-1.amazonaws.com/my-bucket'],
  ])('a host of AWS under the pattern %s is what AWS says, and its own name no bucket', async (host, url) => {
    const spec = { host, config: { region: 'us-east-1', services: ['s3'] } };
    const { judge } = start({ ...spec, policy: { allow: ['s3:DeleteObject'] } });
    const { event } = await judge({ method: 'DELETE', url });
    expect(event).toMatchObject({ decision: 'deny', actions: ['s3:DeleteBucket'] });
  });

  test.each(['*.compute-1.amazonaws.com', '**.com'])(
    'what others have at AWS gets no credential under the pattern %s, whatever the policy',
    async (host) => {
      const spec = { host, config: { region: 'us-east-1', services: ['s3'] } };
      const { judge } = start({ ...spec, policy: { allow: ['*'] } });
      const outcome = await judge({ url: 'https://ec2-192-0-2-1.compute-1.amazonaws.com/my-bucket/k' });
      expect(outcome.kind).not.toBe('forward');
    },
  );

  test('can be of another service', async () => {
    const { judge } = start({
      host: 'queues.internal',
      config: { region: 'elasticmq', services: ['sqs'] },
      policy: { allow: ['sqs:ListQueues'] },
    });
    const headers = { 'content-type': 'application/x-amz-json-1.0', 'x-amz-target': 'AmazonSQS.ListQueues' };
    const { event } = await judge({ method: 'POST', url: 'https://queues.internal/', headers, body: '{}' });
    expect(event).toMatchObject({ decision: 'allow', actions: ['sqs:ListQueues'] });
  });

  test.each([
    ['/', 'application/x-amz-json-1.0', '{"QueueUrl":"https://queues.internal:9324/000000000000/jobs"}'],
    ['/000000000000/jobs', 'application/x-www-form-urlencoded', 'Action=SendMessage&Version=2012-11-05'],
  ])('names its queues by URLs that say no region (%s, %s)', async (path, type, body) => {
    const { judge } = start({
      host: 'queues.internal:9324',
      config: { region: 'elasticmq', services: ['sqs'] },
      policy: { allow: ['sqs:SendMessage'] },
      scope: { resources: ['arn:aws:sqs:elasticmq:000000000000:jobs'] },
    });
    const target = type.includes('json') ? { 'x-amz-target': 'AmazonSQS.SendMessage' } : {};
    const headers = { 'content-type': type, ...target };
    const { event } = await judge({
      method: 'POST',
      url: `https://queues.internal:9324${path}`,
      headers,
      body,
    });
    expect(event).toMatchObject({
      decision: 'allow',
      resources: ['arn:aws:sqs:elasticmq:000000000000:jobs'],
    });
  });

  test('an endpoint of AWS may be the only host', () => {
    const { provider } = start({ host: 'vpce-1-2.sqs.us-east-1.vpce.amazonaws.com' });
    expect(provider.hosts[0]).toMatchObject({
      host: 'vpce-1-2.sqs.us-east-1.vpce.amazonaws.com',
      isPrivateAllowed: true,
    });
    expect(provider.hosts.filter(({ host }) => host.endsWith('.com'))).toHaveLength(1);
  });
});

test('a role is taken on for a request, and its session signs it', async () => {
  const { judge, sts } = start({ config: { assumeRole: { roleArn } }, policy: { allow: ['s3:GetObject'] } });
  const outcome = await judge({ url: `${s3}/a` });
  if (outcome.kind !== 'forward') throw new Error(outcome.event.reason);
  expect(outcome.request.headers.join('\n')).toContain(
    'Credential=ASIACANARYSESSION1/20260101/us-east-1/s3/',
  );
  expect(outcome.request.headers).toContain('canarySessionToken/1==');
  expect(sts.asked).toHaveLength(1);
  expect(aws.tokenHosts?.(specOf({ config: { assumeRole: { roleArn } } }))).toEqual([
    { host: 'sts.us-east-1.amazonaws.com' },
  ]);
});

test.each([
  ['s3:listobjectsv2', ['s3:ListBucket']],
  ['sqs:SendMessageBatch', ['sqs:SendMessage']],
  ['s3:GetObject', ['s3:GetObject']],
])('the pattern %s means %j', (pattern, expected) => {
  expect(aws.patterns?.(pattern)).toEqual(expected);
});

describe('the contract of a provider', () => {
  const json = { 'content-type': 'application/x-amz-json-1.0' };
  testProvider(test, {
    plugin: aws,
    spec: specOf({ scope: { resources: ['arn:aws:s3:::data/*'] } }),
    secrets: { ...stored, session_token: 'canarySessionTokenInStore/==' },
    samples: [
      {
        url: 'https://data.s3.us-east-1.amazonaws.com/a%20b//c',
        actions: ['s3:GetObject'],
        resource: 'arn:aws:s3:::data/a b//c',
      },
      {
        url: 'https://s3.us-east-1.amazonaws.com/data/k',
        actions: ['s3:GetObject'],
        resource: 'arn:aws:s3:::data/k',
      },
      {
        method: 'PUT',
        url: 'https://data.s3.amazonaws.com/k',
        body: 'x',
        actions: ['s3:PutObject'],
        resource: 'arn:aws:s3:::data/k',
      },
      {
        method: 'POST',
        url: 'https://sqs.us-east-1.amazonaws.com/',
        headers: { ...json, 'x-amz-target': 'AmazonSQS.ListQueues' },
        body: '{}',
        actions: ['sqs:ListQueues'],
      },
      {
        method: 'POST',
        url: 'https://sts.amazonaws.com/',
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
        body: 'Action=GetCallerIdentity&Version=2011-06-15',
        actions: ['sts:GetCallerIdentity'],
      },
      {
        url: 'https://lambda.us-east-1.amazonaws.com/2015-03-31/functions',
        actions: ['lambda:ListFunctions'],
      },
      {
        url: 'https://ec2.us-east-1.amazonaws.com/?Action=DescribeInstances&Version=2016-11-15',
        actions: ['ec2:DescribeInstances'],
      },
    ],
  });
});
