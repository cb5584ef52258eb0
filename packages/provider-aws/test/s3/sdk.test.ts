import * as sdk from '@aws-sdk/client-s3';
import type { Resolution } from '@pai/core';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Endpoint } from '../../src/endpoint.ts';
import { endpointOf, resolveAt, told } from './s3.ts';

/** What the client has built of a request. */
interface Sent {
  readonly method: string;
  readonly hostname: string;
  readonly path: string;
  readonly query?: Readonly<Record<string, string | readonly string[] | null>>;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

class CaughtError extends Error {
  readonly sent: Sent;
  constructor(sent: Sent) {
    super('caught');
    this.sent = sent;
  }
}

const credentials = { accessKeyId: 'AKIAPLACEHOLDER', secretAccessKey: 'pai-placeholder' };

function clientOf(options: sdk.S3ClientConfig = {}): sdk.S3Client {
  const handle = (sent: Sent) => Promise.reject(new CaughtError(sent));
  return new sdk.S3Client({
    region: 'us-east-1',
    credentials,
    maxAttempts: 1,
    requestHandler: { handle } as never,
    ...options,
  });
}

const client = clientOf();
const pathClient = clientOf({ forcePathStyle: true });

/** What every operation could want; the client takes what its own input has. */
const everything = {
  Bucket: 'my-bucket',
  Key: 'a b/ü+%.txt',
  UploadId: 'upload',
  PartNumber: 1,
  Id: 'id',
  AnnotationName: 'note',
  Body: 'content',
  Prefix: 'p',
  ObjectAttributes: ['ETag'],
  RequestRoute: 'route',
  RequestToken: 'token',
  Delete: { Objects: [{ Key: 'a&<b>' }, { Key: 'c' }] },
  RestoreRequest: { Days: 1 },
  RenameSource: 'a',
  CreateBucketConfiguration: {},
  Tagging: { TagSet: [{ Key: 'k', Value: 'v' }] },
};

type Input = Readonly<Record<string, unknown>>;

async function capture(name: string, input: Input, by: sdk.S3Client): Promise<Sent> {
  const Command = (sdk as unknown as Record<string, new (input: Input) => never>)[`${name}Command`];
  if (Command === undefined) throw new Error(`the client has no ${name}`);
  try {
    await by.send(new Command(input));
  } catch (thrown) {
    if (thrown instanceof CaughtError) return thrown.sent;
    throw thrown;
  }
  throw new Error(`${name} was not sent`);
}

function endpointAt(hostname: string): Endpoint {
  const [, left = '', family = ''] =
    /^(?:(.*)\.)?(s3[a-z0-9-]*)\.us-east-1\.amazonaws\.com$/.exec(hostname) ?? [];
  return endpointOf(
    family.replace(/^s3express-(?!control$).*/, 's3express'),
    left === '' ? [] : left.split('.'),
  );
}

function pairsOf({ query = {} }: Sent): readonly string[] {
  return Object.entries(query).map(([name, value]) => {
    const encoded = encodeURIComponent(name);
    return value === null || value === '' ? encoded : `${encoded}=${encodeURIComponent(String(value))}`;
  });
}

async function resolveSent(sent: Sent, pairs: readonly string[] = pairsOf(sent)): Promise<Resolution> {
  const { method, hostname, path, headers, body } = sent;
  const target = pairs.length === 0 ? path : `${path}?${pairs.join('&')}`;
  const content = typeof body === 'string' || body instanceof Uint8Array ? body : '';
  return resolveAt(endpointAt(hostname), { method, target, headers, body: content });
}

const bucket = 'arn:aws:s3:::my-bucket';
const object = `${bucket}/a b/ü+%.txt`;
const on = (resource: string, ...names: readonly string[]) => names.map((name) => `s3:${name} ${resource}`);

/** Every operation by AWS's own documents: the action on the bucket, on the object, or something else. */
const inBucket: Readonly<Record<string, string>> = {
  CreateBucket: 'CreateBucket',
  CreateBucketMetadataConfiguration: 'CreateBucketMetadataTableConfiguration',
  CreateBucketMetadataTableConfiguration: 'CreateBucketMetadataTableConfiguration',
  DeleteBucket: 'DeleteBucket',
  DeleteBucketAnalyticsConfiguration: 'PutAnalyticsConfiguration',
  DeleteBucketCors: 'PutBucketCORS',
  DeleteBucketEncryption: 'PutEncryptionConfiguration',
  DeleteBucketIntelligentTieringConfiguration: 'PutIntelligentTieringConfiguration',
  DeleteBucketInventoryConfiguration: 'PutInventoryConfiguration',
  DeleteBucketLifecycle: 'PutLifecycleConfiguration',
  DeleteBucketMetadataConfiguration: 'DeleteBucketMetadataTableConfiguration',
  DeleteBucketMetadataTableConfiguration: 'DeleteBucketMetadataTableConfiguration',
  DeleteBucketMetricsConfiguration: 'PutMetricsConfiguration',
  DeleteBucketOwnershipControls: 'PutBucketOwnershipControls',
  DeleteBucketPolicy: 'DeleteBucketPolicy',
  DeleteBucketReplication: 'PutReplicationConfiguration',
  DeleteBucketTagging: 'PutBucketTagging',
  DeleteBucketWebsite: 'DeleteBucketWebsite',
  DeletePublicAccessBlock: 'PutBucketPublicAccessBlock',
  GetBucketAbac: 'GetBucketAbac',
  GetBucketAccelerateConfiguration: 'GetAccelerateConfiguration',
  GetBucketAcl: 'GetBucketAcl',
  GetBucketAnalyticsConfiguration: 'GetAnalyticsConfiguration',
  GetBucketCors: 'GetBucketCORS',
  GetBucketEncryption: 'GetEncryptionConfiguration',
  GetBucketIntelligentTieringConfiguration: 'GetIntelligentTieringConfiguration',
  GetBucketInventoryConfiguration: 'GetInventoryConfiguration',
  GetBucketLifecycleConfiguration: 'GetLifecycleConfiguration',
  GetBucketLocation: 'GetBucketLocation',
  GetBucketLogging: 'GetBucketLogging',
  GetBucketMetadataConfiguration: 'GetBucketMetadataTableConfiguration',
  GetBucketMetadataTableConfiguration: 'GetBucketMetadataTableConfiguration',
  GetBucketMetricsConfiguration: 'GetMetricsConfiguration',
  GetBucketNotificationConfiguration: 'GetBucketNotification',
  GetBucketOwnershipControls: 'GetBucketOwnershipControls',
  GetBucketPolicy: 'GetBucketPolicy',
  GetBucketPolicyStatus: 'GetBucketPolicyStatus',
  GetBucketReplication: 'GetReplicationConfiguration',
  GetBucketRequestPayment: 'GetBucketRequestPayment',
  GetBucketTagging: 'GetBucketTagging',
  GetBucketVersioning: 'GetBucketVersioning',
  GetBucketWebsite: 'GetBucketWebsite',
  GetObjectLockConfiguration: 'GetBucketObjectLockConfiguration',
  GetPublicAccessBlock: 'GetBucketPublicAccessBlock',
  HeadBucket: 'ListBucket',
  ListBucketAnalyticsConfigurations: 'GetAnalyticsConfiguration',
  ListBucketIntelligentTieringConfigurations: 'GetIntelligentTieringConfiguration',
  ListBucketInventoryConfigurations: 'GetInventoryConfiguration',
  ListBucketMetricsConfigurations: 'GetMetricsConfiguration',
  PutBucketAbac: 'PutBucketAbac',
  PutBucketAccelerateConfiguration: 'PutAccelerateConfiguration',
  PutBucketAcl: 'PutBucketAcl',
  PutBucketAnalyticsConfiguration: 'PutAnalyticsConfiguration',
  PutBucketCors: 'PutBucketCORS',
  PutBucketEncryption: 'PutEncryptionConfiguration',
  PutBucketIntelligentTieringConfiguration: 'PutIntelligentTieringConfiguration',
  PutBucketInventoryConfiguration: 'PutInventoryConfiguration',
  PutBucketLifecycleConfiguration: 'PutLifecycleConfiguration',
  PutBucketLogging: 'PutBucketLogging',
  PutBucketMetricsConfiguration: 'PutMetricsConfiguration',
  PutBucketNotificationConfiguration: 'PutBucketNotification',
  PutBucketOwnershipControls: 'PutBucketOwnershipControls',
  PutBucketPolicy: 'PutBucketPolicy',
  PutBucketReplication: 'PutReplicationConfiguration',
  PutBucketRequestPayment: 'PutBucketRequestPayment',
  PutBucketTagging: 'PutBucketTagging',
  PutBucketVersioning: 'PutBucketVersioning',
  PutBucketWebsite: 'PutBucketWebsite',
  PutObjectLockConfiguration: 'PutBucketObjectLockConfiguration',
  PutPublicAccessBlock: 'PutBucketPublicAccessBlock',
  UpdateBucketMetadataAnnotationTableConfiguration: 'UpdateBucketMetadataAnnotationTableConfiguration',
  UpdateBucketMetadataInventoryTableConfiguration: 'UpdateBucketMetadataInventoryTableConfiguration',
  UpdateBucketMetadataJournalTableConfiguration: 'UpdateBucketMetadataJournalTableConfiguration',
};

const onObject: Readonly<Record<string, readonly string[]>> = {
  AbortMultipartUpload: ['AbortMultipartUpload'],
  CompleteMultipartUpload: ['PutObject'],
  CreateMultipartUpload: ['PutObject'],
  DeleteObject: ['DeleteObject'],
  DeleteObjectAnnotation: ['DeleteObjectAnnotation'],
  DeleteObjectTagging: ['DeleteObjectTagging'],
  GetObject: ['GetObject'],
  GetObjectAcl: ['GetObjectAcl'],
  GetObjectAnnotation: ['GetObjectAnnotation'],
  GetObjectAttributes: ['GetObject', 'GetObjectAttributes'],
  GetObjectLegalHold: ['GetObjectLegalHold'],
  GetObjectRetention: ['GetObjectRetention'],
  GetObjectTagging: ['GetObjectTagging'],
  GetObjectTorrent: ['GetObjectTorrent'],
  HeadObject: ['GetObject'],
  ListObjectAnnotations: ['ListObjectAnnotations'],
  ListParts: ['ListMultipartUploadParts'],
  PutObject: ['PutObject'],
  PutObjectAcl: ['PutObjectAcl'],
  PutObjectAnnotation: ['PutObjectAnnotation'],
  PutObjectLegalHold: ['PutObjectLegalHold'],
  PutObjectRetention: ['PutObjectRetention'],
  PutObjectTagging: ['PutObjectTagging'],
  RestoreObject: ['RestoreObject'],
  SelectObjectContent: ['GetObject'],
  UpdateObjectEncryption: ['UpdateObjectEncryption'],
  UploadPart: ['PutObject'],
};

const others: Readonly<Record<string, readonly string[]>> = {
  CopyObject: [...on(object, 'PutObject'), ...on('arn:aws:s3:::other/s t', 'GetObject')],
  DeleteObjects: [`s3:DeleteObject ${bucket}/a&<b>`, `s3:DeleteObject ${bucket}/c`],
  ListBuckets: ['s3:ListAllMyBuckets any'],
  ListDirectoryBuckets: ['s3express:ListAllMyDirectoryBuckets any'],
  ListMultipartUploads: [`s3:ListBucketMultipartUploads ${bucket} [p]`],
  ListObjectVersions: [`s3:ListBucketVersions ${bucket} [p]`],
  ListObjects: [`s3:ListBucket ${bucket} [p]`],
  ListObjectsV2: [`s3:ListBucket ${bucket} [p]`],
  UploadPartCopy: [...on(object, 'PutObject'), ...on('arn:aws:s3:::other/s t', 'GetObject')],
  WriteGetObjectResponse: ['s3-object-lambda:WriteGetObjectResponse any'],
};

/** They are for directory buckets, which the client reaches only after it has asked for a session. */
const forDirectories = ['CreateSession', 'RenameObject'];

const operations = Object.keys(sdk)
  .filter((name) => name.endsWith('Command') && name !== '$Command')
  .map((name) => name.slice(0, -'Command'.length));

function expectedOf(name: string): readonly string[] | undefined {
  const inIt = inBucket[name];
  if (inIt !== undefined) return on(bucket, inIt);
  const onIt = onObject[name];
  return onIt === undefined ? others[name] : on(object, ...onIt);
}

function inputOf(name: string): Input {
  const { Tagging, Body, ...rest } = everything;
  const isCopy = name.endsWith('Copy') || name === 'CopyObject';
  return {
    ...rest,
    ...(/Tagging$/.test(name) && { Tagging }),
    ...(/^(?:PutObject|UploadPart)$/.test(name) && { Body }),
    ...(isCopy && { CopySource: 'other/s%20t' }),
    ...(name.includes('Annotation') && name.startsWith('Put') && { AnnotationPayload: 'x' }),
  };
}

test('every operation of the client is in the tables', () => {
  const missing = operations.filter(
    (name) => expectedOf(name) === undefined && !forDirectories.includes(name),
  );
  expect(missing).toEqual([]);
  expect(operations.length).toBeGreaterThan(110);
});

test.each(operations.filter((name) => expectedOf(name) !== undefined))(
  'names %s as IAM does',
  async (name) => {
    for (const by of [client, pathClient]) {
      const sent = await capture(name, inputOf(name), by);
      expect(told(await resolveSent(sent)), `${sent.method} ${sent.hostname}${sent.path}`).toEqual(
        expectedOf(name),
      );
    }
  },
);

const harmless = fc.subarray([
  '',
  'max-keys=1',
  'fetch-owner=true',
  'response-expires=x%3By',
  'delimiter=%2F',
  'marker=%zz',
]);

/** What has no place in any query of S3. */
const spoilers = [
  'acl&acl',
  'brandNew',
  '%61cl',
  'ACL=x',
  'a;b',
  'x-amz-acl=private',
  'policy&tagging',
  'versionId=',
  'acl=%zz',
];

test('the order of a query, what stands beside and the values of sub-resources change nothing, and a second reading is refused', async () => {
  const names = operations.filter((name) => expectedOf(name) !== undefined);
  const captured = new Map<string, Sent>();
  for (const name of names) captured.set(name, await capture(name, inputOf(name), client));
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...names),
      harmless,
      fc.infiniteStream(fc.nat()),
      fc.constantFrom(...spoilers),
      async (name, extra, order, spoiler) => {
        const sent = captured.get(name) as Sent;
        const own = pairsOf(sent).map((pair) => (pair.includes('=') ? pair : `${pair}=value`));
        const known = new Set(own.map((pair) => pair.split('=', 1)[0]));
        const pairs = [...own, ...extra.filter((pair) => !known.has(pair.split('=', 1)[0] ?? ''))]
          .map((pair) => ({ pair, at: order.next().value }))
          .sort((a, b) => a.at - b.at)
          .map(({ pair }) => pair);
        expect(told(await resolveSent(sent, pairs))).toEqual(expectedOf(name));
        expect(await resolveSent(sent, [...pairs, spoiler])).toHaveProperty('unresolved');
      },
    ),
    { numRuns: 500 },
  );
});

const directory = 'my-dir--use1-az4--x-s3';
const directoryArn = `arn:aws:s3express:us-east-1::bucket/${directory}`;
const directoryClient = clientOf({ disableS3ExpressSessionAuth: true });

test.each([
  ['CreateSession', []],
  ['RenameObject', ['PutObject', 'DeleteObject']],
  ['GetObject', ['GetObject']],
  ['HeadObject', ['GetObject']],
  ['PutObject', ['PutObject']],
  ['DeleteObject', ['DeleteObject']],
  ['DeleteObjects', ['DeleteObject']],
  ['HeadBucket', ['ListBucket']],
  ['CreateMultipartUpload', ['PutObject']],
  ['CompleteMultipartUpload', ['PutObject']],
])('asks for a session and for %s in a directory bucket', async (name, names) => {
  const sent = await capture(name, { ...inputOf(name), Bucket: directory }, directoryClient);
  expect(told(await resolveSent(sent))).toEqual([
    `s3express:CreateSession ${directoryArn}`,
    ...on(directoryArn, ...names),
  ]);
});

test.each([
  ['CreateBucket', 'CreateBucket'],
  ['DeleteBucket', 'DeleteBucket'],
  ['GetBucketPolicy', 'GetBucketPolicy'],
  ['PutBucketPolicy', 'PutBucketPolicy'],
  ['DeleteBucketPolicy', 'DeleteBucketPolicy'],
  ['GetBucketEncryption', 'GetEncryptionConfiguration'],
  ['PutBucketLifecycleConfiguration', 'PutLifecycleConfiguration'],
])('names %s on the control plane of directory buckets', async (name, action) => {
  const sent = await capture(name, { ...inputOf(name), Bucket: directory }, directoryClient);
  expect(told(await resolveSent(sent))).toEqual([`s3express:${action} ${directoryArn}`]);
});

const point = 'arn:aws:s3:us-east-1:123456789012:accesspoint/my-ap';
const outpost = 'arn:aws:s3-outposts:us-east-1:123456789012:outpost/op-01ac5d28a6a232904/accesspoint/my-ap';
const lambda = 'arn:aws:s3-object-lambda:us-east-1:123456789012:accesspoint/my-ol';

test.each([
  ['GetObject', point, [`s3:GetObject ${point}/object/a b/ü+%.txt`]],
  ['ListObjectsV2', point, [`s3:ListBucket ${point} [p]`]],
  ['GetObject', outpost, [`s3-outposts:GetObject ${outpost}/object/a b/ü+%.txt`]],
  ['ListObjectsV2', outpost, [`s3-outposts:ListBucket ${outpost} [p]`]],
  ['GetObject', lambda, [`s3-object-lambda:GetObject ${lambda}`]],
])('W2: names %s at the address of %s', async (name, arn, expected) => {
  const sent = await capture(name, { ...inputOf(name), Bucket: arn }, client);
  expect(told(await resolveSent(sent))).toEqual(expected);
});

/** The traits of every member of every operation's input: `httpQuery`, `httpHeader`. */
function traitsOf(name: 'httpQuery' | 'httpHeader'): readonly string[] {
  const found = new Set<string>();
  for (const schema of Object.values(sdk) as readonly unknown[]) {
    if (!Array.isArray(schema) || schema[0] !== 9) continue;
    let input: unknown = schema[4];
    while (typeof input === 'function') input = input();
    for (const member of (input as unknown[])[5] as readonly unknown[]) {
      const traits = Array.isArray(member) ? member.find((part) => part?.[name] !== undefined) : undefined;
      if (traits !== undefined) found.add(traits[name]);
    }
  }
  return [...found];
}

test('every parameter and header of every operation is known', async () => {
  const headers = traitsOf('httpHeader').filter((name) => name.startsWith('x-amz-'));
  const parameters = traitsOf('httpQuery').filter((name) => name !== 'uploadId');
  expect(headers.length).toBeGreaterThan(100);
  expect(parameters.length).toBeGreaterThan(25);
  const unread: string[] = [];
  for (const name of parameters) {
    const target = `/k?${name}=1`;
    const meaning = told(await resolveAt(endpointOf('s3', ['my-bucket']), { target }));
    if (typeof meaning === 'string' && /known to read/.test(meaning)) unread.push(name);
  }
  for (const name of headers) {
    const text = { target: '/k', headers: { [name]: '1' } };
    const meaning = told(await resolveAt(endpointOf('s3', ['my-bucket']), text));
    if (typeof meaning === 'string' && /known to read/.test(meaning)) unread.push(name);
  }
  expect(unread).toEqual([]);
});
