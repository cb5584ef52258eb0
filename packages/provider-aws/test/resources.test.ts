import { describe, expect, test } from 'vitest';
import { type Given, resourcesOf } from './resources-reading.ts';

const json = (value: unknown): Given => ({ json: value });
const here = 'us-east-1:111122223333';

describe('names are the ARNs that IAM judges', () => {
  const table = `arn:aws:dynamodb:${here}:table/Music`;
  const queue = `arn:aws:sqs:${here}:jobs`;
  const topic = `arn:aws:sns:${here}:news`;
  const fn = `arn:aws:lambda:${here}:function:f`;
  const uuid = '1234abcd-12ab-34cd-56ef-1234567890ab';
  const key = `arn:aws:kms:${here}:key/${uuid}`;
  const rows: [operation: string, given: Given, expected: readonly string[]][] = [
    ['dynamodb:GetItem', json({ TableName: 'Music' }), [table]],
    ['dynamodb:GetItem', json({ TableName: table }), [table]],
    [
      'dynamodb:GetItem',
      json({ TableName: 'arn:aws:dynamodb:eu-west-1:444455556666:table/Music' }),
      ['arn:aws:dynamodb:eu-west-1:444455556666:table/Music'],
    ],
    ['dynamodb:Query', json({ TableName: 'Music' }), [table]],
    ['dynamodb:Query', json({ TableName: 'Music', IndexName: 'ByArtist' }), [`${table}/index/ByArtist`]],
    ['dynamodb:Scan', json({ TableName: table, IndexName: 'ByArtist' }), [`${table}/index/ByArtist`]],
    [
      'dynamodb:BatchGetItem',
      json({ RequestItems: { Music: {}, Books: {} } }),
      [table, table.replace('Music', 'Books')],
    ],
    ['dynamodb:BatchWriteItem', json({ RequestItems: { [table]: [] } }), [table]],
    ['dynamodb:TransactGetItems', json({ TransactItems: [{ Get: { TableName: 'Music' } }] }), [table]],
    [
      'dynamodb:TransactWriteItems',
      json({ TransactItems: [{ Put: { TableName: 'Music' } }, { Delete: { TableName: 'Books' } }] }),
      [table, table.replace('Music', 'Books')],
    ],
    [
      'dynamodb:DeleteBackup',
      json({ BackupArn: `${table}/backup/01489602797149-73d8d5bc` }),
      [`${table}/backup/01489602797149-73d8d5bc`],
    ],
    [
      'dynamodb:RestoreTableFromBackup',
      json({ BackupArn: `${table}/backup/01489602797149-73d8d5bc`, TargetTableName: 'Copy' }),
      [`arn:aws:dynamodb:${here}:table/Copy`, `${table}/backup/01489602797149-73d8d5bc`],
    ],
    ['dynamodb:TagResource', json({ ResourceArn: table }), [table]],
    [
      'dynamodbstreams:DescribeStream',
      json({ StreamArn: `${table}/stream/2015-05-20T20:51:10.252` }),
      [`${table}/stream/2015-05-20T20:51:10.252`],
    ],
    ['sqs:SendMessage', json({ QueueUrl: 'https://sqs.us-east-1.amazonaws.com/111122223333/jobs' }), [queue]],
    [
      'sqs:SendMessage',
      json({ QueueUrl: 'https://sqs.us-east-1.amazonaws.com/444455556666/jobs.fifo' }),
      ['arn:aws:sqs:us-east-1:444455556666:jobs.fifo'],
    ],
    ['sqs:SendMessageBatch', json({ QueueUrl: 'https://queue.amazonaws.com/111122223333/jobs' }), [queue]],
    ['sqs:CreateQueue', json({ QueueName: 'jobs' }), [queue]],
    [
      'sqs:GetQueueUrl',
      json({ QueueName: 'jobs', QueueOwnerAWSAccountId: '444455556666' }),
      ['arn:aws:sqs:us-east-1:444455556666:jobs'],
    ],
    [
      'sqs:StartMessageMoveTask',
      json({ SourceArn: queue, DestinationArn: `${queue}2` }),
      [queue, `${queue}2`],
    ],
    ['sns:Publish', json({ TopicArn: topic }), [topic]],
    ['sns:Publish', json({ TargetArn: topic }), [topic]],
    ['sns:PublishBatch', json({ TopicArn: topic }), [topic]],
    ['sns:CreateTopic', json({ Name: 'news' }), [topic]],
    ['sns:Unsubscribe', json({ SubscriptionArn: `${topic}:${uuid}` }), [topic]],
    ['lambda:Invoke', { labels: { FunctionName: 'f' } }, [fn]],
    ['lambda:Invoke', { labels: { FunctionName: 'f' }, query: [['Qualifier', 'PROD']] }, [`${fn}:PROD`]],
    ['lambda:Invoke', { labels: { FunctionName: 'f:$LATEST' } }, [`${fn}:$LATEST`]],
    [
      'lambda:Invoke',
      { labels: { FunctionName: '444455556666:function:f:1' } },
      ['arn:aws:lambda:us-east-1:444455556666:function:f:1'],
    ],
    ['lambda:Invoke', { labels: { FunctionName: fn }, query: [['Qualifier', '1']] }, [`${fn}:1`]],
    ['lambda:CreateFunction', json({ FunctionName: 'f' }), [fn]],
    [
      'lambda:DeleteEventSourceMapping',
      { labels: { UUID: uuid } },
      [`arn:aws:lambda:${here}:event-source-mapping:${uuid}`],
    ],
    [
      'lambda:GetLayerVersion',
      { labels: { LayerName: 'l', VersionNumber: '3' } },
      [`arn:aws:lambda:${here}:layer:l:3`],
    ],
    ['kms:Encrypt', json({ KeyId: uuid }), [key]],
    [
      'kms:Encrypt',
      json({ KeyId: 'mrk-1234abcd12ab34cd56ef1234567890ab' }),
      [`arn:aws:kms:${here}:key/mrk-1234abcd12ab34cd56ef1234567890ab`],
    ],
    ['kms:Encrypt', json({ KeyId: 'alias/app' }), [`arn:aws:kms:${here}:alias/app`]],
    ['kms:Encrypt', json({ KeyId: `arn:aws:kms:${here}:alias/app` }), [`arn:aws:kms:${here}:alias/app`]],
    [
      'kms:CreateAlias',
      json({ AliasName: 'alias/app', TargetKeyId: uuid }),
      [`arn:aws:kms:${here}:alias/app`, key],
    ],
    [
      'kms:ReEncrypt',
      json({ SourceKeyId: uuid, DestinationKeyId: 'alias/app' }),
      [key, `arn:aws:kms:${here}:alias/app`],
    ],
    [
      'secretsmanager:GetSecretValue',
      json({ SecretId: 'prod/db' }),
      [`arn:aws:secretsmanager:${here}:secret:prod/db-??????`],
    ],
    [
      'secretsmanager:GetSecretValue',
      json({ SecretId: `arn:aws:secretsmanager:${here}:secret:prod/db-AbCdEf` }),
      [`arn:aws:secretsmanager:${here}:secret:prod/db-AbCdEf`],
    ],
    [
      'secretsmanager:GetSecretValue',
      json({ SecretId: `arn:aws:secretsmanager:${here}:secret:prod/db` }),
      [`arn:aws:secretsmanager:${here}:secret:prod/db-??????`],
    ],
    [
      'secretsmanager:CreateSecret',
      json({ Name: 'prod/db' }),
      [`arn:aws:secretsmanager:${here}:secret:prod/db-??????`],
    ],
    ['ssm:GetParameter', json({ Name: '/app/db' }), [`arn:aws:ssm:${here}:parameter/app/db`]],
    ['ssm:GetParameter', json({ Name: 'db' }), [`arn:aws:ssm:${here}:parameter/db`]],
    ['ssm:GetParameter', json({ Name: '/app/db:3' }), [`arn:aws:ssm:${here}:parameter/app/db`]],
    [
      'ssm:GetParameter',
      json({ Name: `arn:aws:ssm:${here}:parameter/app/db` }),
      [`arn:aws:ssm:${here}:parameter/app/db`],
    ],
    [
      'ssm:GetParameters',
      json({ Names: ['/a', '/b/c:prod'] }),
      [`arn:aws:ssm:${here}:parameter/a`, `arn:aws:ssm:${here}:parameter/b/c`],
    ],
    ['ssm:GetParametersByPath', json({ Path: '/app/' }), [`arn:aws:ssm:${here}:parameter/app/*`]],
    ['ssm:GetParametersByPath', json({ Path: '/' }), [`arn:aws:ssm:${here}:parameter/*`]],
    [
      'ssm:GetParameter',
      json({ Name: '/aws/reference/secretsmanager/prod/db' }),
      [
        `arn:aws:ssm:${here}:parameter/aws/reference/secretsmanager/prod/db`,
        `arn:aws:secretsmanager:${here}:secret:prod/db-??????`,
      ],
    ],
    [
      'ssm:SendCommand',
      json({
        DocumentName: 'AWS-RunShellScript',
        InstanceIds: ['i-0123456789abcdef0', 'mi-0123456789abcdef0'],
      }),
      [
        'arn:aws:ssm:us-east-1::document/AWS-RunShellScript',
        `arn:aws:ec2:${here}:instance/i-0123456789abcdef0`,
        `arn:aws:ssm:${here}:managed-instance/mi-0123456789abcdef0`,
      ],
    ],
    [
      'ssm:StartSession',
      json({ Target: 'i-0123456789abcdef0' }),
      [`arn:aws:ec2:${here}:instance/i-0123456789abcdef0`],
    ],
    ['kinesis:PutRecord', json({ StreamName: 's' }), [`arn:aws:kinesis:${here}:stream/s`]],
    [
      'kinesis:PutRecords',
      json({ StreamARN: `arn:aws:kinesis:${here}:stream/s` }),
      [`arn:aws:kinesis:${here}:stream/s`],
    ],
    ['kinesis:UpdateShardCount', json({ StreamName: 's' }), [`arn:aws:kinesis:${here}:stream/s`]],
    [
      'kinesis:DeregisterStreamConsumer',
      json({ ConsumerARN: `arn:aws:kinesis:${here}:stream/s/consumer/c:1525898737` }),
      [`arn:aws:kinesis:${here}:stream/s/consumer/c:1525898737`],
    ],
    [
      'eventbridge:PutEvents',
      json({ Entries: [{}, { EventBusName: 'orders' }] }),
      [`arn:aws:events:${here}:event-bus/default`, `arn:aws:events:${here}:event-bus/orders`],
    ],
    ['eventbridge:PutRule', json({ Name: 'r' }), [`arn:aws:events:${here}:rule/r`]],
    ['eventbridge:PutRule', json({ Name: 'r', EventBusName: 'default' }), [`arn:aws:events:${here}:rule/r`]],
    [
      'eventbridge:PutTargets',
      json({ Rule: 'r', EventBusName: 'orders' }),
      [`arn:aws:events:${here}:rule/orders/r`],
    ],
    [
      'eventbridge:PutRule',
      json({ Name: 'r', EventBusName: 'arn:aws:events:us-east-1:444455556666:event-bus/orders' }),
      ['arn:aws:events:us-east-1:444455556666:rule/orders/r'],
    ],
    [
      'sfn:StartExecution',
      json({ stateMachineArn: `arn:aws:states:${here}:stateMachine:m:prod` }),
      [`arn:aws:states:${here}:stateMachine:m:prod`],
    ],
    ['sfn:CreateStateMachine', json({ name: 'm' }), [`arn:aws:states:${here}:stateMachine:m`]],
    [
      'sfn:StopExecution',
      json({ executionArn: `arn:aws:states:${here}:execution:m:e` }),
      [`arn:aws:states:${here}:execution:m:e`],
    ],
    ['ecr:PutImage', json({ repositoryName: 'team/app' }), [`arn:aws:ecr:${here}:repository/team/app`]],
    [
      'ecr:BatchGetImage',
      json({ repositoryName: 'app', registryId: '444455556666' }),
      ['arn:aws:ecr:us-east-1:444455556666:repository/app'],
    ],
    [
      'ecr:DescribeRepositories',
      json({ repositoryNames: ['a', 'b'] }),
      [`arn:aws:ecr:${here}:repository/a`, `arn:aws:ecr:${here}:repository/b`],
    ],
    [
      'cloudwatchlogs:CreateLogGroup',
      json({ logGroupName: '/aws/lambda/f' }),
      [`arn:aws:logs:${here}:log-group:/aws/lambda/f`],
    ],
    [
      'cloudwatchlogs:FilterLogEvents',
      json({ logGroupIdentifier: `arn:aws:logs:${here}:log-group:/g:*` }),
      [`arn:aws:logs:${here}:log-group:/g`],
    ],
    [
      'cloudwatchlogs:PutLogEvents',
      json({ logGroupName: '/g', logStreamName: '2026/11/22/[$LATEST]abc' }),
      [`arn:aws:logs:${here}:log-group:/g:log-stream:2026/11/22/[$LATEST]abc`],
    ],
    [
      'cloudwatchlogs:GetLogEvents',
      json({ logGroupName: '/g', logStreamName: 's' }),
      [`arn:aws:logs:${here}:log-group:/g:log-stream:s`],
    ],
    [
      'cloudwatchlogs:GetLogEvents',
      json({ logGroupIdentifier: `arn:aws:logs:${here}:log-group:/g`, logStreamName: 's' }),
      [`arn:aws:logs:${here}:log-group:/g:log-stream:s`],
    ],
    [
      'cloudwatchlogs:GetLogEvents',
      json({ logGroupName: '/a', logGroupIdentifier: '/b', logStreamName: 's' }),
      [`arn:aws:logs:${here}:log-group:/a:log-stream:s`, `arn:aws:logs:${here}:log-group:/b:log-stream:s`],
    ],
    [
      'guardduty:CreateFilter',
      { json: { name: 'f' }, labels: { DetectorId: 'd1' } },
      [`arn:aws:guardduty:${here}:detector/d1/filter/f`],
    ],
    [
      'kafka:RejectClientVpcConnection',
      {
        json: { vpcConnectionArn: `arn:aws:kafka:${here}:vpc-connection/111122223333/c/u-1` },
        labels: { ClusterArn: `arn:aws:kafka:${here}:cluster/c/u-1` },
      },
      [`arn:aws:kafka:${here}:cluster/c/u-1`, `arn:aws:kafka:${here}:vpc-connection/111122223333/c/u-1`],
    ],
    [
      'cloudwatchlogs:StartQuery',
      json({ logGroupNames: ['/a', '/b'], queryString: 'fields @message' }),
      [`arn:aws:logs:${here}:log-group:/a`, `arn:aws:logs:${here}:log-group:/b`],
    ],
    ['iam:GetRole', json({ RoleName: 'app' }), ['arn:aws:iam::111122223333:role/app']],
    [
      'iam:CreateRole',
      json({ RoleName: 'app', Path: '/team/' }),
      ['arn:aws:iam::111122223333:role/team/app'],
    ],
    [
      'iam:UpdateUser',
      json({ UserName: 'a', NewUserName: 'b', NewPath: '/x/' }),
      ['arn:aws:iam::111122223333:user/a', 'arn:aws:iam::111122223333:user/x/b'],
    ],
    [
      'iam:GetPolicy',
      json({ PolicyArn: 'arn:aws:iam::aws:policy/job-function/Billing' }),
      ['arn:aws:iam::aws:policy/job-function/Billing'],
    ],
    [
      'iam:CreateOpenIDConnectProvider',
      json({ Url: 'https://oidc.example.com/id/AB' }),
      ['arn:aws:iam::111122223333:oidc-provider/oidc.example.com/id/AB'],
    ],
    [
      'ec2:TerminateInstances',
      json({ InstanceId: ['i-0123456789abcdef0', 'i-0123456789abcdef1'] }),
      [
        `arn:aws:ec2:${here}:instance/i-0123456789abcdef0`,
        `arn:aws:ec2:${here}:instance/i-0123456789abcdef1`,
      ],
    ],
    [
      'ec2:StartInstances',
      json({ InstanceId: ['i-0123456789abcdef0'] }),
      [`arn:aws:ec2:${here}:instance/i-0123456789abcdef0`],
    ],
    [
      'ec2:UnassignIpv6Addresses',
      json({ NetworkInterfaceId: 'eni-0123456789abcdef0' }),
      [`arn:aws:ec2:${here}:network-interface/eni-0123456789abcdef0`],
    ],
    [
      'ec2:CreateStoreImageTask',
      json({ ImageId: 'ami-0123456789abcdef0', Bucket: 'b' }),
      ['arn:aws:ec2:us-east-1::image/ami-0123456789abcdef0'],
    ],
    [
      'ec2:AttachVolume',
      json({ InstanceId: 'i-0123456789abcdef0', VolumeId: 'vol-0123456789abcdef0' }),
      [
        `arn:aws:ec2:${here}:instance/i-0123456789abcdef0`,
        `arn:aws:ec2:${here}:volume/vol-0123456789abcdef0`,
      ],
    ],
    [
      'ec2:DeleteSnapshot',
      json({ SnapshotId: 'snap-0123456789abcdef0' }),
      ['arn:aws:ec2:us-east-1::snapshot/snap-0123456789abcdef0'],
    ],
    [
      'ec2:AuthorizeSecurityGroupIngress',
      json({ GroupId: 'sg-0123456789abcdef0' }),
      [`arn:aws:ec2:${here}:security-group/sg-0123456789abcdef0`],
    ],
    [
      'ec2:CreateTags',
      json({ ResourceId: ['vpc-0123456789abcdef0', 'ami-0123456789abcdef0'] }),
      [`arn:aws:ec2:${here}:vpc/vpc-0123456789abcdef0`, 'arn:aws:ec2:us-east-1::image/ami-0123456789abcdef0'],
    ],
    ['rds:StopDBInstance', json({ DBInstanceIdentifier: 'Main' }), [`arn:aws:rds:${here}:db:main`]],
    [
      'acm:DescribeCertificate',
      json({ CertificateArn: `arn:aws:acm:${here}:certificate/${uuid}` }),
      [`arn:aws:acm:${here}:certificate/${uuid}`],
    ],
    ['codecommit:GetRepository', json({ repositoryName: 'r' }), [`arn:aws:codecommit:${here}:r`]],
  ];
  test.each(rows)('%s of %j', async (operation, given, expected) => {
    const found = await resourcesOf(operation, given);
    expect(typeof found === 'string' ? found : [...found].sort()).toEqual([...expected].sort());
  });
});

describe('what is not named can be any', () => {
  const rows: [operation: string, given: Given][] = [
    ['dynamodb:ListTables', {}],
    ['dynamodb:ListExports', json({})],
    ['dynamodb:GetItem', json({})],
    ['cloudwatchlogs:GetLogEvents', json({ logStreamName: 's' })],
    ['dynamodb:BatchGetItem', json({ RequestItems: {} })],
    [
      'dynamodbstreams:GetRecords',
      json({ ShardIterator: 'arn:aws:dynamodb:us-east-1:1:table/T/stream/L|1|x' }),
    ],
    ['sqs:ListQueues', json({})],
    ['sqs:CancelMessageMoveTask', json({ TaskHandle: 'x' })],
    ['sns:Publish', json({ PhoneNumber: '+15555550100' })],
    ['sns:Publish', json({ TopicArn: `arn:aws:sns:${here}:news`, PhoneNumber: '+15555550100' })],
    ['sns:Publish', json({ TargetArn: `arn:aws:sns:${here}:endpoint/APNS/app/1` })],
    ['lambda:ListFunctions', {}],
    ['lambda:CreateEventSourceMapping', json({ FunctionName: 'f' })],
    ['kms:Decrypt', json({ CiphertextBlob: 'x' })],
    ['kms:DeleteAlias', json({ AliasName: 'alias/app' })],
    ['secretsmanager:ListSecrets', json({})],
    ['secretsmanager:BatchGetSecretValue', json({ Filters: [{ Key: 'name', Values: ['x'] }] })],
    ['ssm:DescribeParameters', json({})],
    ['ssm:SendCommand', json({ DocumentName: 'd', Targets: [{ Key: 'tag:a', Values: ['b'] }] })],
    ['eventbridge:PutEvents', json({ EndpointId: 'x.y', Entries: [{ EventBusName: 'b' }] })],
    ['cloudwatchlogs:DescribeLogGroups', json({})],
    ['cloudwatchlogs:GetQueryResults', json({ queryId: 'x' })],
    [
      'cloudwatchlogs:StartQuery',
      json({ logGroupName: '/g', queryString: 'SOURCE logGroups() | fields @message' }),
    ],
    ['cloudwatchlogs:StartQuery', json({ logGroupName: '/g', queryLanguage: 'SQL', queryString: 'x' })],
    ['iam:GetUser', json({})],
    ['iam:CreateServiceLinkedRole', json({ AWSServiceName: 'x.amazonaws.com' })],
    ['ec2:DescribeInstances', json({ InstanceId: ['i-0123456789abcdef0'] })],
    ['ec2:RunInstances', json({ ImageId: 'ami-0123456789abcdef0' })],
    ['ec2:CreateTags', json({ ResourceId: ['new-0123456789abcdef0'] })],
    ['ec2:DeleteSecurityGroup', json({ GroupName: 'g' })],
    ['glue:GetTable', json({ CatalogId: '444455556666', DatabaseName: 'd', Name: 't' })],
  ];
  test.each(rows)('%s of %j', async (operation, given) => {
    expect(await resourcesOf(operation, given)).toBe('any');
  });
});

test.each([
  'sts:GetCallerIdentity',
  'kms:GenerateRandom',
  'secretsmanager:GetRandomPassword',
  'dynamodb:DescribeEndpoints',
])('%s touches nothing', async (operation) => {
  expect(await resourcesOf(operation, json({}))).toBe('none');
});

describe('what the service would refuse is unresolved', () => {
  const rows: [operation: string, given: Given][] = [
    ['dynamodb:GetItem', json({ TableName: '' })],
    ['dynamodb:GetItem', json({ TableName: 5 })],
    ['dynamodb:GetItem', json({ TableName: ['Music'] })],
    ['dynamodb:GetItem', json({ TableName: { S: 'Music' } })],
    ['dynamodb:GetItem', json({ tablename: 'Music' })],
    ['dynamodb:GetItem', json({ TableName: 'Music/index/x' })],
    ['dynamodb:GetItem', json({ TableName: 'Mu*' })],
    ['dynamodb:GetItem', json({ TableName: 'Mu?ic' })],
    ['dynamodb:GetItem', json({ TableName: 'Мusic' })],
    ['dynamodb:GetItem', json({ TableName: 'Music ' })],
    ['dynamodb:GetItem', json({ TableName: 'arn:aws:dynamodb:us-east-1:111122223333:table/*' })],
    ['dynamodb:GetItem', json({ TableName: 'arn:aws:s3:us-east-1:111122223333:table/Music' })],
    ['dynamodb:GetItem', json({ TableName: `arn:aws:dynamodb:${here}:table/Music/index/I` })],
    ['dynamodb:GetItem', json({ TableName: 'arn:aws:dynamodb:us-east-1::table/Music' })],
    ['dynamodb:BatchGetItem', json({ RequestItems: { 'Music/x': {} } })],
    ['dynamodb:BatchGetItem', json({ RequestItems: ['Music'] })],
    ['sqs:SendMessage', json({ QueueUrl: 'jobs' })],
    ['sqs:SendMessage', json({ QueueUrl: 'https://sqs.eu-west-1.amazonaws.com/111122223333/jobs' })],
    ['sqs:SendMessage', json({ QueueUrl: 'https://example.com/111122223333/jobs' })],
    ['sqs:SendMessage', json({ QueueUrl: 'https://sqs.us-east-1.amazonaws.com/111122223333/jobs/../other' })],
    ['sqs:SendMessage', json({ QueueUrl: 'https://sqs.us-east-1.amazonaws.com/111122223333/jobs?x=/1/y' })],
    ['sns:Publish', json({ TopicArn: `arn:aws:sqs:${here}:news` })],
    ['sns:Publish', json({ TopicArn: 'news' })],
    ['lambda:Invoke', { labels: { FunctionName: 'function:f' } }],
    ['lambda:Invoke', { labels: { FunctionName: '444455556666:f' } }],
    ['lambda:Invoke', { labels: { FunctionName: 'f:1' }, query: [['Qualifier', '2']] }],
    [
      'lambda:Invoke',
      {
        labels: { FunctionName: 'f' },
        query: [
          ['Qualifier', '1'],
          ['Qualifier', '2'],
        ],
      },
    ],
    ['lambda:Invoke', { labels: { FunctionName: 'f*' } }],
    ['kms:Encrypt', json({ KeyId: 'alias/a*' })],
    ['kms:Encrypt', json({ KeyId: 'key/x' })],
    ['secretsmanager:GetSecretValue', json({ SecretId: 'a?' })],
    ['ssm:GetParameter', json({ Name: 'app/db' })],
    ['ssm:GetParameter', json({ Name: '/app//db' })],
    ['ssm:GetParameter', json({ Name: '/app/*' })],
    ['ssm:GetParametersByPath', json({ Path: 'app' })],
    ['kinesis:PutRecord', json({ StreamName: 's/consumer/c:1' })],
    ['eventbridge:PutRule', json({ Name: 'a/b' })],
    ['sfn:StartExecution', json({ stateMachineArn: `arn:aws:lambda:${here}:function:m` })],
    ['ecr:PutImage', json({ repositoryName: 'app', registryId: '*' })],
    ['cloudwatchlogs:PutLogEvents', json({ logGroupName: '/g', logStreamName: 'a:b' })],
    ['cloudwatchlogs:CreateLogGroup', json({ logGroupName: '/g:log-stream:x' })],
    ['iam:GetRole', json({ RoleName: 'a/b' })],
    ['iam:CreateRole', json({ RoleName: 'a', Path: '/x/../' + '*/' })],
    ['ec2:TerminateInstances', json({ InstanceId: 5 })],
  ];
  test.each(rows)('%s of %j', async (operation, given) => {
    await expect(resourcesOf(operation, given)).rejects.toMatchObject({ code: 'malformed_request' });
  });
});

test('without an account in the request, the host or the configuration, the ARN has none', async () => {
  expect(await resourcesOf('dynamodb:GetItem', json({ TableName: 'Music' }), '')).toEqual([
    'arn:aws:dynamodb:us-east-1::table/Music',
  ]);
  expect(await resourcesOf('eventbridge:PutRule', json({ Name: 'r', EventBusName: 'b' }), '')).toEqual([
    'arn:aws:events:us-east-1::rule/b/r',
  ]);
  expect(await resourcesOf('lambda:Invoke', { labels: { FunctionName: 'f' } }, '')).toEqual([
    'arn:aws:lambda:us-east-1::function:f',
  ]);
});
