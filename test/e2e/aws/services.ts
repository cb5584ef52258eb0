/** One call of a service, as the SDKs of JavaScript (`SendMessage`) and Python (`send_message`) name it. */
export interface ServiceCall {
  readonly op: 'call';
  readonly service: string;
  readonly operation: string;
  readonly input: Readonly<Record<string, unknown>>;
}

/** A call and the IAM action that it needs. */
export interface Case {
  readonly action: string;
  readonly call: ServiceCall;
  /** Of a call that gets through: what moto says when the thing does not exist. Left out: it succeeds. */
  readonly says?: RegExp;
  /** Of a call that is denied for its resource: the ARN. */
  readonly resource?: string;
}

const call = (service: string, operation: string, input: ServiceCall['input'] = {}): ServiceCall => ({
  op: 'call',
  service,
  operation,
  input,
});

/** Moto gives it to everybody. */
const account = '123456789012';
const queue = (name: string) => `https://sqs.us-east-1.amazonaws.com/${account}/${name}`;
const arn = (service: string, rest: string) => `arn:aws:${service}:us-east-1:${account}:${rest}`;

/** Some of every service, for JavaScript: what is allowed, in an order in which things exist before they are used. */
export const allowed: readonly Case[] = [
  { action: 'sqs:CreateQueue', call: call('sqs', 'CreateQueue', { QueueName: 'pai-jobs' }) },
  { action: 'sqs:GetQueueUrl', call: call('sqs', 'GetQueueUrl', { QueueName: 'pai-jobs' }) },
  {
    action: 'sqs:SendMessage',
    call: call('sqs', 'SendMessage', { QueueUrl: queue('pai-jobs'), MessageBody: 'a & b = c' }),
  },
  {
    action: 'sqs:SendMessage',
    call: call('sqs', 'SendMessageBatch', {
      QueueUrl: queue('pai-jobs'),
      Entries: [{ Id: '1', MessageBody: 'one of many' }],
    }),
  },
  { action: 'sqs:ReceiveMessage', call: call('sqs', 'ReceiveMessage', { QueueUrl: queue('pai-jobs') }) },
  { action: 'sns:CreateTopic', call: call('sns', 'CreateTopic', { Name: 'pai-news' }) },
  {
    action: 'sns:Publish',
    call: call('sns', 'Publish', { TopicArn: arn('sns', 'pai-news'), Message: 'ü + 100%' }),
  },
  {
    action: 'dynamodb:CreateTable',
    call: call('dynamodb', 'CreateTable', {
      TableName: 'pai-table',
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
      KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
    }),
  },
  {
    action: 'dynamodb:PutItem',
    call: call('dynamodb', 'PutItem', { TableName: 'pai-table', Item: { id: { S: '1' } } }),
  },
  {
    action: 'dynamodb:GetItem',
    call: call('dynamodb', 'GetItem', { TableName: 'pai-table', Key: { id: { S: '1' } } }),
  },
  {
    action: 'dynamodb:PutItem',
    call: call('dynamodb', 'TransactWriteItems', {
      TransactItems: [{ Put: { TableName: 'pai-table', Item: { id: { S: '2' } } } }],
    }),
  },
  {
    action: 'kinesis:CreateStream',
    call: call('kinesis', 'CreateStream', { StreamName: 'pai-stream', ShardCount: 1 }),
  },
  {
    action: 'kinesis:PutRecord',
    call: call('kinesis', 'PutRecord', {
      StreamName: 'pai-stream',
      PartitionKey: 'a',
      Data: { bytes: 'over HTTP/2' },
    }),
  },
  {
    action: 'ssm:PutParameter',
    call: call('ssm', 'PutParameter', { Name: '/pai/level', Value: '9', Type: 'String' }),
  },
  { action: 'ssm:GetParameter', call: call('ssm', 'GetParameter', { Name: '/pai/level' }) },
  {
    action: 'secretsmanager:GetSecretValue',
    call: call('secretsmanager', 'GetSecretValue', { SecretId: 'pai-secret' }),
    says: /ResourceNotFoundException/,
  },
  {
    action: 'kms:Encrypt',
    call: call('kms', 'Encrypt', { KeyId: arn('kms', 'key/pai-key'), Plaintext: { bytes: 'x' } }),
    says: /NotFoundException/,
  },
  {
    action: 'lambda:InvokeFunction',
    call: call('lambda', 'Invoke', { FunctionName: 'pai-function', Payload: { bytes: '{}' } }),
    says: /ResourceNotFoundException/,
  },
  { action: 'iam:GetUser', call: call('iam', 'GetUser', { UserName: 'pai' }) },
  {
    action: 'ec2:TerminateInstances',
    call: call('ec2', 'TerminateInstances', { InstanceIds: ['i-0123456789abcdef0'] }),
    says: /InvalidInstanceID/,
  },
];

/** What is denied by `policy.deny`, or because nothing allows it. */
export const denied: readonly Case[] = [
  { action: 'sqs:DeleteQueue', call: call('sqs', 'DeleteQueue', { QueueUrl: queue('pai-jobs') }) },
  { action: 'dynamodb:DeleteTable', call: call('dynamodb', 'DeleteTable', { TableName: 'pai-table' }) },
  { action: 'kms:Decrypt', call: call('kms', 'Decrypt', { CiphertextBlob: { bytes: 'x' } }) },
  { action: 'lambda:ListFunctions', call: call('lambda', 'ListFunctions') },
  { action: 'iam:ListUsers', call: call('iam', 'ListUsers') },
  { action: 'ec2:DescribeInstances', call: call('ec2', 'DescribeInstances') },
];

/** Allowed, but of a service that is not in `config.services`. */
export const unserved: Case = {
  action: 'cloudwatch:PutMetricData',
  call: call('cloudwatch', 'PutMetricData', {
    Namespace: 'x',
    MetricData: [{ MetricName: 'm', Value: 1 }],
  }),
};

/** What is allowed by its action and outside by its resource. */
export const outside: readonly Case[] = [
  {
    action: 'sqs:SendMessage',
    call: call('sqs', 'SendMessage', { QueueUrl: queue('other-jobs'), MessageBody: 'x' }),
    resource: arn('sqs', 'other-jobs'),
  },
  {
    action: 'sns:Publish',
    call: call('sns', 'Publish', { TopicArn: arn('sns', 'other-news'), Message: 'x' }),
    resource: arn('sns', 'other-news'),
  },
  {
    action: 'dynamodb:GetItem',
    call: call('dynamodb', 'GetItem', { TableName: 'other-table', Key: { id: { S: '1' } } }),
    resource: arn('dynamodb', 'table/other-table'),
  },
  {
    action: 'dynamodb:PutItem',
    call: call('dynamodb', 'TransactWriteItems', {
      TransactItems: [
        { Put: { TableName: 'pai-table', Item: { id: { S: '3' } } } },
        { Put: { TableName: 'other-table', Item: { id: { S: '3' } } } },
      ],
    }),
    resource: arn('dynamodb', 'table/other-table'),
  },
  {
    action: 'kinesis:PutRecord',
    call: call('kinesis', 'PutRecord', { StreamName: 'other', PartitionKey: 'a', Data: { bytes: 'x' } }),
    resource: arn('kinesis', 'stream/other'),
  },
  {
    action: 'ssm:GetParameter',
    call: call('ssm', 'GetParameter', { Name: '/other/level' }),
    resource: arn('ssm', 'parameter/other/level'),
  },
  {
    action: 'secretsmanager:GetSecretValue',
    call: call('secretsmanager', 'GetSecretValue', { SecretId: 'other-secret' }),
    resource: arn('secretsmanager', 'secret:other-secret'),
  },
  {
    action: 'kms:Encrypt',
    call: call('kms', 'Encrypt', { KeyId: arn('kms', 'key/other-key'), Plaintext: { bytes: 'x' } }),
    resource: arn('kms', 'key/other-key'),
  },
  {
    action: 'lambda:InvokeFunction',
    call: call('lambda', 'Invoke', { FunctionName: 'other-function' }),
    resource: arn('lambda', 'function:other-function'),
  },
  {
    action: 'iam:GetUser',
    call: call('iam', 'GetUser', { UserName: 'root' }),
    resource: `arn:aws:iam::${account}:user/root`,
  },
  {
    action: 'ec2:TerminateInstances',
    call: call('ec2', 'TerminateInstances', { InstanceIds: ['i-0123456789abcdef0', 'i-0123456789abcdef9'] }),
    resource: arn('ec2', 'instance/i-0123456789abcdef9'),
  },
];

/** For `pai apply`. */
export const servicesProvider = `
apiVersion: pai.io/v1
kind: Provider
metadata: {name: aws-agent}
spec:
  type: aws
  auth: {type: aws-sigv4, secretRef: aws}
  config:
    region: us-east-1
    accountId: "${account}"
    services: [sqs, sns, dynamodb, kinesis, ssm, secretsmanager, kms, lambda, iam, ec2]
  policy:
    allow: ["sqs:*", "sns:CreateTopic", "sns:Publish", "dynamodb:*Item", "dynamodb:CreateTable", "kinesis:CreateStream",
      "kinesis:PutRecord", "ssm:GetParameter", "ssm:PutParameter", "secretsmanager:GetSecretValue", "kms:Encrypt",
      "lambda:InvokeFunction", "iam:GetUser", "ec2:TerminateInstances", "cloudwatch:*"]
    deny: ["sqs:DeleteQueue"]
  scope:
    resources:
      - "${arn('sqs', 'pai-*')}"
      - "${arn('sns', 'pai-*')}"
      - "${arn('dynamodb', 'table/pai-*')}"
      - "${arn('kinesis', 'stream/pai-*')}"
      - "${arn('ssm', 'parameter/pai/*')}"
      - "${arn('secretsmanager', 'secret:pai-*')}"
      - "${arn('kms', 'key/pai-*')}"
      - "${arn('lambda', 'function:pai-*')}"
      - "arn:aws:iam::${account}:user/pai"
      - "${arn('ec2', 'instance/i-0123456789abcdef0')}"
`;

/** The other Provider takes it on. */
const role = `arn:aws:iam::${account}:role/pai-role`;

/** The same keys, by which a role is taken on first. */
export const roleProvider = `
---
apiVersion: pai.io/v1
kind: Provider
metadata: {name: aws-role}
spec:
  type: aws
  auth: {type: aws-sigv4, secretRef: aws}
  config:
    region: us-east-1
    accountId: "${account}"
    assumeRole: {roleArn: "${role}", sessionName: of-a-test}
  policy: {allow: ["sts:GetCallerIdentity", "sqs:GetQueueUrl", "ssm:PutParameter"]}
`;

/** In Python's words. */
export function inPython({ service, operation, input }: ServiceCall): ServiceCall {
  const name = operation.replace(/(?<=.)([A-Z])/g, '_$1').toLowerCase();
  return { op: 'call', service, operation: name, input: unwrapBytes(input) };
}

function unwrapBytes(input: ServiceCall['input']): ServiceCall['input'] {
  return Object.fromEntries(
    Object.entries(input).map(([key, value]) => [key, isBytes(value) ? value.bytes : value]),
  );
}

const isBytes = (value: unknown): value is { bytes: string } =>
  typeof value === 'object' && value !== null && 'bytes' in value;
