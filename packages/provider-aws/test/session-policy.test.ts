import { describe, expect, test } from 'vitest';
import { covers, overlap, restsAfter } from '../src/credentials/pattern-algebra.ts';
import { sessionPolicyOf } from '../src/credentials/session-policy.ts';
import type { AwsSpec } from '../src/schema.ts';

const roleArn = 'arn:aws:iam::123456789012:role/agent';
const example: AwsSpec = {
  type: 'aws',
  auth: { type: 'aws-sigv4', secretRef: 'aws-creds' },
  config: { region: 'us-east-1', services: ['s3'], assumeRole: { roleArn } },
  policy: { allow: ['s3:GetObject', 's3:ListBucket'], deny: ['s3:DeleteObject', 's3:PutObject'] },
  scope: { resources: ['arn:aws:s3:::my-bucket/*'] },
};
const withSpec = (parts: Partial<AwsSpec>, config: object = {}): AwsSpec => ({
  type: 'aws',
  auth: example.auth,
  ...parts,
  config: { assumeRole: { roleArn }, ...config },
});

interface Statement {
  readonly Effect: string;
  readonly Action: readonly string[] | string;
  readonly Resource: readonly string[] | string;
  readonly Condition?: { readonly StringLike: object };
}

function statementsOf(spec: AwsSpec): readonly Statement[] {
  const { Version, Statement } = JSON.parse(sessionPolicyOf(spec) ?? '{}');
  expect(Version).toBe('2012-10-17');
  return Statement;
}

/** Without what services may do with keys. */
function plainStatements(spec: AwsSpec): readonly Statement[] {
  return statementsOf(spec).filter(({ Condition }) => !('kms:ViaService' in (Condition?.StringLike ?? {})));
}

test('the session policy of the example is what AWS needs to hold it too, and no more', () => {
  expect(statementsOf(example)).toEqual([
    { Effect: 'Allow', Action: ['s3:GetObject', 's3:ListBucket'], Resource: ['arn:aws:s3:::my-bucket/*'] },
    { Effect: 'Allow', Action: ['s3:ListBucket'], Resource: ['arn:aws:s3:::my-bucket'] },
    {
      Effect: 'Allow',
      Action: [
        'kms:CreateGrant',
        'kms:Decrypt',
        'kms:DescribeKey',
        'kms:Encrypt',
        'kms:GenerateDataKey*',
        'kms:ReEncrypt*',
      ],
      Resource: '*',
      Condition: { StringLike: { 'kms:ViaService': '*' } },
    },
  ]);
});

describe('actions', () => {
  test.each([
    [['s3:Get*', 's3:GetObject', 'S3:getobject'], undefined, ['s3:Get*']],
    [['*'], undefined, ['*']],
    [['*:Get*'], undefined, ['*']],
    [
      ['*:Get*', 's3*'],
      ['s3', 'sqs'],
      ['sqs:Get*', 's3:*'],
    ],
    [['*'], ['S3', 'sqs'], ['s3:*', 'sqs:*']],
    [['ec2:RunInstances', 's3:GetObject'], ['s3'], ['s3:GetObject']],
    [['s3:HeadObject', 's3:ListObjectsV2'], undefined, ['s3:GetObject', 's3:ListBucket']],
    [['not an action', 's3:GetObject?', 's3:GetObject'], undefined, ['s3:GetObject']],
  ])('%j under services %j are allowed as %j', (allow, services, expected) => {
    const config = services === undefined ? {} : { services };
    const [first] = plainStatements(
      withSpec({ policy: { allow }, scope: { resources: ['arn:aws:s3:::b'] } }, config),
    );
    expect(first?.Action).toEqual(expected);
  });

  test.each([
    [['s3:*'], ['s3:Delete*', 's3:DeleteObject'], ['s3:Delete*']],
    [['s3:Get*'], ['s3:Delete*', '*:*Acl', 's3:*Acl'], ['s3:*Acl']],
    [['s3:Get*'], ['s3:Put*'], undefined],
    [['*'], ['*'], ['*']],
  ])('of what %j allows, %j denies %j', (allow, deny, expected) => {
    const denied = plainStatements(withSpec({ policy: { allow, deny } })).filter(
      ({ Effect }) => Effect === 'Deny',
    );
    expect(denied).toEqual(
      expected === undefined ? [] : [{ Effect: 'Deny', Action: expected, Resource: '*' }],
    );
  });

  test.each([
    ['no policy', {}],
    ['an empty allow list', { policy: { allow: [] } }],
    ['names of no action', { policy: { allow: ['GetObject'] } }],
    ['an empty scope', { policy: { allow: ['*'] }, scope: { resources: [] } }],
  ])('%s is nothing at AWS either', (_what, parts) => {
    expect(statementsOf(withSpec(parts))).toEqual([{ Effect: 'Deny', Action: '*', Resource: '*' }]);
  });

  test.each([
    ['everything is allowed', { policy: { allow: ['*'] } }],
    [
      'rules on paths are all there is',
      { policy: { httpRules: [{ paths: ['/a'], effect: 'allow' as const }] } },
    ],
    ['denials are only logged', { ...example, audit: { enforcement: 'audit' as const } }],
  ])('there is no session policy where %s', (_what, parts) => {
    expect(sessionPolicyOf(withSpec(parts))).toBeUndefined();
  });

  test('there is none where the user wants none, or no role is taken on', () => {
    const off = { ...example, config: { assumeRole: { roleArn, sessionPolicy: false } } };
    expect(sessionPolicyOf(off)).toBeUndefined();
    expect(sessionPolicyOf({ ...example, config: {} })).toBeUndefined();
  });
});

describe('resources', () => {
  const resourcesOf = (resources: string[], allow = ['s3:*', 'sqs:*']) =>
    plainStatements(withSpec({ policy: { allow }, scope: { resources } }));

  test('a listing of a bucket with some keys in scope has their prefix as its condition', () => {
    const [, location, names] = resourcesOf(['arn:aws:s3:::b/team/*', 'arn:aws:s3:::b/shared/*'], ['s3:*']);
    expect(location).toEqual({
      Effect: 'Allow',
      Action: ['s3:GetBucketLocation'],
      Resource: ['arn:aws:s3:::b'],
    });
    expect(names).toEqual({
      Effect: 'Allow',
      Action: ['s3:ListBucket', 's3:ListBucketVersions'],
      Resource: ['arn:aws:s3:::b'],
      Condition: { StringLike: { 's3:prefix': ['shared/*', 'team/*'] } },
    });
  });

  test('buckets with the same keys in scope share a statement', () => {
    const statements = resourcesOf(['arn:aws:s3:::a/*', 'arn:aws:s3:::b/*', 'arn:aws:s3:::b/x/*']);
    expect(statements[1]).toEqual({
      Effect: 'Allow',
      Action: [
        's3:ListBucket',
        's3:ListBucketVersions',
        's3:GetBucketLocation',
        's3:ListBucketMultipartUploads',
      ],
      Resource: ['arn:aws:s3:::a', 'arn:aws:s3:::b'],
    });
    expect(statements).toHaveLength(2);
  });

  test.each([
    ['arn:aws:s3:::b/key', 'arn:aws:s3:::b'],
    ['arn:aws:s3:::b/a*z', 'arn:aws:s3:::b'],
    ['arn:aws:s3:::b*z', 'arn:aws:s3:::b*'],
  ])('%s leads to where %s is, and to no listing of it', (arn, bucket) => {
    expect(resourcesOf([arn])).toEqual([
      { Effect: 'Allow', Action: ['s3:*', 'sqs:*'], Resource: [arn] },
      { Effect: 'Allow', Action: ['s3:GetBucketLocation'], Resource: [bucket] },
    ]);
  });

  test.each([
    'arn:aws:s3:::b',
    'arn:aws:s3:::b*',
    'arn:aws:sqs:us-east-1:123456789012:jobs-*',
    'arn:aws:s3express:us-east-1:123456789012:bucket/b--use1-az4--x-s3',
  ])('%s alone adds no listing', (arn) => {
    expect(resourcesOf([arn])).toEqual([{ Effect: 'Allow', Action: ['s3:*', 'sqs:*'], Resource: [arn] }]);
  });

  test.each([
    ['s3', 'arn:aws:s3:us-east-1:123456789012:accesspoint/a'],
    ['s3-outposts', 'arn:aws:s3-outposts:us-east-1:123456789012:outpost/op-1/accesspoint/a'],
  ])('access points of %s are listed by their objects too', (service, point) => {
    const [, location, names] = resourcesOf([`${point}/object/team/*`], [`${service}:*`]);
    expect(location).toMatchObject({ Action: [`${service}:GetBucketLocation`], Resource: [point] });
    expect(names).toEqual({
      Effect: 'Allow',
      Action: [`${service}:ListBucket`, `${service}:ListBucketVersions`],
      Resource: [point],
      Condition: { StringLike: { [`${service}:prefix`]: ['team/*'] } },
    });
  });

  test('a run before the slash may hold slashes', () => {
    const names = resourcesOf(['arn:aws:s3:::my-*/x*'], ['s3:ListBucket']).at(-1);
    expect(names).toEqual({
      Effect: 'Allow',
      Action: ['s3:ListBucket'],
      Resource: ['arn:aws:s3:::my-*'],
      Condition: { StringLike: { 's3:prefix': ['*/x*', 'x*'] } },
    });
  });

  test.each([
    [['arn:aws:sqs:us-east-1::q'], ['arn:aws:sqs:us-east-1::q', 'arn:aws:sqs:us-east-1:123456789012:q']],
    [['*', 'arn:aws:sqs:us-east-1::q'], ['*']],
    [['arn:aws:s3:::b/ü€'], ['arn:aws:s3:::b/ü€']],
  ])('%j are %j to IAM', (resources, expected) => {
    expect(resourcesOf(resources)[0]?.Resource).toEqual(expected);
  });

  test('a partition that IAM does not take is told with its place', () => {
    expect(() => resourcesOf(['arn:aws:s3:::fine', 'arn:aws*:sqs:us-east-1:123456789012:q'])).toThrow(
      /^scope\.resources\[1\]: AWS takes no session policy with the partition "aws\*"/,
    );
  });

  test('what is too long for AWS is told with its length, in ASCII', () => {
    const resources = Array.from({ length: 60 }, (_, i) => `arn:aws:s3:::bucket-${i}/some/keys-ü/*`);
    expect(() => resourcesOf(resources)).toThrow(
      /^config\.assumeRole: .* has \d{4} characters, and AWS takes 2048/,
    );
    expect(
      sessionPolicyOf(withSpec({ policy: { allow: ['*'] }, scope: { resources: ['arn:aws:s3:::ü€'] } })),
    ).toMatch(/^[ -~]+$/);
  });
});

describe('patterns', () => {
  test.each([
    ['s3:*', 's3:GetObject', true, true],
    ['s3:Get*', 's3:*Object', false, true],
    ['s3:Get*', 's3:Put*', false, false],
    ['*', 'x', true, true],
    ['a*b*c', 'abc', true, true],
    ['A:B', 'a:b', true, true],
    ['a', 'a*', false, true],
  ])('%s covers %s: %s, and overlaps it: %s', (one, other, isCovered, hasCommon) => {
    expect(covers(one, other)).toBe(isCovered);
    expect(overlap(one, other)).toBe(hasCommon);
    expect(overlap(other, one)).toBe(hasCommon);
  });

  test.each([
    ['*', ['*']],
    ['s3:Get*', ['Get*']],
    ['S*:get*', ['*:get*', 'get*']],
    ['*Object', ['*Object']],
    ['s3:*', ['*']],
    ['sqs:*', []],
    ['s3*', ['*']],
    ['*3:a*b', ['*3:a*b', 'a*b']],
  ])('behind s3: %s leaves %j', (pattern, rests) => {
    expect(restsAfter(pattern, 's3:')).toEqual(rests);
  });
});
