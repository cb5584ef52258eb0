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
