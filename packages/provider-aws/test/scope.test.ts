import type { Action } from '@pai/core';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { compileArnPattern } from '../src/arn-pattern.ts';
import { createAwsScope } from '../src/scope.ts';
import { endpointOf, resolveAt } from './s3/s3.ts';

const isInside = (patterns: readonly string[], action: Action) =>
  createAwsScope(patterns)(action) === undefined;

test.each([
  // Amazon S3 User Guide and IAM User Guide: "Resource", wildcards in ARNs
  ['arn:aws:s3:::my-bucket/*', 'arn:aws:s3:::my-bucket/a', true],
  ['arn:aws:s3:::my-bucket/*', 'arn:aws:s3:::my-bucket/a/b/c', true],
  ['arn:aws:s3:::my-bucket/*', 'arn:aws:s3:::my-bucket/', true],
  ['arn:aws:s3:::my-bucket/*', 'arn:aws:s3:::my-bucket', false],
  ['arn:aws:s3:::my-bucket/*', 'arn:aws:s3:::my-bucket-2/a', false],
  ['arn:aws:s3:::my-bucket/*', 'arn:aws-cn:s3:::my-bucket/a', false],
  ['arn:aws:s3:::my-bucket/*', 'arn:aws:s3:::My-Bucket/a', false],
  ['arn:aws:s3:::my-bucket/*/test/*', 'arn:aws:s3:::my-bucket/1/test/object.jpg', true],
  ['arn:aws:s3:::my-bucket/*/test/*', 'arn:aws:s3:::my-bucket/1/2/test/3/object.jpg', true],
  ['arn:aws:s3:::my-bucket/*/test/*', 'arn:aws:s3:::my-bucket//test/object.jpg', true],
  ['arn:aws:s3:::my-bucket/*/test/*', 'arn:aws:s3:::my-bucket/1/test/', true],
  ['arn:aws:s3:::my-bucket/*/test/*', 'arn:aws:s3:::my-bucket/1-test/object.jpg', false],
  ['arn:aws:s3:::my-bucket/*/test/*', 'arn:aws:s3:::my-bucket/test/object.jpg', false],
  ['arn:aws:s3:::my-bucket/?.txt', 'arn:aws:s3:::my-bucket/a.txt', true],
  ['arn:aws:s3:::my-bucket/?.txt', 'arn:aws:s3:::my-bucket/.txt', false],
  ['arn:aws:s3:::my-bucket/?.txt', 'arn:aws:s3:::my-bucket/ab.txt', false],
  ['arn:aws:s3:::my-bucket/a?b', 'arn:aws:s3:::my-bucket/a b', true],
  ['arn:aws:s3:::my-bucket/a', 'arn:aws:s3:::my-bucket/*', false],
  ['arn:aws:s3:::my-bucket/?', 'arn:aws:s3:::my-bucket/*', true],
  ['arn:aws:sqs:*:123456789012:q', 'arn:aws:sqs:eu-west-1:123456789012:q', true],
  ['arn:aws:sqs:us-*:123456789012:q', 'arn:aws:sqs:eu-west-1:123456789012:q', false],
  ['arn:aws:sqs:us-east-?:123456789012:q', 'arn:aws:sqs:us-east-2:123456789012:q', true],
  ['arn:aws:logs:*:*:log-group:a:*', 'arn:aws:logs:us-east-1:123456789012:log-group:a:log-stream:b', true],
  // no wildcard reaches over the first five colons
  ['arn:aws:sqs:*:q', 'arn:aws:sqs:us-east-1:123456789012:q', 'unusable'],
  ['arn:aws:sqs:us-east-1:*:q', 'arn:aws:sqs:us-east-1:1:2:q', false],
  ['arn:aws:sqs:*:*:q', 'arn:aws:sqs:us-east-1:123456789012:other:q', false],
  ['arn:*:s3:::my-bucket/*', 'arn:aws-us-gov:s3:::my-bucket/a', true],
  ['*', 'arn:aws:s3:::any/thing', true],
  // an account that is not known
  ['arn:aws:sqs:us-east-1:*:q', 'arn:aws:sqs:us-east-1::q', true],
  ['arn:aws:sqs:us-east-1::q', 'arn:aws:sqs:us-east-1::q', true],
  ['arn:aws:sqs:us-east-1:123456789012:q', 'arn:aws:sqs:us-east-1::q', false],
  ['arn:aws:sqs:us-east-1:1234*:q', 'arn:aws:sqs:us-east-1::q', false],
  ['arn:aws:sqs:us-east-1:????????????:q', 'arn:aws:sqs:us-east-1::q', false],
  // an alias is no bucket
  ['arn:aws:s3:::my-*', 'arn:aws:s3:::my-ap-s3alias/a', false],
  ['arn:aws:s3:::*', 'arn:aws:s3:::my-ap--ol-s3/a', false],
  ['arn:aws:s3:::my-ap-s3alia?/*', 'arn:aws:s3:::my-ap-s3alias/a', false],
  ['arn:aws:s3:::my-ap-s3alias/*', 'arn:aws:s3:::my-ap-s3alias/a', true],
  ['arn:aws:s3:::my-ap-s3alias', 'arn:aws:s3:::my-ap-s3alias', true],
  ['arn:aws:s3:::my-*', 'arn:aws:s3:::my-bucket/k-s3alias', true],
  // what is no ARN
  ['arn:aws:s3:::*', 'my-bucket', false],
  ['arn:aws:s3:::*', 'arn:aws:s3', false],
])('%s and %s: %s', (pattern, resource, expected) => {
  if (expected === 'unusable')
    expect(() => createAwsScope([pattern])).toThrow(/scope\.resources\[0\]: pattern/);
  else expect(isInside([pattern], { name: 's3:GetObject', resource })).toBe(expected);
});

test.each([
  ['my-bucket', /is no ARN; write all six parts/],
  ['my-bucket/*', /is no ARN/],
  ['arn:aws:s3:*', /is no ARN/],
  ['s3://my-bucket/*', /is no ARN/],
  ['**', /is no ARN/],
  ['', /is no ARN/],
  ['arn:asw:s3:::b', /has the partition "asw"/],
  ['arn:aws:*:::b', /takes no wildcard there/],
  ['arn:aws:::::b', /takes no wildcard there/],
  ['arn:aws:S3:::b', /has no service/],
  ['arn:aws:s3:US East:123456789012:b', /white space/],
  ['arn:aws:s3:US:123456789012:b', /has no region/],
  ['arn:aws:sqs:us-east-1:1234:q', /has no account/],
  ['arn:aws:s3:::', /names no resource/],
  ['arn:aws:s3:::b/My Documents/*', /write \? where a name has a space/],
  ['arn:aws:s3:::b/${aws:username}/*', /has a policy variable/],
])('refuses the pattern %s', (pattern, reason) => {
  expect(() => createAwsScope(['arn:aws:s3:::a', pattern])).toThrow(
    expect.objectContaining({
      code: 'config_invalid',
      message: expect.stringMatching(/^scope\.resources\[1\]: /),
    }),
  );
  expect(() => createAwsScope([pattern])).toThrow(reason);
});

const bucket = 'arn:aws:s3:::my-bucket';
const list = (part: string, resource = bucket): Action => ({ name: 's3:ListBucket', resource, part });

test.each([
  ['the issue: a whole bucket', ['arn:aws:s3:::my-bucket/*'], list(''), true],
  ['any prefix of it', ['arn:aws:s3:::my-bucket/*'], list('a/b'), true],
  ['a prefix that is the pattern', ['arn:aws:s3:::my-bucket/a/*'], list('a/'), true],
  ['a longer prefix', ['arn:aws:s3:::my-bucket/a/*'], list('a/b'), true],
  ['a shorter prefix', ['arn:aws:s3:::my-bucket/a/*'], list('a'), false],
  ['no prefix', ['arn:aws:s3:::my-bucket/a/*'], list(''), false],
  ['another prefix', ['arn:aws:s3:::my-bucket/a/*'], list('b/'), false],
  ['a pattern that ends in text', ['arn:aws:s3:::my-bucket/*.txt'], list('a.txt'), false],
  ['one object', ['arn:aws:s3:::my-bucket/a'], list('a'), false],
  ['a pattern that goes on', ['arn:aws:s3:::my-bucket/*/x/*'], list('a/x/'), true],
  ['a pattern that does not yet hold it', ['arn:aws:s3:::my-bucket/*/x/*'], list('a/'), false],
  ['a pattern that needs one more character', ['arn:aws:s3:::my-bucket/a*?'], list('a'), false],
  ['the bucket itself', ['arn:aws:s3:::my-bucket'], list(''), true],
  ['another bucket', ['arn:aws:s3:::my-bucket/*'], list('', 'arn:aws:s3:::my-bucket-2'), false],
  ['wildcards in the prefix', ['arn:aws:s3:::my-bucket/a/*'], list('*'), false],
  [
    'versions',
    ['arn:aws:s3:::my-bucket/a/*'],
    { name: 's3:ListBucketVersions', resource: bucket, part: 'a/' },
    true,
  ],
  [
    'uploads',
    ['arn:aws:s3:::my-bucket/a/*'],
    { name: 's3:ListBucketMultipartUploads', resource: bucket, part: 'b' },
    false,
  ],
  [
    'existence',
    ['arn:aws:s3:::my-bucket/a/b.txt'],
    { name: 's3:ListBucket', resource: bucket, hasNoPart: true },
    true,
  ],
  [
    'location',
    ['arn:aws:s3:::my-*/a/b.txt'],
    { name: 's3:GetBucketLocation', resource: bucket, hasNoPart: true },
    true,
  ],
  [
    'existence elsewhere',
    ['arn:aws:s3:::my-bucket-2/*'],
    { name: 's3:ListBucket', resource: bucket, hasNoPart: true },
    false,
  ],
  [
    'existence of a bucket whose name goes on',
    ['arn:aws:s3:::my-bucke?'],
    { name: 's3:ListBucket', resource: `${bucket}s`, hasNoPart: true },
    false,
  ],
  [
    'the policy of the bucket',
    ['arn:aws:s3:::my-bucket/*'],
    { name: 's3:GetBucketPolicy', resource: bucket },
    false,
  ],
  ['deleting the bucket', ['arn:aws:s3:::my-bucket/*'], { name: 's3:DeleteBucket', resource: bucket }, false],
  [
    'a part of something else',
    ['arn:aws:s3:::my-bucket/*'],
    { name: 's3:DeleteBucket', resource: bucket, part: '' },
    false,
  ],
  ['all buckets', ['arn:aws:s3:::my-bucket/*'], { name: 's3:ListAllMyBuckets', reach: 'any' }, false],
  ['all buckets where everything is inside', ['*'], { name: 's3:ListAllMyBuckets', reach: 'any' }, true],
  ['a listing that can reach more', ['arn:aws:s3:::my-bucket/*'], { ...list(''), reach: 'any' }, false],
  [
    'an access point',
    ['arn:aws:s3:us-east-1:123456789012:accesspoint/my-ap/object/a/*'],
    list('a/b', 'arn:aws:s3:us-east-1:123456789012:accesspoint/my-ap'),
    true,
  ],
  [
    'an access point by objects of another',
    ['arn:aws:s3:us-east-1:123456789012:accesspoint/my-ap/object/a/*'],
    list('', 'arn:aws:s3:us-east-1:123456789012:accesspoint/my-ap'),
    false,
  ],
  ['an alias', ['arn:aws:s3:::*'], list('', 'arn:aws:s3:::my-ap-s3alias'), false],
  [
    'an alias that is spelled out',
    ['arn:aws:s3:::my-ap-s3alias/*'],
    list('', 'arn:aws:s3:::my-ap-s3alias'),
    true,
  ],
  ['an empty list', [], list(''), false],
] as const)('a listing: %s', (_what, patterns, action, expected) => {
  expect(isInside(patterns, action)).toBe(expected);
});

test('a listing that is too wide is told which prefix to ask for', () => {
  expect(createAwsScope(['arn:aws:s3:::my-bucket/a/*'])(list('b'))).toEqual({
    rule: 'scope.resources',
    reason:
      'it lists keys of arn:aws:s3:::my-bucket with the prefix "b", and no pattern of scope.resources holds all of those; ask for a prefix that one does',
  });
});

test.each([
  ['GET', '/k', true],
  ['GET', '/', true],
  ['GET', '/?list-type=2&prefix=a', true],
  ['GET', '/?versions', true],
  ['GET', '/?location', true],
  ['HEAD', '/', true],
  ['PUT', '/k', true],
  ['PUT', '/', false],
  ['DELETE', '/', false],
  ['GET', '/?acl', false],
  ['PUT', '/?policy', false],
])('arn:aws:s3:::my-bucket/* and %s %s of the bucket: %s', async (method, target, expected) => {
  const resolution = await resolveAt(endpointOf('s3', ['my-bucket']), { method, target });
  if (!('actions' in resolution)) throw new Error(resolution.unresolved);
  const { actions } = resolution;
  expect(actions.every((action) => isInside(['arn:aws:s3:::my-bucket/*'], action))).toBe(expected);
});

/** Part by part, by regular expressions. */
function oracle(pattern: string, arn: string): boolean {
  const split = (text: string) =>
    /^([^:]*):([^:]*):([^:]*):([^:]*):([^:]*):(.*)$/s.exec(text)?.slice(1) ?? [];
  const parts = split(arn);
  const wanted = split(pattern);
  return (
    parts.length === 6 &&
    wanted.every((part, i) => {
      const source = part
        .replace(/[\\^$.|+()[\]{}]/g, '\\$&')
        .replaceAll('*', '.*')
        .replaceAll('?', '.');
      return new RegExp(`^${source}$`, 's').test(parts[i] ?? '');
    })
  );
}

const letters = fc
  .array(fc.constantFrom('a', 'b', '/', ':', '*', '?'), { maxLength: 7 })
  .map((all) => all.join(''));
const word = fc
  .array(fc.constantFrom('a', 'b', '/', ':', '*', '?'), { maxLength: 9 })
  .map((all) => all.join(''));
const region = fc.constantFrom('', '*', 'us-east-1', 'us-*', '?s-east-1');

test('a pattern matches what an obvious reading of it matches, and holds no listing that finds more', () => {
  fc.assert(
    fc.property(
      letters,
      region,
      word,
      fc.constantFrom('', 'us-east-1', '*'),
      word,
      (resource, area, text, at, more) => {
        if (resource === '') return;
        const pattern = `arn:aws:s3:${area}::b/${resource}`;
        const arn = `arn:aws:s3:${at}::b/${text}`;
        const { matches, holdsAllOf, touches } = compileArnPattern(pattern);
        expect(matches(arn)).toBe(oracle(pattern, arn));
        if (holdsAllOf(arn)) expect(oracle(pattern, arn + more)).toBe(true);
        if (oracle(pattern, arn + more)) expect(touches(arn)).toBe(true);
      },
    ),
    { numRuns: 3_000 },
  );
});
