/** What a method on a bucket or an object means, by its sub-resource. */
export interface Operation {
  /** Names of IAM's actions, without prefix. */
  readonly actions: readonly string[];
  /** The names on one version of an object. Without them the operation takes no `versionId`. */
  readonly versioned?: readonly string[];
  /** It reads the names of objects; or only whether and where the bucket is. */
  readonly reads?: 'keys' | 'existence';
  /** What else decides: fields of the header, or the content. */
  readonly asks?: 'object-fields' | 'bucket-fields' | 'deletions' | 'restore';
  /** It may copy what `x-amz-copy-source` names. */
  readonly canCopy?: boolean;
}

const one = (action: string): Operation => ({ actions: [action] });
const versioned = (action: string, versions: string = action): Operation => ({
  actions: [action],
  versioned: [versions],
});

/** The configurations of a bucket, one sub-resource each: the name that reads it and the name that writes or deletes it. */
const configurations: Readonly<Record<string, readonly [read: string, write: string, methods: string]>> = {
  abac: ['GetBucketAbac', 'PutBucketAbac', 'GET PUT'],
  accelerate: ['GetAccelerateConfiguration', 'PutAccelerateConfiguration', 'GET PUT'],
  acl: ['GetBucketAcl', 'PutBucketAcl', 'GET PUT'],
  analytics: ['GetAnalyticsConfiguration', 'PutAnalyticsConfiguration', 'GET PUT DELETE'],
  cors: ['GetBucketCORS', 'PutBucketCORS', 'GET PUT DELETE'],
  encryption: ['GetEncryptionConfiguration', 'PutEncryptionConfiguration', 'GET PUT DELETE'],
  'intelligent-tiering': [
    'GetIntelligentTieringConfiguration',
    'PutIntelligentTieringConfiguration',
    'GET PUT DELETE',
  ],
  inventory: ['GetInventoryConfiguration', 'PutInventoryConfiguration', 'GET PUT DELETE'],
  lifecycle: ['GetLifecycleConfiguration', 'PutLifecycleConfiguration', 'GET PUT DELETE'],
  logging: ['GetBucketLogging', 'PutBucketLogging', 'GET PUT'],
  metrics: ['GetMetricsConfiguration', 'PutMetricsConfiguration', 'GET PUT DELETE'],
  notification: ['GetBucketNotification', 'PutBucketNotification', 'GET PUT'],
  'object-lock': ['GetBucketObjectLockConfiguration', 'PutBucketObjectLockConfiguration', 'GET PUT'],
  ownershipControls: ['GetBucketOwnershipControls', 'PutBucketOwnershipControls', 'GET PUT DELETE'],
  publicAccessBlock: ['GetBucketPublicAccessBlock', 'PutBucketPublicAccessBlock', 'GET PUT DELETE'],
  replication: ['GetReplicationConfiguration', 'PutReplicationConfiguration', 'GET PUT DELETE'],
  requestPayment: ['GetBucketRequestPayment', 'PutBucketRequestPayment', 'GET PUT'],
  tagging: ['GetBucketTagging', 'PutBucketTagging', 'GET PUT DELETE'],
  versioning: ['GetBucketVersioning', 'PutBucketVersioning', 'GET PUT'],
};

/** `METHOD` or `METHOD sub-resource` on a bucket (Amazon S3 User Guide, "Required permissions for Amazon S3 API operations"). */
const onBucket: ReadonlyMap<string, Operation> = new Map([
  ['GET', { actions: ['ListBucket'], reads: 'keys' }],
  ['GET list-type', { actions: ['ListBucket'], reads: 'keys' }],
  ['GET versions', { actions: ['ListBucketVersions'], reads: 'keys' }],
  ['GET uploads', { actions: ['ListBucketMultipartUploads'], reads: 'keys' }],
  ['HEAD', { actions: ['ListBucket'], reads: 'existence' }],
  ['GET location', { actions: ['GetBucketLocation'], reads: 'existence' }],
  ['PUT', { actions: ['CreateBucket'], asks: 'bucket-fields' }],
  ['DELETE', one('DeleteBucket')],
  ['POST delete', { actions: ['DeleteObject'], versioned: ['DeleteObjectVersion'], asks: 'deletions' }],
  ['GET policy', one('GetBucketPolicy')],
  ['PUT policy', one('PutBucketPolicy')],
  ['DELETE policy', one('DeleteBucketPolicy')],
  ['GET policyStatus', one('GetBucketPolicyStatus')],
  ['GET website', one('GetBucketWebsite')],
  ['PUT website', one('PutBucketWebsite')],
  ['DELETE website', one('DeleteBucketWebsite')],
  ['POST metadataConfiguration', one('CreateBucketMetadataTableConfiguration')],
  ['GET metadataConfiguration', one('GetBucketMetadataTableConfiguration')],
  ['DELETE metadataConfiguration', one('DeleteBucketMetadataTableConfiguration')],
  ['POST metadataTable', one('CreateBucketMetadataTableConfiguration')],
  ['GET metadataTable', one('GetBucketMetadataTableConfiguration')],
  ['DELETE metadataTable', one('DeleteBucketMetadataTableConfiguration')],
  ['PUT metadataAnnotationTable', one('UpdateBucketMetadataAnnotationTableConfiguration')],
  ['PUT metadataInventoryTable', one('UpdateBucketMetadataInventoryTableConfiguration')],
  ['PUT metadataJournalTable', one('UpdateBucketMetadataJournalTableConfiguration')],
  ...Object.entries(configurations).flatMap(([name, [read, write, methods]]) =>
    methods
      .split(' ')
      .map((method): [string, Operation] => [`${method} ${name}`, one(method === 'GET' ? read : write)]),
  ),
]);

/** The same on an object. */
const onObject: ReadonlyMap<string, Operation> = new Map([
  ['GET', versioned('GetObject', 'GetObjectVersion')],
  ['HEAD', versioned('GetObject', 'GetObjectVersion')],
  ['PUT', { actions: ['PutObject'], asks: 'object-fields', canCopy: true }],
  ['DELETE', versioned('DeleteObject', 'DeleteObjectVersion')],
  ['GET acl', versioned('GetObjectAcl', 'GetObjectVersionAcl')],
  ['PUT acl', versioned('PutObjectAcl', 'PutObjectVersionAcl')],
  [
    'GET attributes',
    {
      actions: ['GetObject', 'GetObjectAttributes'],
      versioned: ['GetObjectVersion', 'GetObjectVersionAttributes'],
    },
  ],
  ['GET annotation', versioned('ListObjectAnnotations', 'ListObjectVersionAnnotations')],
  ['GET annotation name', versioned('GetObjectAnnotation', 'GetObjectVersionAnnotation')],
  ['PUT annotation name', versioned('PutObjectAnnotation', 'PutObjectVersionAnnotation')],
  ['DELETE annotation name', versioned('DeleteObjectAnnotation', 'DeleteObjectVersionAnnotation')],
  ['PUT encryption', versioned('UpdateObjectEncryption')],
  ['GET legal-hold', versioned('GetObjectLegalHold')],
  ['PUT legal-hold', versioned('PutObjectLegalHold')],
  ['GET retention', versioned('GetObjectRetention')],
  ['PUT retention', versioned('PutObjectRetention')],
  ['POST restore', { ...versioned('RestoreObject'), asks: 'restore' }],
  ['POST select', one('GetObject')],
  ['GET tagging', versioned('GetObjectTagging', 'GetObjectVersionTagging')],
  ['PUT tagging', versioned('PutObjectTagging', 'PutObjectVersionTagging')],
  ['DELETE tagging', versioned('DeleteObjectTagging', 'DeleteObjectVersionTagging')],
  ['GET torrent', versioned('GetObjectTorrent', 'GetObjectVersionTorrent')],
  ['POST uploads', { actions: ['PutObject'], asks: 'object-fields' }],
  ['PUT uploadId', { actions: ['PutObject'], canCopy: true }],
  ['GET uploadId', one('ListMultipartUploadParts')],
  ['POST uploadId', one('PutObject')],
  ['DELETE uploadId', one('AbortMultipartUpload')],
]);

/** What directory buckets have beside the rest. */
const inDirectory: ReadonlyMap<string, Operation> = new Map([
  ['PUT renameObject', { actions: ['PutObject', 'DeleteObject'] }],
]);

/** The session that everything else in a directory bucket needs: nothing is done by it. */
const session: ReadonlyMap<string, Operation> = new Map([['GET session', { actions: [] }]]);

/** What Ceph, MinIO, Versity's gateway and their likes have not all of, by their documents, sources and answers. */
const ofSomeAlone: ReadonlySet<string> = new Set(
  [
    'abac accelerate analytics annotation encryption intelligent-tiering inventory lifecycle location logging',
    'metadataAnnotationTable metadataConfiguration metadataInventoryTable metadataJournalTable metadataTable metrics',
    'notification ownershipControls policyStatus publicAccessBlock replication requestPayment torrent website',
  ].flatMap((line) => line.split(' ')),
);

/** Whether a server that speaks S3 may not know a sub-resource: it does then what the request asks for without it. */
export function mayBeIgnored(selector: string): boolean {
  return ofSomeAlone.has(selector);
}

/** The operation of a method and a sub-resource (`''` for none); undefined for what S3 does not have. */
export function findOperation(
  method: string,
  selector: string,
  { isObject, isDirectory }: { readonly isObject: boolean; readonly isDirectory: boolean },
): Operation | undefined {
  const name = selector === '' ? method : `${method} ${selector}`;
  const found = (isObject ? onObject : onBucket).get(name);
  if (found !== undefined || !isDirectory) return found;
  return (isObject ? inDirectory : session).get(name);
}
