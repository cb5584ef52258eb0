/** Buckets of another region, which S3 sends clients to: for ever, or while the bucket is new. */
export const elsewhere = {
  bucket: 'pai-elsewhere',
  newBucket: 'pai-elsewhere-new',
  region: 'eu-central-1',
} as const;

/** The buckets of a test. `data` is in scope, `other` is not, `backup` is all of another Provider's. */
export const buckets = { data: 'pai-data', other: 'pai-other', backup: 'pai-backup' } as const;

/** May read and write objects of one bucket, and delete none. `PutObjectAcl` is for rclone, which sends `x-amz-acl: private`. */
export const agent = 's3-agent';

/** May do everything to another bucket: a backup locks and prunes. */
export const backup = 's3-backup';

/** For `pai apply`. */
export const s3Providers = `
apiVersion: pai.io/v1
kind: Provider
metadata: {name: ${agent}}
spec:
  type: aws
  auth: {type: aws-sigv4, secretRef: aws}
  config: {region: us-east-1, services: [s3]}
  policy:
    allow: ["s3:GetObject", "s3:PutObject", "s3:PutObjectAcl", "s3:ListBucket", "s3:GetBucketLocation", "s3:GetObjectTagging", "s3:AbortMultipartUpload",
      "s3:ListMultipartUploadParts", "s3:ListBucketMultipartUploads"]
    deny: ["s3:DeleteObject"]
  scope: {resources: ["arn:aws:s3:::${buckets.data}/*"]}
---
apiVersion: pai.io/v1
kind: Provider
metadata: {name: ${backup}}
spec:
  type: aws
  auth: {type: aws-sigv4, secretRef: aws}
  config: {region: us-east-1, services: [s3]}
  policy: {allow: ["s3:*"]}
  scope: {resources: ["arn:aws:s3:::${buckets.backup}", "arn:aws:s3:::${buckets.backup}/*", "arn:aws:s3:::${elsewhere.bucket}*"]}
`;
