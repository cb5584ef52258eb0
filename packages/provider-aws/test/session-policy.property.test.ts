import type { Action } from '@pai/core';
import { requestFor } from '@pai/core/conformance';
import { compilePolicy } from '@pai/policy';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { sessionPolicyOf } from '../src/credentials/session-policy.ts';
import { patternsOf, serviceOf } from '../src/patterns.ts';
import type { AwsSpec } from '../src/schema.ts';
import { createAwsScope } from '../src/scope.ts';

/*
 * IAM's evaluation of one policy, from the IAM User Guide ("Policy evaluation logic", "IAM JSON policy elements"): an
 * explicit deny wins, then an allow, else nothing. It shares no code with what it judges.
 */

type Context = Readonly<Record<string, string>>;

interface Statement {
  readonly Effect: 'Allow' | 'Deny';
  readonly Action: string | readonly string[];
  readonly Resource: string | readonly string[];
  readonly Condition?: { readonly StringLike?: Readonly<Record<string, string | readonly string[]>> };
}

const listOf = (value: string | readonly string[]): readonly string[] =>
  typeof value === 'string' ? [value] : value;

function like(pattern: string, text: string): boolean {
  const source = pattern
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '[^]*')
    .replaceAll('?', '[^]');
  return new RegExp(`^${source}$`).test(text);
}

/** Wildcards stay inside of the parts between the first five colons. */
function likeArn(pattern: string, arn: string): boolean {
  if (pattern === '*') return true;
  const split = (text: string) => {
    const parts = text.split(':');
    return [...parts.slice(0, 5), parts.slice(5).join(':')];
  };
  const wanted = split(pattern);
  return split(arn).every((part, i) => like(wanted[i] ?? '', part));
}

function fits(
  { Action, Resource, Condition }: Statement,
  action: string,
  arn: string,
  context: Context,
): boolean {
  const conditions = Object.entries(Condition?.StringLike ?? {});
  return (
    listOf(Action).some((pattern) => like(pattern.toLowerCase(), action.toLowerCase())) &&
    listOf(Resource).some((pattern) => likeArn(pattern, arn)) &&
    conditions.every(([key, patterns]) => {
      const value = context[key];
      return value !== undefined && listOf(patterns).some((pattern) => like(pattern, value));
    })
  );
}

function iamAllows(policy: string, action: string, arn: string, context: Context): boolean {
  const { Statement } = JSON.parse(policy) as { Statement: readonly Statement[] };
  const fitting = Statement.filter((statement) => fits(statement, action, arn, context));
  return fitting.some(({ Effect }) => Effect === 'Allow') && !fitting.some(({ Effect }) => Effect === 'Deny');
}

/** What AWS knows of a request beside action and resource: the prefix of two of the listings, when there is one. */
function contextOf({ name, part }: Action): Context {
  const isKnown = name === 's3:ListBucket' || name === 's3:ListBucketVersions';
  return isKnown && part !== undefined && part !== '' ? { 's3:prefix': part } : {};
}

const pick = <T>(...values: readonly T[]) => fc.constantFrom(...values);

const patterns = pick(
  ...[
    '*',
    's3:*',
    's3:Get*',
    's3:GetObject',
    's3:ListBucket',
    's3:List*',
    's3:*Object',
    'S3:PUTOBJECT',
    'sqs:*',
  ],
  ...[
    'sqs:SendMessage',
    's3:GetBucketLocation',
    's3:HeadObject',
    's3:ListObjectsV2',
    '*:Get*',
    's*:*',
    'kms:Decrypt',
  ],
);

const scopes = pick(
  ...['arn:aws:s3:::a/*', 'arn:aws:s3:::a', 'arn:aws:s3:::a/x/*', 'arn:aws:s3:::a/x*', 'arn:aws:s3:::a/x/1'],
  ...[
    'arn:aws:s3:::a*',
    'arn:aws:s3:::*/x/*',
    'arn:aws:s3:::a?/*',
    'arn:aws:s3:::*',
    'arn:aws:s3:::a*z',
    '*',
  ],
  ...[
    'arn:aws:sqs:us-east-1:123456789012:jobs-*',
    'arn:aws:sqs:us-east-1:*:jobs-?',
    'arn:aws:sqs:us-east-1::jobs-1',
  ],
  ...[
    'arn:aws:kms:us-east-1:123456789012:key/*',
    'arn:aws:s3:us-east-1:123456789012:accesspoint/p/object/x/*',
  ],
);

const points = pick(
  'arn:aws:s3:::a',
  'arn:aws:s3:::ab',
  'arn:aws:s3:::other',
  'arn:aws:s3:us-east-1:123456789012:accesspoint/p',
);
const prefixes = pick('', 'x', 'x/', 'x/1', 'y/x/', 'other/');

const actions: fc.Arbitrary<Action> = fc.oneof(
  fc
    .tuple(
      pick('s3:GetObject', 's3:PutObject', 's3:DeleteObject', 's3:GetObjectAcl'),
      points,
      pick('x/1', 'x', 'y', 'y/x/z'),
    )
    .map(([name, at, key]) => ({
      name,
      resource: `${at}${at.includes('accesspoint') ? '/object/' : '/'}${key}`,
    })),
  fc
    .tuple(pick('s3:ListBucket', 's3:ListBucketVersions', 's3:ListBucketMultipartUploads'), points, prefixes)
    .map(([name, resource, part]) => ({ name, resource, part })),
  fc
    .tuple(pick('s3:ListBucket', 's3:GetBucketLocation'), points)
    .map(([name, resource]) => ({ name, resource, hasNoPart: true })),
  fc
    .tuple(pick('s3:DeleteBucket', 's3:PutBucketPolicy'), points)
    .map(([name, resource]) => ({ name, resource })),
  fc
    .tuple(
      pick('sqs:SendMessage', 'sqs:ReceiveMessage'),
      pick('jobs-1', 'jobs-22', 'other'),
      pick('123456789012', ''),
    )
    .map(([name, queue, account]) => ({ name, resource: `arn:aws:sqs:us-east-1:${account}:${queue}` })),
  pick('kms:Decrypt', 'kms:DeleteAlias').map((name) => ({
    name,
    resource: 'arn:aws:kms:us-east-1:123456789012:key/1',
  })),
);

const specs: fc.Arbitrary<AwsSpec> = fc
  .record({
    allow: fc.array(patterns, { maxLength: 4 }),
    deny: fc.array(patterns, { maxLength: 2 }),
    services: fc.option(fc.subarray(['s3', 'sqs', 'kms']), { nil: undefined }),
    resources: fc.option(fc.array(scopes, { maxLength: 4 }), { nil: undefined }),
  })
  .map(({ allow, deny, services, resources }) => ({
    type: 'aws',
    auth: { type: 'aws-sigv4', secretRef: 's' },
    config: {
      assumeRole: { roleArn: 'arn:aws:iam::123456789012:role/a' },
      ...(services !== undefined && { services }),
    },
    policy: { allow, deny },
    ...(resources !== undefined && { scope: { resources } }),
  }));

const request = requestFor({ url: 'https://s3.us-east-1.amazonaws.com/' });

/** What our own policy says, and whether an action that our scope says nothing else of is inside it. */
function judge(spec: AwsSpec, action: Action) {
  const scope = createAwsScope(spec.scope?.resources);
  const { decide } = compilePolicy({
    name: 'p',
    type: 'aws',
    policy: spec.policy,
    services: spec.config?.services,
    plugin: { patterns: patternsOf, serviceOf },
    scope,
    hasScope: spec.scope !== undefined,
  });
  return {
    isAllowed: decide(request, { actions: [action] }).effect === 'allow',
    isInScope: scope(action) === undefined,
  };
}

/** IAM cannot be told to let a bucket be looked for, or its uploads be listed, and not all of its names be read. */
const isBeyondIam = ({ name, part, hasNoPart }: Action) =>
  name === 's3:ListBucketMultipartUploads' ||
  (name === 's3:ListBucket' && hasNoPart === true && part === undefined);

/** An account that the request does not say is the role's, and AWS always knows it. */
const atAws = (resource = '') => resource.replace('us-east-1::', 'us-east-1:123456789012:');
const unsaid = (resource = '') => resource.replace('sqs:us-east-1:123456789012:', 'sqs:us-east-1::');

/** An action that AWS lets through, as requests may name its resource. */
const namings = (action: Action): Action[] =>
  [atAws, unsaid].map((spelling) => ({ ...action, resource: spelling(action.resource) }));

test('AWS lets through what our policy lets through, and nothing outside our scope', () => {
  const seen = { both: 0, neither: 0 };
  fc.assert(
    fc.property(specs, actions, (spec, action) => {
      const policy = sessionPolicyOf(spec);
      const { isAllowed } = judge(spec, action);
      const isAllowedAtAws =
        policy === undefined || iamAllows(policy, action.name, atAws(action.resource), contextOf(action));
      if (isAllowed && !isBeyondIam(action)) expect(isAllowedAtAws).toBe(true);
      if (isAllowedAtAws) expect(namings(action).some((one) => judge(spec, one).isInScope)).toBe(true);
      seen[isAllowed && isAllowedAtAws ? 'both' : 'neither'] += 1;
    }),
    { numRuns: 4_000 },
  );
  expect(Math.min(seen.both, seen.neither)).toBeGreaterThan(100);
});

const isPlain = (pattern: string) => pattern === '*' || !pattern.split(':', 1)[0]?.includes('*');

test('where every pattern names its service, AWS lets through no other action either', () => {
  fc.assert(
    fc.property(specs, actions, (spec, action) => {
      fc.pre([...(spec.policy?.allow ?? []), ...(spec.policy?.deny ?? [])].every(isPlain));
      const policy = sessionPolicyOf(spec);
      if (policy === undefined || !iamAllows(policy, action.name, atAws(action.resource), contextOf(action)))
        return;
      expect(namings(action).some((one) => judge(spec, one).isAllowed)).toBe(true);
    }),
    { numRuns: 2_000 },
  );
});
