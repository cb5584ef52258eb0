import { CloudWatchClient, PutMetricDataCommand } from '@aws-sdk/client-cloudwatch';
import {
  CreateTableCommand,
  DeleteTableCommand,
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  TransactWriteItemsCommand,
} from '@aws-sdk/client-dynamodb';
import { DescribeInstancesCommand, EC2Client, TerminateInstancesCommand } from '@aws-sdk/client-ec2';
import { GetUserCommand, IAMClient, ListUsersCommand } from '@aws-sdk/client-iam';
import { CreateStreamCommand, KinesisClient, PutRecordCommand } from '@aws-sdk/client-kinesis';
import { DecryptCommand, EncryptCommand, KMSClient } from '@aws-sdk/client-kms';
import { InvokeCommand, LambdaClient, ListFunctionsCommand } from '@aws-sdk/client-lambda';
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { CreateTopicCommand, PublishCommand, SNSClient } from '@aws-sdk/client-sns';
import {
  CreateQueueCommand,
  DeleteQueueCommand,
  GetQueueUrlCommand,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { GetParameterCommand, PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { AssumeRoleCommand, GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { runSteps } from './steps.mjs';

const clients = {
  cloudwatch: [CloudWatchClient, { PutMetricDataCommand }],
  dynamodb: [
    DynamoDBClient,
    { CreateTableCommand, DeleteTableCommand, GetItemCommand, PutItemCommand, TransactWriteItemsCommand },
  ],
  ec2: [EC2Client, { DescribeInstancesCommand, TerminateInstancesCommand }],
  iam: [IAMClient, { GetUserCommand, ListUsersCommand }],
  kinesis: [KinesisClient, { CreateStreamCommand, PutRecordCommand }],
  kms: [KMSClient, { EncryptCommand, DecryptCommand }],
  lambda: [LambdaClient, { InvokeCommand, ListFunctionsCommand }],
  secretsmanager: [SecretsManagerClient, { GetSecretValueCommand }],
  sns: [SNSClient, { CreateTopicCommand, PublishCommand }],
  sqs: [
    SQSClient,
    {
      CreateQueueCommand,
      DeleteQueueCommand,
      GetQueueUrlCommand,
      ReceiveMessageCommand,
      SendMessageBatchCommand,
      SendMessageCommand,
    },
  ],
  ssm: [SSMClient, { GetParameterCommand, PutParameterCommand }],
  sts: [STSClient, { AssumeRoleCommand, GetCallerIdentityCommand }],
};
const made = new Map();

/** A step names a service, an operation and its input. Bytes are spelled `{"bytes": "…"}`. */
await runSteps({
  async call({ service, operation, input }) {
    const [Client, commands] = clients[service];
    const client = made.get(service) ?? new Client(process.env.REGION ? { region: process.env.REGION } : {});
    made.set(service, client);
    const { $metadata: _, ...output } = await client.send(new commands[`${operation}Command`](bytes(input)));
    return output;
  },
});

function bytes(value) {
  if (typeof value !== 'object' || value === null) return value;
  if (typeof value.bytes === 'string') return Buffer.from(value.bytes);
  if (Array.isArray(value)) return value.map(bytes);
  return Object.fromEntries(Object.entries(value).map(([key, of]) => [key, bytes(of)]));
}
