import { expect, test } from 'vitest';
import { createAwsScope } from '../../src/scope.ts';
import { endpointOf, resolve, resolveAt, told } from './s3.ts';

const bucket = 'arn:aws:s3:::my-bucket';
const object = `${bucket}/k`;

test.each([
  ['GET', '/k', 'GetObject'],
  ['GET', '/k?versionId=v1', 'GetObjectVersion'],
  ['GET', '/k?versionId=null', 'GetObjectVersion'],
  ['GET', '/k?partNumber=2', 'GetObject'],
  ['GET', '/k?response-content-disposition=attachment%3B%20filename%3Dx&response-expires=x', 'GetObject'],
  ['HEAD', '/k', 'GetObject'],
  ['HEAD', '/k?versionId=v1&partNumber=1', 'GetObjectVersion'],
  ['DELETE', '/k', 'DeleteObject'],
  ['DELETE', '/k?versionId=v1', 'DeleteObjectVersion'],
  ['PUT', '/k', 'PutObject'],
  ['GET', '/k?acl', 'GetObjectAcl'],
  ['GET', '/k?acl=', 'GetObjectAcl'],
  ['GET', '/k?acl=anything', 'GetObjectAcl'],
  ['GET', '/k?&acl&', 'GetObjectAcl'],
  ['GET', '/k?acl&versionId=v1', 'GetObjectVersionAcl'],
  ['PUT', '/k?acl', 'PutObjectAcl'],
  ['PUT', '/k?versionId=v1&acl', 'PutObjectVersionAcl'],
  ['GET', '/k?tagging', 'GetObjectTagging'],
  ['GET', '/k?tagging&versionId=v1', 'GetObjectVersionTagging'],
  ['PUT', '/k?tagging&versionId=v1', 'PutObjectVersionTagging'],
  ['DELETE', '/k?tagging&versionId=v1', 'DeleteObjectVersionTagging'],
  ['GET', '/k?torrent', 'GetObjectTorrent'],
  ['GET', '/k?torrent&versionId=v1', 'GetObjectVersionTorrent'],
  ['GET', '/k?retention&versionId=v1', 'GetObjectRetention'],
  ['PUT', '/k?legal-hold&versionId=v1', 'PutObjectLegalHold'],
  ['PUT', '/k?encryption&versionId=v1', 'UpdateObjectEncryption'],
  ['GET', '/k?annotation', 'ListObjectAnnotations'],
  ['GET', '/k?annotation&versionId=v1', 'ListObjectVersionAnnotations'],
  ['GET', '/k?annotation&annotationName=n&x-id=ListObjectAnnotations', 'GetObjectAnnotation'],
  ['PUT', '/k?annotation&annotationName=n&versionId=v1', 'PutObjectVersionAnnotation'],
  ['DELETE', '/k?annotation&annotationName=n&versionId=v1', 'DeleteObjectVersionAnnotation'],
  ['POST', '/k?uploads', 'PutObject'],
  ['PUT', '/k?uploadId=u&partNumber=1', 'PutObject'],
  ['GET', '/k?uploadId=u&max-parts=1&part-number-marker=2', 'ListMultipartUploadParts'],
  ['POST', '/k?uploadId=u', 'PutObject'],
  ['DELETE', '/k?uploadId=u', 'AbortMultipartUpload'],
  ['POST', '/k?restore&versionId=v1', 'RestoreObject'],
  ['POST', '/k?select&select-type=2', 'GetObject'],
])('W3: reads %s %s as %s', async (method, target, name) => {
  expect(told(await resolve(method, target))).toEqual([`s3:${name} ${object}`]);
});

test.each([
  ['/', ''],
  ['/?list-type=2', ''],
  ['/?prefix=', ''],
  [
    '/?list-type=2&prefix=a%2Fb&delimiter=%2F&max-keys=1&start-after=x&continuation-token=t&fetch-owner=true',
    'a/b',
  ],
  ['/?marker=m&encoding-type=url&prefix=%C3%BC', 'ü'],
  ['/?prefix=a%2Bb', 'a+b'],
])('lists %s with the prefix "%s"', async (target, prefix) => {
  expect(told(await resolve('GET', target))).toEqual([`s3:ListBucket ${bucket} [${prefix}]`]);
});

test('takes a raw + in a prefix for both that it may be', async () => {
  expect(told(await resolve('GET', '/?prefix=a+b'))).toEqual([
    `s3:ListBucket ${bucket} [a b]`,
    `s3:ListBucket ${bucket} [a+b]`,
  ]);
});

test.each([
  ['GET', '/a+b', ['s3:GetObject'], ['a b', 'a+b']],
  ['PUT', '/a+b/c+%2B', ['s3:PutObject'], ['a b/c +', 'a+b/c++']],
  ['GET', '/a+?attributes', ['s3:GetObject', 's3:GetObjectAttributes'], ['a ', 'a+']],
  ['DELETE', '/+?versionId=v1', ['s3:DeleteObjectVersion'], [' ', '+']],
  ['GET', '/a%2Bb', ['s3:GetObject'], ['a+b']],
  ['GET', '/a%20b', ['s3:GetObject'], ['a b']],
])('W1: takes a raw + in a path for both that it may be: %s %s', async (method, target, names, keys) => {
  const expected = names.flatMap((name) => keys.map((key) => `${name} ${bucket}/${key}`));
  expect(told(await resolve(method, target))).toEqual(expected);
  const byPath = { method, target: `/my-bucket${target}` };
  expect(told(await resolveAt(endpointOf('s3'), byPath))).toEqual(expected);
});

test('W1: a key with a raw + is in a scope that holds both of its readings, and in no other', async () => {
  const resolution = await resolve('GET', '/a/+b');
  if (!('actions' in resolution)) throw new Error(resolution.unresolved);
  const isHeld = (pattern: string) =>
    resolution.actions.every((action) => createAwsScope([pattern])(action) === undefined);
  expect([`${bucket}/a/*`, `${bucket}/a/?b`, `${bucket}/a/+b`].map(isHeld)).toEqual([true, true, false]);
});

test('W1: bypassing retention is on both that a key may be', async () => {
  const headers = { 'x-amz-bypass-governance-retention': 'true' };
  expect(told(await resolve('DELETE', '/a+b', { headers }))).toEqual([
    `s3:DeleteObject ${bucket}/a b`,
    `s3:DeleteObject ${bucket}/a+b`,
    `s3:BypassGovernanceRetention ${bucket}/a b`,
    `s3:BypassGovernanceRetention ${bucket}/a+b`,
  ]);
});

test('reads attributes as reading the object too', async () => {
  expect(told(await resolve('GET', '/k?attributes&versionId=v1'))).toEqual([
    `s3:GetObjectVersion ${object}`,
    `s3:GetObjectVersionAttributes ${object}`,
  ]);
});

test('asks whether a bucket is there without its keys', async () => {
  expect(await resolve('HEAD', '/')).toEqual({
    actions: [{ name: 's3:ListBucket', resource: bucket, hasNoPart: true }],
  });
});

test.each([
  ['two sub-resources', 'GET', '/k?acl&tagging', /both acl and tagging/],
  ['two that are the same', 'GET', '/k?acl&acl=x', /acl" twice/],
  ['two of a multipart upload', 'POST', '/k?uploads&uploadId=u', /both uploads and uploadId/],
  ['two listings', 'GET', '/?list-type=2&versions', /both list-type and versions/],
  ['a version twice', 'GET', '/k?versionId=a&versionId=b', /versionId" twice/],
  ['an encoded sub-resource', 'GET', '/k?%61cl', /not spelled plainly/],
  ['an encoded parameter', 'GET', '/?max%2Dkeys=1', /not spelled plainly/],
  ['another case', 'GET', '/k?ACL', /none that S3 is known to read/],
  ['a plus before it', 'GET', '/k?+acl', /not spelled plainly/],
  ['a semicolon', 'GET', '/k?versionId=v;acl', /raw ;/],
  ['a parameter of tomorrow', 'GET', '/k?brandNew', /none that S3 is known to read/],
  ['an empty version', 'GET', '/k?versionId=', /empty versionId/],
  ['an empty upload', 'DELETE', '/k?uploadId=', /empty uploadId/],
  ['an empty annotation', 'GET', '/k?annotation&annotationName=', /empty annotationName/],
  ['another list-type', 'GET', '/?list-type=1', /list-type other than 2/],
  ['a version of a bucket', 'DELETE', '/?versionId=v1', /does not take/],
  ['a version of an upload', 'PUT', '/k?versionId=v1', /does not take/],
  ['a part of no upload', 'PUT', '/k?partNumber=1', /send both or neither/],
  ['an upload of no part', 'PUT', '/k?uploadId=u', /send both or neither/],
  ['an annotation without a name', 'PUT', '/k?annotation', /no operation of S3/],
  ['a broken escape in a prefix', 'GET', '/?prefix=%zz', /percent-encoded UTF-8/],
  ['a prefix that is no text', 'GET', '/?prefix=%ff', /percent-encoded UTF-8/],
  ['a header in the query', 'PUT', '/k?x-amz-acl=public-read', /not presigned/],
  ['half a presigned URL', 'GET', '/k?X-Amz-Algorithm=AWS4-HMAC-SHA256', /not presigned/],
  ['a browser form', 'POST', '/', /upload with PUT/],
  ['a browser form at a key', 'POST', '/k', /upload with PUT/],
  ['PATCH', 'PATCH', '/k', /no operation of S3/],
  ['OPTIONS', 'OPTIONS', '/k', /no operation of S3/],
  ['a method in lower case', 'get', '/k', /no operation of S3/],
  ['HEAD of a sub-resource', 'HEAD', '/k?acl', /no operation of S3/],
  ['a deletion of objects by GET', 'GET', '/?delete', /no operation of S3/],
  ['a sub-resource of objects on a bucket', 'GET', '/?torrent', /no operation of S3/],
  ['a sub-resource of buckets on an object', 'GET', '/k?policy', /no operation of S3/],
  ['a session outside directory buckets', 'GET', '/?session', /no operation of S3/],
  ['renaming outside directory buckets', 'PUT', '/k?renameObject', /no operation of S3/],
  ['a method by another name', 'GET', '/k?_method=DELETE', /asks for another method/],
])('W3, W21: refuses %s', async (_what, method, target, reason) => {
  expect(told(await resolve(method, target))).toMatch(reason);
});

test.each([
  ['GET', '/?acl'],
  ['POST', '/'],
  ['PUT', '/'],
  ['HEAD', '/'],
])('refuses %s %s where there is no bucket', async (method, target) => {
  expect(told(await resolveAt(endpointOf('s3'), { method, target }))).toMatch(/no operation of S3/);
});

const presigned =
  'X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=c&X-Amz-Date=d&X-Amz-Expires=1&X-Amz-SignedHeaders=host&X-Amz-Signature=s';

test.each([
  [`/k?${presigned}`, ['PutObject']],
  [`/k?${presigned}&X-Amz-Content-Sha256=UNSIGNED-PAYLOAD&x-id=PutObject`, ['PutObject']],
  [`/k?${presigned}&x-amz-acl=public-read`, ['PutObject', 'PutObjectAcl']],
  [`/k?${presigned}&X-AMZ-Tagging=a%3Db`, ['PutObject', 'PutObjectTagging']],
  ['/k?AWSAccessKeyId=a&Signature=s&Expires=1&x-amz-acl=private', ['PutObject', 'PutObjectAcl']],
])('reads the headers in a presigned URL: %s', async (target, names) => {
  expect(told(await resolve('PUT', target))).toEqual(names.map((name) => `s3:${name} ${object}`));
});

test('reads the copy source in a presigned URL', async () => {
  const target = `/k?${presigned}&x-amz-copy-source=other%2Fa%252520b`;
  expect(told(await resolve('PUT', target))).toEqual([
    `s3:PutObject ${object}`,
    's3:GetObject arn:aws:s3:::other/a%20b',
  ]);
});

test('refuses a presigned URL and a header that differ', async () => {
  const headers = { 'x-amz-tagging': 'a=b' };
  expect(told(await resolve('PUT', `/k?${presigned}&x-amz-tagging=c%3Dd`, { headers }))).toMatch(/twice/);
});

test('refuses an encoded header in a presigned URL', async () => {
  const target = `/k?${presigned}&x-amz-meta-%73nowball-auto-extract=true`;
  expect(told(await resolve('PUT', target))).toMatch(/not spelled plainly/);
});

test('takes nothing from content for a sub-resource', async () => {
  expect(told(await resolve('PUT', '/k', { body: '?acl' }))).toEqual([`s3:PutObject ${object}`]);
});
