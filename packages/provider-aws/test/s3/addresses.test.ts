import { expect, test } from 'vitest';
import { isS3 } from '../../src/s3/locate.ts';
import { endpointOf, resolveAt, told } from './s3.ts';

const key = 'arn:aws:s3:::my-bucket/a/b.txt';
const point = 'arn:aws:s3:us-east-1:123456789012:accesspoint/my-ap';
const session = (arn: string) => [`s3express:CreateSession ${arn}`, `s3:GetObject ${arn}`];

test.each([
  ['path style', endpointOf('s3'), '/my-bucket/a/b.txt', [`s3:GetObject ${key}`]],
  ['an encoded bucket', endpointOf('s3'), '/my%2Dbucket/a/b.txt', [`s3:GetObject ${key}`]],
  ['virtual host', endpointOf('s3', ['my-bucket']), '/a/b.txt', [`s3:GetObject ${key}`]],
  [
    'a bucket with dots',
    endpointOf('s3', ['my', 'dotted', 'bucket']),
    '/k',
    ['s3:GetObject arn:aws:s3:::my.dotted.bucket/k'],
  ],
  ['a bucket of old', endpointOf('s3'), '/My_Bucket/k', ['s3:GetObject arn:aws:s3:::My_Bucket/k']],
  [
    'another partition',
    endpointOf('s3', ['b-b'], { partition: 'aws-cn' }),
    '/k',
    ['s3:GetObject arn:aws-cn:s3:::b-b/k'],
  ],
  [
    'an access point',
    endpointOf('s3-accesspoint', ['my-ap-123456789012']),
    '/k',
    [`s3:GetObject ${point}/object/k`],
  ],
  [
    'an access point listed',
    endpointOf('s3-accesspoint', ['my-ap-123456789012']),
    '/?prefix=p',
    [`s3:ListBucket ${point} [p]`],
  ],
  [
    'a Multi-Region Access Point',
    endpointOf('s3-global', ['mfzwi23gnjvgw', 'mrap'], { region: '*', algorithm: 'sigv4a' }),
    '/k',
    ['s3:GetObject arn:aws:s3::999999999999:accesspoint/mfzwi23gnjvgw.mrap/object/k'],
  ],
  [
    'an Object Lambda access point',
    endpointOf('s3-object-lambda', ['my-ol-123456789012']),
    '/k',
    ['s3-object-lambda:GetObject arn:aws:s3-object-lambda:us-east-1:123456789012:accesspoint/my-ol'],
  ],
  [
    'an access point on an outpost',
    endpointOf('s3-outposts', ['my-ap-123456789012', 'op-01ac5d28a6a232904']),
    '/k',
    [
      's3-outposts:GetObject arn:aws:s3-outposts:us-east-1:123456789012:outpost/op-01ac5d28a6a232904/accesspoint/my-ap/object/k',
    ],
  ],
  [
    'a directory bucket',
    endpointOf('s3express', ['my-dir--use1-az4--x-s3']),
    '/k',
    session('arn:aws:s3express:us-east-1:999999999999:bucket/my-dir--use1-az4--x-s3'),
  ],
  [
    "a directory bucket's access point",
    endpointOf('s3express', ['my-ap--use1-az4--xa-s3']),
    '/k',
    session('arn:aws:s3express:us-east-1:999999999999:accesspoint/my-ap--use1-az4--xa-s3'),
  ],
  [
    'the alias of an access point',
    endpointOf('s3', ['my-ap-hrzrlukc5m36ft7okagglf3gmwluquse1b-s3alias']),
    '/k',
    ['s3:GetObject arn:aws:s3:::my-ap-hrzrlukc5m36ft7okagglf3gmwluquse1b-s3alias/k'],
  ],
  [
    'the alias of an Object Lambda access point',
    endpointOf('s3'),
    '/my-olap-1a4n8--ol-s3/k',
    ['s3-object-lambda:GetObject arn:aws:s3:::my-olap-1a4n8--ol-s3/k'],
  ],
  [
    'the alias of an access point on an outpost',
    endpointOf('s3', ['my-ap-o01--op-s3']),
    '/k',
    ['s3-outposts:GetObject arn:aws:s3:::my-ap-o01--op-s3/k'],
  ],
  [
    'the alias of a table',
    endpointOf('s3', ['63a8e430--table-s3']),
    '/k',
    ['s3tables:GetTableData arn:aws:s3:::63a8e430--table-s3/k'],
  ],
  ['the root', endpointOf('s3'), '/', ['s3:ListAllMyBuckets any']],
  [
    'the root of directory buckets',
    endpointOf('s3express-control'),
    '/',
    ['s3express:ListAllMyDirectoryBuckets any'],
  ],
] as const)('W2: reads %s', async (_what, endpoint, target, expected) => {
  expect(told(await resolveAt(endpoint, { target }, { accountId: '999999999999' }))).toEqual(expected);
});

const unknown = /is no address of S3 that is known/;

test.each([
  ['a website', endpointOf('s3-website', ['my-bucket']), '/k'],
  ['a website of old', endpointOf('s3-website-us-east-1', ['my-bucket']), '/k'],
  ['a service that is not S3', endpointOf('dynamodb'), '/my-bucket/k'],
  ['an access point by path', endpointOf('s3-accesspoint'), '/my-ap/k'],
  ['an access point with no account', endpointOf('s3-accesspoint', ['my-ap']), '/k'],
  ['an access point below another name', endpointOf('s3-accesspoint', ['x', 'my-ap-123456789012']), '/k'],
  ['a Multi-Region Access Point by path', endpointOf('s3-global'), '/my-bucket/k'],
  ['an Object Lambda host with another path', endpointOf('s3-object-lambda', ['route']), '/k'],
  ['an outpost that is none', endpointOf('s3-outposts', ['my-ap-123456789012', 'x']), '/k'],
  ['an outpost by path', endpointOf('s3-outposts'), '/my-bucket/k'],
  ['a directory bucket by path', endpointOf('s3express'), '/my-dir--use1-az4--x-s3/k'],
  ['another bucket on a directory host', endpointOf('s3express', ['my-bucket']), '/k'],
  ['a directory bucket on a general host', endpointOf('s3', ['my-dir--use1-az4--x-s3']), '/k'],
  [
    'a key on the control plane of directory buckets',
    endpointOf('s3express-control'),
    '/my-dir--use1-az4--x-s3/k',
  ],
  ['an empty bucket', endpointOf('s3'), '//k'],
  ['a slash encoded in the bucket', endpointOf('s3'), '/my-bucket%2Fk'],
  [
    'an ARN in the path',
    endpointOf('s3'),
    '/arn%3Aaws%3As3%3Aus-east-1%3A123456789012%3Aaccesspoint%2Fmy-ap/k',
  ],
  ['a bucket of dots', endpointOf('s3'), '/%2e%2e/k'],
  ['S3 Control with another path', endpointOf('s3-control'), '/my-bucket/k'],
] as const)('W2: does not take %s for a bucket', async (_what, endpoint, target) => {
  expect(told(await resolveAt(endpoint, { target }))).toMatch(unknown);
});

test.each([
  ['/my-bucket/../other/k', false],
  ['/my-bucket/a/%2e%2e/%2E./other/k', false],
  ['/my-bucket/a/..', true],
  ['/my-bucket/a/../b', true],
])('keeps dot segments that stay in the bucket: %s', async (target, isKept) => {
  expect('actions' in (await resolveAt(endpointOf('s3'), { target }))).toBe(isKept);
});

test('lets a Multi-Region Access Point reach anything where nobody knows its account', async () => {
  const mrap = endpointOf('s3-global', ['mfzwi23gnjvgw', 'mrap'], { region: '*' });
  expect(told(await resolveAt(mrap, { target: '/k' }))).toEqual([
    's3:GetObject arn:aws:s3:::accesspoint/mfzwi23gnjvgw.mrap/object/k any',
  ]);
});

test.each([
  ['s3', true],
  ['s3-control', true],
  ['s3express', true],
  ['s3tables', false],
  ['dynamodb', false],
])('reads requests to %s: %s', (service, expected) => {
  expect(isS3(endpointOf(service))).toBe(expected);
});

test.each(['/admin/user', '/minio/admin/v3/info', '/swift/v1/c/o', '/%61dmin/user'])(
  'does not take %s for a bucket: servers that speak S3 have other interfaces there',
  async (target) => {
    expect(told(await resolveAt(endpointOf('s3'), { target }))).toMatch(/is no bucket to every server/);
  },
);

test('takes other keys with its name at a server of its own', async () => {
  const foreign = endpointOf('s3', ['my-bucket'], { isForeign: true });
  expect(told(await resolveAt(foreign, { target: '/minio-x/minio/k' }))).toEqual([
    's3:GetObject arn:aws:s3:::my-bucket/minio-x/minio/k',
  ]);
});

test.each(['/minio', '/minio/admin/v3/export-iam', '/%6dinio/admin/v3/info'])(
  'does not take %s for a key below a bucket’s name, but at AWS',
  async (target) => {
    const foreign = endpointOf('s3', ['my-bucket'], { isForeign: true });
    expect(told(await resolveAt(foreign, { target }))).toMatch(/is no key to a MinIO/);
    expect(told(await resolveAt(endpointOf('s3', ['my-bucket']), { target }))).toEqual([
      `s3:GetObject arn:aws:s3:::my-bucket/${decodeURIComponent(target.slice(1))}`,
    ]);
  },
);

const own = 'arn:aws:s3:::my-bucket';

test.each<[method: string, target: string, named: string, plain?: string]>([
  ['DELETE', '/?inventory&id=x', `s3:PutInventoryConfiguration ${own}`, `s3:DeleteBucket ${own}`],
  ['GET', '/?abac&prefix=a', `s3:GetBucketAbac ${own}`, `s3:ListBucket ${own} [a]`],
  ['PUT', '/k?encryption', `s3:UpdateObjectEncryption ${own}/k`, `s3:PutObject ${own}/k`],
  [
    'DELETE',
    '/k?annotation&annotationName=a',
    `s3:DeleteObjectAnnotation ${own}/k`,
    `s3:DeleteObject ${own}/k`,
  ],
  [
    'DELETE',
    '/k?annotation&annotationName=a&versionId=1',
    `s3:DeleteObjectVersionAnnotation ${own}/k`,
    `s3:DeleteObjectVersion ${own}/k`,
  ],
  ['GET', '/?location', `s3:GetBucketLocation ${own}`, `s3:ListBucket ${own} []`],
  ['GET', '/?logging', `s3:GetBucketLogging ${own}`, `s3:ListBucket ${own} []`],
  ['PUT', '/?notification', `s3:PutBucketNotification ${own}`, `s3:CreateBucket ${own}`],
  ['DELETE', '/?lifecycle', `s3:PutLifecycleConfiguration ${own}`, `s3:DeleteBucket ${own}`],
  ['DELETE', '/?website', `s3:DeleteBucketWebsite ${own}`, `s3:DeleteBucket ${own}`],
  ['GET', '/k?torrent', `s3:GetObjectTorrent ${own}/k`, `s3:GetObject ${own}/k`],
  ['PUT', '/k?tagging', `s3:PutObjectTagging ${own}/k`],
])(
  '%s %s is also what a server does that knows no such sub-resource',
  async (method, target, named, plain) => {
    const request = { method, target };
    expect(told(await resolveAt(endpointOf('s3', ['my-bucket']), request))).toEqual([named]);
    const foreign = endpointOf('s3', ['my-bucket'], { isForeign: true });
    expect(told(await resolveAt(foreign, request))).toEqual(plain === undefined ? [named] : [named, plain]);
  },
);

const deletion = (object: string) => ({ body: `<Delete><Object>${object}</Object></Delete>` });

test.each<[method: string, target: string, more: { headers?: Record<string, string>; body?: string }]>([
  ['GET', '/team/../secret', {}],
  ['PUT', '/team/%2e%2E%2fsecret', {}],
  ['PUT', '/team/a', { headers: { 'x-amz-copy-source': 'my-bucket/team/../secret' } }],
  ['GET', '/?list-type=2&prefix=team/../', {}],
  ['POST', '/?delete', deletion('<Key>team/../../other/a</Key>')],
  ['DELETE', '/team/a?uploadId=..%2F..%2F..%2F..%2Fother', {}],
  ['PUT', '/team/a?partNumber=1&uploadId=%2e%2e/%2e%2e', {}],
  ['GET', '/team/a?versionId=../../secret', {}],
])('%s %s with %o leads nowhere on a server that is not of AWS', async (method, target, more) => {
  const foreign = endpointOf('s3', ['my-bucket'], { isForeign: true });
  expect(told(await resolveAt(foreign, { method, target, ...more }))).toMatch(/ has a segment \.\., /);
  expect(told(await resolveAt(endpointOf('s3', ['my-bucket']), { method, target, ...more }))).toBeInstanceOf(
    Array,
  );
});

test('two dots that are no segment are nothing to servers that are not of AWS', async () => {
  const foreign = endpointOf('s3', ['my-bucket'], { isForeign: true });
  const request = { method: 'GET', target: '/a..b/..c/d..?versionId=..a' };
  expect(told(await resolveAt(foreign, request))).toEqual([`s3:GetObjectVersion ${own}/a..b/..c/d..`]);
});
