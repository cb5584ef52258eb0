import { expect, test } from 'vitest';
import { resolve, told } from './s3.ts';

const bucket = 'arn:aws:s3:::my-bucket';
const object = `${bucket}/k`;
const on = (resource: string, names: readonly string[]) => names.map((name) => `s3:${name} ${resource}`);

test.each([
  [{ 'x-amz-acl': 'private' }, ['PutObjectAcl']],
  [{ 'X-Amz-Grant-Read': 'id="x"' }, ['PutObjectAcl']],
  [{ x_amz_acl: 'private' }, ['PutObjectAcl']],
  [{ 'x-amz-tagging': 'a=b' }, ['PutObjectTagging']],
  [{ 'x-amz-object-lock-mode': 'GOVERNANCE' }, ['PutObjectRetention']],
  [{ 'x-amz-object-lock-retain-until-date': 'd' }, ['PutObjectRetention']],
  [{ 'x-amz-object-lock-legal-hold': 'ON' }, ['PutObjectLegalHold']],
  [{ 'x-amz-object-lock-event-hold': 'ON' }, ['PutObjectLegalHold', 'PutObjectRetention']],
  [{ 'x-amz-bypass-governance-retention': 'true' }, ['BypassGovernanceRetention']],
  [{ 'x-amz-bypass-governance-retention': 'false' }, []],
  // AWS's SDK for C++, and with it pyarrow, sends it with every request
  [{ 'x-amz-api-version': '2006-03-01' }, []],
  [{ 'x-amz-meta-a': 'b', 'x-amz-storage-class': 'GLACIER', 'x-amz-website-redirect-location': '/x' }, []],
  [
    {
      'x-amz-checksum-crc64nvme': 'c',
      'x-amz-sdk-checksum-algorithm': 'CRC64NVME',
      'x-amz-server-side-encryption': 'AES256',
      'x-amz-trailer': 'x-amz-checksum-crc64nvme',
    },
    [],
  ],
])('an upload with %o does more', async (headers, extras) => {
  expect(told(await resolve('PUT', '/k', { headers }))).toEqual(on(object, ['PutObject', ...extras]));
  expect(told(await resolve('POST', '/k?uploads', { headers }))).toEqual(
    on(object, ['PutObject', ...extras]),
  );
});

test.each([
  [{ 'x-amz-acl': 'private' }, ['PutBucketAcl']],
  [{ 'x-amz-grant-write': 'id="x"' }, ['PutBucketAcl']],
  [{ 'x-amz-object-ownership': 'ObjectWriter' }, ['PutBucketOwnershipControls']],
  [
    { 'x-amz-bucket-object-lock-enabled': 'true' },
    ['PutBucketObjectLockConfiguration', 'PutBucketVersioning'],
  ],
  [{ 'x-amz-bucket-object-lock-enabled': 'false' }, []],
])('a bucket made with %o needs more', async (headers, extras) => {
  expect(told(await resolve('PUT', '/', { headers }))).toEqual(on(bucket, ['CreateBucket', ...extras]));
});

test('a bucket made with tags needs more', async () => {
  const body =
    '<CreateBucketConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><LocationConstraint>EU</LocationConstraint><Tags><Tag><Key>a</Key><Value>b</Value></Tag></Tags></CreateBucketConfiguration>';
  expect(told(await resolve('PUT', '/', { body }))).toEqual(on(bucket, ['CreateBucket', 'TagResource']));
});

test.each([
  ['DELETE', '/k?versionId=v', ['DeleteObjectVersion', 'BypassGovernanceRetention']],
  ['PUT', '/k?retention', ['PutObjectRetention', 'BypassGovernanceRetention']],
])('%s %s can get past a retention', async (method, target, names) => {
  const headers = { 'x-amz-bypass-governance-retention': 'TRUE' };
  expect(told(await resolve(method, target, { headers }))).toEqual(on(object, names));
});

test.each([
  ['a header of tomorrow', { 'x-amz-brand-new': '1' }, /no header that S3 is known to read/],
  ['a header twice', ['x-amz-tagging', 'a=b', 'X-Amz-Tagging', 'c=d'], /twice/],
  ['a header in two spellings', ['x-amz-tagging', 'a=b', 'x_amz_tagging', 'a=b'], /twice/],
  ['another trailer than a checksum', { 'x-amz-trailer': 'x-amz-acl' }, /one checksum/],
  ['a list of trailers', { 'x-amz-trailer': 'x-amz-checksum-crc32,x-amz-tagging' }, /one checksum/],
  ['an order of MinIO’s', { 'X-Minio-Force-Delete': 'true' }, /no action of S3/],
  ['an order of MinIO’s in another spelling', { x_minio_force_delete: 'true' }, /no action of S3/],
  ['an order to unpack', { 'X-Amz-Meta-Snowball-Auto-Extract': 'true' }, /unpack/],
  ['another method', { 'x-http-method-override': 'DELETE' }, /asks for another method/],
])('refuses %s', async (_what, headers, reason) => {
  expect(told(await resolve('PUT', '/k', { headers }))).toMatch(reason);
});

const point = 'arn:aws:s3:us-west-2:123456789012:accesspoint/my-ap';
const outpost = 'arn:aws:s3-outposts:us-west-2:123456789012:outpost/op-01ac5d28a6a232904/accesspoint/my-ap';

test.each([
  ['other/a/b', ['s3:GetObject arn:aws:s3:::other/a/b']],
  ['/other/a/b', ['s3:GetObject arn:aws:s3:::other/a/b']],
  ['%2Fother%2Fa%2Fb', ['s3:GetObject arn:aws:s3:::other/a/b']],
  ['other//a//', ['s3:GetObject arn:aws:s3:::other//a//']],
  ['other/a%20b%2Bc%25%C3%BC', ['s3:GetObject arn:aws:s3:::other/a b+c%ü']],
  ['other/a b', ['s3:GetObject arn:aws:s3:::other/a b']],
  ['other/a+b', ['s3:GetObject arn:aws:s3:::other/a b', 's3:GetObject arn:aws:s3:::other/a+b']],
  ['other/a%2520b', ['s3:GetObject arn:aws:s3:::other/a%20b']],
  ['other/a%3Fb', ['s3:GetObject arn:aws:s3:::other/a?b']],
  ['other/a?versionId=v.1_-x', ['s3:GetObjectVersion arn:aws:s3:::other/a']],
  [`${point}/object/a/b`, [`s3:GetObject ${point}/object/a/b`]],
  [encodeURIComponent(`${point}/object/a/b`), [`s3:GetObject ${point}/object/a/b`]],
  [`${point}/object/a?versionId=v`, [`s3:GetObjectVersion ${point}/object/a`]],
  [`${outpost}/object/a`, [`s3-outposts:GetObject ${outpost}/object/a`]],
  ['my-ap-s3alias/a', ['s3:GetObject arn:aws:s3:::my-ap-s3alias/a']],
  [
    'dir--use1-az4--x-s3/a',
    [
      's3express:CreateSession arn:aws:s3express:us-east-1::bucket/dir--use1-az4--x-s3',
      's3:GetObject arn:aws:s3express:us-east-1::bucket/dir--use1-az4--x-s3',
    ],
  ],
])('W3: copies from %s', async (source, expected) => {
  const headers = { 'x-amz-copy-source': source };
  const all = [`s3:PutObject ${object}`, ...expected];
  expect(told(await resolve('PUT', '/k', { headers }))).toEqual(all);
  expect(told(await resolve('PUT', '/k?uploadId=u&partNumber=1', { headers }))).toEqual(all);
});

test.each([
  'other',
  'other/',
  '/other',
  '//other/a',
  '?versionId=v',
  'other/a?b',
  'other/a?versionId=',
  'other/a?versionId=v&x=y',
  'other/a?versionId=v?versionId=w',
  'other/a?VersionId=v',
  'other/a%3FversionId=v',
  'other/%zz',
  'other/%ff',
  'other/%00',
  'other/../more/a',
  'ot%252Fher/a',
  '..%2fother/a',
  'other/ü',
  'arn:aws:s3:::other/a',
  'arn:aws:s3:us-west-2:123456789012:accesspoint/my-ap',
  'arn:aws:s3:us-west-2:123456789012:accesspoint/my-ap/a',
  'arn:aws-cn:s3:us-west-2:123456789012:accesspoint/my-ap/object/a',
  'arn:aws:s3:us-west-2:123456789012:outpost/op-01ac5d28a6a232904/accesspoint/my-ap/object/a',
  'arn:aws:s3::123456789012:accesspoint/alias.mrap/object/a',
  'arn:aws:sqs:us-west-2:123456789012:q/object/a',
])('refuses the copy source %s', async (source) => {
  const headers = { 'x-amz-copy-source': source };
  expect(told(await resolve('PUT', '/k', { headers }))).toMatch(/copy.source/);
});

test.each([
  ['GET', '/k'],
  ['PUT', '/k?acl'],
  ['PUT', '/'],
  ['POST', '/k?uploads'],
  ['DELETE', '/k'],
])('refuses a copy source on %s %s', async (method, target) => {
  const headers = { 'x-amz-copy-source': 'other/a' };
  expect(told(await resolve(method, target, { headers }))).toMatch(/copies nothing/);
});

test('refuses a rename source on an upload', async () => {
  const headers = { 'x-amz-rename-source': 'other/a' };
  expect(told(await resolve('PUT', '/k', { headers }))).toMatch(/renameObject/);
});

test('copying with annotations reads and writes those', async () => {
  const headers = { 'x-amz-copy-source': 'other/a', 'x-amz-object-annotation-directive': 'COPY' };
  expect(told(await resolve('PUT', '/k', { headers }))).toEqual([
    `s3:PutObject ${object}`,
    `s3:PutObjectAnnotation ${object}`,
    's3:GetObject arn:aws:s3:::other/a',
    's3:GetObjectAnnotation arn:aws:s3:::other/a',
  ]);
});
