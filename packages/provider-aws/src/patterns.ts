import type { Action } from '@pai/core';

/** The service of an action: what IAM prefixes it with. */
export function serviceOf({ name }: Action): string {
  return name.slice(0, Math.max(name.indexOf(':'), 0));
}

/**
 * The IAM actions that a pattern stands for. It is itself, but for operations of the APIs that IAM calls otherwise: a list
 * that denies `s3:ListObjectsV2` means `s3:ListBucket`.
 */
export function patternsOf(pattern: string): readonly string[] {
  return operations.get(pattern.toLowerCase()) ?? [pattern];
}

/** Source: the service authorization reference, and the pages of these operations in the API references. */
const operations: ReadonlyMap<string, readonly string[]> = new Map(
  `
dynamodb:BatchExecuteStatement = dynamodb:PartiQLSelect dynamodb:PartiQLInsert dynamodb:PartiQLUpdate dynamodb:PartiQLDelete
dynamodb:ExecuteStatement = dynamodb:PartiQLSelect dynamodb:PartiQLInsert dynamodb:PartiQLUpdate dynamodb:PartiQLDelete
dynamodb:ExecuteTransaction = dynamodb:PartiQLSelect dynamodb:PartiQLInsert dynamodb:PartiQLUpdate dynamodb:PartiQLDelete
dynamodb:TransactGetItems = dynamodb:GetItem
dynamodb:TransactWriteItems = dynamodb:PutItem dynamodb:UpdateItem dynamodb:DeleteItem dynamodb:ConditionCheckItem
kms:ReEncrypt = kms:ReEncryptFrom kms:ReEncryptTo
lambda:Invoke = lambda:InvokeFunction
lambda:InvokeWithResponseStream = lambda:InvokeFunction
s3:CompleteMultipartUpload = s3:PutObject
s3:CopyObject = s3:GetObject s3:PutObject
s3:CreateMultipartUpload = s3:PutObject
s3:DeleteObjects = s3:DeleteObject
s3:HeadBucket = s3:ListBucket
s3:HeadObject = s3:GetObject
s3:ListBuckets = s3:ListAllMyBuckets
s3:ListMultipartUploads = s3:ListBucketMultipartUploads
s3:ListObjectVersions = s3:ListBucketVersions
s3:ListObjects = s3:ListBucket
s3:ListObjectsV2 = s3:ListBucket
s3:ListParts = s3:ListMultipartUploadParts
s3:UploadPart = s3:PutObject
s3:UploadPartCopy = s3:GetObject s3:PutObject
sns:PublishBatch = sns:Publish
sqs:ChangeMessageVisibilityBatch = sqs:ChangeMessageVisibility
sqs:DeleteMessageBatch = sqs:DeleteMessage
sqs:SendMessageBatch = sqs:SendMessage
`
    .trim()
    .split('\n')
    .map((line) => {
      const [name = '', actions = ''] = line.split(' = ');
      return [name.toLowerCase(), actions.split(' ')];
    }),
);
