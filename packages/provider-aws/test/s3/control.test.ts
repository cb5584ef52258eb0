import * as sdk from '@aws-sdk/client-s3-control';
import { expect, test } from 'vitest';
import { endpointOf, resolveAt, told } from './s3.ts';

const account = '123456789012';
const arn = `arn:aws:s3:us-east-1:${account}`;
const outpost = 'op-01ac5d28a6a232904';

class CaughtError extends Error {
  readonly sent: Sent;
  constructor(sent: Sent) {
    super('caught');
    this.sent = sent;
  }
}

interface Sent {
  readonly method: string;
  readonly hostname: string;
  readonly path: string;
  readonly query?: Readonly<Record<string, string | readonly string[]>>;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

const client = new sdk.S3ControlClient({
  region: 'us-east-1',
  credentials: { accessKeyId: 'AKIAPLACEHOLDER', secretAccessKey: 'pai-placeholder' },
  maxAttempts: 1,
  requestHandler: { handle: (sent: Sent) => Promise.reject(new CaughtError(sent)) } as never,
});

type Input = Readonly<Record<string, unknown>>;

async function capture(name: string, input: Input): Promise<Sent> {
  const Command = (sdk as unknown as Record<string, new (input: Input) => never>)[`${name}Command`];
  if (Command === undefined) throw new Error(`the client has no ${name}`);
  try {
    await client.send(new Command({ AccountId: account, ...input }));
  } catch (thrown) {
    if (thrown instanceof CaughtError) return thrown.sent;
    throw thrown;
  }
  throw new Error(`${name} was not sent`);
}

async function resolveSent({ method, hostname, path, query = {}, headers, body }: Sent) {
  const pairs = Object.entries(query).map(([name, value]) => `${name}=${encodeURIComponent(String(value))}`);
  const [, left = '', family = ''] =
    /^(?:(.*)\.)?(s3-[a-z]+)\.us-east-1\.amazonaws\.com$/.exec(hostname) ?? [];
  const endpoint = endpointOf(family, left === '' ? [] : left.split('.'));
  const target = pairs.length === 0 ? path : `${path}?${pairs.join('&')}`;
  return told(await resolveAt(endpoint, { method, target, headers, body: body ?? '' }));
}

const everything: Input = {
  Name: 'my-name',
  Bucket: 'my-bucket',
  JobId: 'my-job',
  ConfigId: 'my-config',
  AccessGrantId: 'my-id',
  AccessGrantsLocationId: 'my-id',
  ResourceArn: `${arn}:accesspoint/my-name`,
  RequestTokenARN: `arn:aws:s3:us-west-2:${account}:async-request/mrap/create/token`,
  Mrap: `arn:aws:s3::${account}:accesspoint/mfzwi23gnjvgw.mrap`,
  TagKeys: ['a', 'b'],
  Target: 's3://my-bucket/*',
  Permission: 'READ',
  S3Prefix: 's3://my-bucket/a',
  Priority: 1,
  RequestedJobStatus: 'Cancelled',
};

const grants = `${arn}:access-grants/default`;
const lambda = `arn:aws:s3-object-lambda:us-east-1:${account}:accesspoint/my-name`;

/** The resources of operations, by what their names say; the rest name none. */
const resources: readonly (readonly [RegExp, string])[] = [
  [/^(?:Create|Delete|Get|Put).*ForObjectLambda$/, lambda],
  [/^(?:Create|Delete|Get|Put)AccessPoint/, `${arn}:accesspoint/my-name`],
  [/^(?:Get|Delete)AccessGrant$/, `${grants}/grant/my-id`],
  [/^(?:Get|Delete|Update)AccessGrantsLocation$/, `${grants}/location/my-id`],
  [/^(?:Create|Delete|Get|Put|Associate|Dissociate)AccessGrantsI/, grants],
  [/^List(?:AccessGrants|AccessGrantsLocations|CallerAccessGrants)$/, grants],
  [/^(?:Describe|Update).*Job|^(?:Get|Put|Delete)JobTagging$/, `${arn}:job/my-job`],
  [/^(?:Get|Put|Delete)StorageLensConfiguration/, `${arn}:storage-lens/my-config`],
  [/^(?:Get|Delete|Update)StorageLensGroup$/, `${arn}:storage-lens-group/my-name`],
  [/Routes$/, `arn:aws:s3::${account}:accesspoint/mfzwi23gnjvgw.mrap`],
  [/^DescribeMultiRegion/, `arn:aws:s3:us-west-2:${account}:async-request/mrap/create/token`],
  [/^(?:ListTagsForResource|TagResource|UntagResource)$/, `${arn}:accesspoint/my-name`],
];

const renamed: Readonly<Record<string, string>> = {
  GetPublicAccessBlock: 'GetAccountPublicAccessBlock',
  PutPublicAccessBlock: 'PutAccountPublicAccessBlock',
  DeletePublicAccessBlock: 'PutAccountPublicAccessBlock',
};

const operations = Object.keys(sdk)
  .filter((name) => name.endsWith('Command') && name !== '$Command')
  .map((name) => name.slice(0, -'Command'.length))
  .filter((name) => !/Bucket(?:$|s$|[A-Z])/.test(name) || name === 'ListAccessPointsForDirectoryBuckets')
  .filter((name) => !/AccessPointScope$|^ListAccessPointsForDirectoryBuckets$/.test(name));

test.each(operations)('names %s as IAM does', async (name) => {
  const resource = resources.find(([pattern]) => pattern.test(name))?.[1] ?? 'any';
  const sent = await capture(name, everything);
  const opened = name === 'CreateAccessPoint' ? ['s3:CreateAccessPoint arn:aws:s3:::my-bucket'] : [];
  expect(await resolveSent(sent), sent.path).toEqual([`s3:${renamed[name] ?? name} ${resource}`, ...opened]);
});

const onOutpost = `arn:aws:s3-outposts:us-east-1:${account}:outpost/${outpost}`;

test.each([
  ['GetBucket', 'GetBucket'],
  ['DeleteBucket', 'DeleteBucket'],
  ['GetBucketLifecycleConfiguration', 'GetLifecycleConfiguration'],
  ['PutBucketLifecycleConfiguration', 'PutLifecycleConfiguration'],
  ['DeleteBucketLifecycleConfiguration', 'PutLifecycleConfiguration'],
  ['GetBucketPolicy', 'GetBucketPolicy'],
  ['PutBucketPolicy', 'PutBucketPolicy'],
  ['DeleteBucketPolicy', 'DeleteBucketPolicy'],
  ['GetBucketReplication', 'GetReplicationConfiguration'],
  ['PutBucketReplication', 'PutReplicationConfiguration'],
  ['DeleteBucketReplication', 'PutReplicationConfiguration'],
  ['GetBucketTagging', 'GetBucketTagging'],
  ['PutBucketTagging', 'PutBucketTagging'],
  ['DeleteBucketTagging', 'PutBucketTagging'],
  ['GetBucketVersioning', 'GetBucketVersioning'],
  ['PutBucketVersioning', 'PutBucketVersioning'],
])('names %s on an outpost', async (name, action) => {
  const bucket = `${onOutpost}/bucket/my-bucket`;
  const sent = await capture(name, { ...everything, Bucket: bucket });
  expect(await resolveSent(sent)).toEqual([`s3-outposts:${action} ${bucket}`]);
});

test.each([
  [
    'CreateBucket',
    { OutpostId: outpost, Bucket: 'my-bucket' },
    `s3-outposts:CreateBucket arn:aws:s3-outposts:us-east-1::outpost/${outpost}/bucket/my-bucket`,
  ],
  ['ListRegionalBuckets', { OutpostId: outpost }, 's3-outposts:ListRegionalBuckets any'],
  [
    'GetAccessPoint',
    { Name: `${onOutpost}/accesspoint/my-ap` },
    `s3-outposts:GetAccessPoint ${onOutpost}/accesspoint/my-ap`,
  ],
])('names %s on an outpost by what the client is given', async (name, input, expected) => {
  expect(await resolveSent(await capture(name, input))).toEqual([expected]);
});

test('names what content asks for beside', async () => {
  const sent = await capture('CreateAccessPoint', {
    ...everything,
    PublicAccessBlockConfiguration: { BlockPublicAcls: false },
    Tags: [{ Key: 'a', Value: 'b' }],
  });
  const point = `${arn}:accesspoint/my-name`;
  expect(await resolveSent(sent)).toEqual([
    `s3:CreateAccessPoint ${point}`,
    `s3:PutAccessPointPublicAccessBlock ${point}`,
    `s3:TagResource ${point}`,
    's3:CreateAccessPoint arn:aws:s3:::my-bucket',
  ]);
});

test('reads content whose elements have hyphens in their names', async () => {
  const sent = await capture('CreateJob', {
    ...everything,
    ManifestGenerator: {
      S3JobManifestGenerator: {
        SourceBucket: 'arn:aws:s3:::my-bucket',
        EnableManifestOutput: true,
        ManifestOutputLocation: {
          Bucket: 'arn:aws:s3:::my-bucket',
          ManifestFormat: 'S3InventoryReport_CSV_20211130',
          ManifestEncryption: { SSES3: {} },
        },
      },
    },
    Tags: [{ Key: 'a', Value: 'b' }],
  });
  expect(await resolveSent(sent)).toEqual(['s3:CreateJob any', 's3:PutJobTagging any']);
});

const control = endpointOf('s3-control');
const directory = endpointOf('s3express-control');
const header = { 'x-amz-account-id': account };

test.each([
  [
    'the account of the host',
    endpointOf('s3-control', [account]),
    {},
    [`s3:GetAccessPoint ${arn}:accesspoint/a`],
  ],
  ['the account of the header', control, header, [`s3:GetAccessPoint ${arn}:accesspoint/a`]],
  [
    'an access point of a directory bucket',
    directory,
    header,
    [`s3express:GetAccessPoint arn:aws:s3express:us-east-1:${account}:accesspoint/a`],
  ],
])('takes %s', async (_what, endpoint, headers, expected) => {
  expect(told(await resolveAt(endpoint, { target: '/v20180820/accesspoint/a', headers }))).toEqual(expected);
});

test.each([
  [
    'an account that is none',
    control,
    '/v20180820/accesspoint/a',
    { 'x-amz-account-id': 'x' },
    /names two accounts/,
  ],
  [
    'two accounts',
    endpointOf('s3-control', ['999999999999']),
    '/v20180820/accesspoint/a',
    header,
    /names two accounts/,
  ],
  ['an unknown path', control, '/v20180820/thing/a', header, /no operation of S3 Control/],
  ['a deeper path', control, '/v20180820/accesspoint/a/policy/b', header, /no operation of S3 Control/],
  [
    'an outpost on the wrong host',
    control,
    '/v20180820/accesspoint/a',
    { ...header, 'x-amz-outpost-id': outpost },
    /x-amz-outpost-id/,
  ],
  ['a bucket without an outpost', control, '/v20180820/bucket/a', header, /no operation of S3 Control/],
  [
    'jobs on an outpost',
    endpointOf('s3-outposts'),
    '/v20180820/jobs',
    { ...header, 'x-amz-outpost-id': outpost },
    /no operation of S3 Control/,
  ],
  ['a dot segment', control, '/v20180820/accesspoint/../jobs', header, /dot segment/],
  ['an empty segment', control, '/v20180820//jobs', header, /empty segment/],
  ['an encoded slash in a name', control, '/v20180820/accesspoint/a%2Fpolicy', header, /is no name/],
  ['a wildcard as the name', control, '/v20180820/accesspoint/*', header, /is no name/],
  [
    'an unknown parameter',
    control,
    '/v20180820/accesspoint/a?policy',
    header,
    /none that S3 Control is known to read/,
  ],
  [
    'tags of something else',
    control,
    '/v20180820/tags/arn%3Aaws%3Asqs%3Aus-east-1%3A123456789012%3Aq',
    header,
    /is no ARN of S3/,
  ],
])('refuses %s', async (_what, endpoint, target, headers, reason) => {
  expect(told(await resolveAt(endpoint, { target, headers }))).toMatch(reason);
});

test.each([
  ['POST', '/S3Outposts/CreateEndpoint', ['s3-outposts:CreateEndpoint any']],
  ['DELETE', '/S3Outposts/DeleteEndpoint?endpointId=e&outpostId=o', ['s3-outposts:DeleteEndpoint any']],
  ['GET', '/S3Outposts/ListSharedEndpoints?outpostId=o', ['s3-outposts:ListSharedEndpoints any']],
])('names %s %s', async (method, target, expected) => {
  expect(told(await resolveAt(endpointOf('s3-outposts'), { method, target }))).toEqual(expected);
});

test.each<[family: string, body: string, opened: string | undefined]>([
  ['s3', '<A><Bucket>secret-data</Bucket></A>', 'arn:aws:s3:::secret-data'],
  ['s3', '<A><Bucket>a</Bucket><Bucket>secret-data</Bucket></A>', undefined],
  ['s3', '<A><Bucket>secret-data/*</Bucket></A>', undefined],
  ['s3', '<A><Bucket>arn:aws:s3:::secret-data</Bucket></A>', undefined],
  [
    'lambda',
    `<A><Configuration><SupportingAccessPoint>${arn}:accesspoint/x</SupportingAccessPoint></Configuration></A>`,
    `${arn}:accesspoint/x`,
  ],
])('an access point is also on what it opens: %s %s', async (family, body, opened) => {
  const kind = family === 's3' ? 'accesspoint' : 'accesspointforobjectlambda';
  const target = `/v20180820/${kind}/mine`;
  const meaning = told(await resolveAt(control, { method: 'PUT', target, headers: header, body }));
  if (opened === undefined) expect(meaning).toBeTypeOf('string');
  else expect(meaning).toContainEqual(expect.stringContaining(` ${opened}`));
});
