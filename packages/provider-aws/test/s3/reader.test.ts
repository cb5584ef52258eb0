import { resolveRequest } from '@pai/core';
import { requestFor } from '@pai/core/conformance';
import { compilePolicy } from '@pai/policy';
import { expect, test } from 'vitest';
import { resolveS3 } from '../../src/s3/resolve.ts';
import { createAwsScope } from '../../src/scope.ts';
import { endpointOf } from './s3.ts';

const scope = createAwsScope(['arn:aws:s3:::my-bucket/*']);

/** The policy of a reader of one bucket. */
const { decide } = compilePolicy({
  name: 's3-reader',
  type: 'aws',
  policy: { allow: ['s3:GetObject', 's3:ListBucket'], deny: ['s3:DeleteObject', 's3:PutObject'] },
  services: ['s3'],
  plugin: { serviceOf: ({ name }) => name.split(':')[0] ?? '' },
  scope,
  hasScope: true,
});

async function ruleOf(
  method: string,
  target: string,
  bucket = 'my-bucket',
  headers: Record<string, string> = {},
) {
  const request = requestFor({
    method,
    url: `https://${bucket}.s3.us-east-1.amazonaws.com${target}`,
    headers,
  });
  const resolve = () => resolveS3(request, endpointOf('s3', [bucket]), {});
  const { effect, rule } = decide(request, await resolveRequest({ resolve } as never, request));
  return effect === 'allow' ? 'allow' : rule;
}

test.each([
  ['GET', '/a/b.txt', 'allow'],
  ['HEAD', '/a/b.txt', 'allow'],
  ['GET', '/a//..//%2F', 'allow'],
  ['GET', '/?list-type=2&prefix=a%2F&delimiter=%2F', 'allow'],
  ['GET', '/', 'allow'],
  ['HEAD', '/', 'allow'],
  ['GET', '/a?versionId=v', 'policy.allow'],
  ['GET', '/a?acl', 'policy.allow'],
  ['GET', '/?versions', 'policy.allow'],
  ['GET', '/?location', 'policy.allow'],
  ['PUT', '/a', 'policy.deny[1]'],
  ['POST', '/a?uploads', 'policy.deny[1]'],
  ['POST', '/a?uploadId=u', 'policy.deny[1]'],
  ['DELETE', '/a', 'policy.deny[0]'],
  ['DELETE', '/', 'policy.allow'],
  ['GET', '/a?brandNew', 'unresolved'],
  ['GET', '/a?acl&tagging', 'unresolved'],
  ['POST', '/', 'unresolved'],
])('W3, W21: a reader of one bucket: %s %s is %s', async (method, target, expected) => {
  expect(await ruleOf(method, target)).toBe(expected);
});

test.each([
  ['GET', '/a'],
  ['GET', '/'],
  ['HEAD', '/'],
  ['GET', '/?prefix=my-bucket/'],
])('a reader of one bucket: %s %s of another is outside', async (method, target) => {
  expect(await ruleOf(method, target, 'my-bucket-2')).toBe('scope.resources');
});
