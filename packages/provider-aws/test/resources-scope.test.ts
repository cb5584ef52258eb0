import { expect, test } from 'vitest';
import { createAwsScope } from '../src/scope.ts';
import { resourcesOf } from './resources-reading.ts';

const here = 'us-east-1:111122223333';
const secret = `arn:aws:secretsmanager:${here}:secret`;
const logs = `arn:aws:logs:${here}:log-group`;
const instance = `arn:aws:ec2:${here}:instance/i-0123456789abcdef0`;
const key = `arn:aws:kms:${here}:key`;
const table = `arn:aws:dynamodb:${here}:table`;
const parameter = `arn:aws:ssm:${here}:parameter`;

/** Whether a scope of one pattern holds everything that a request with this content names. */
async function isInside(
  pattern: string,
  operation: string,
  json: unknown,
  accountId?: string,
): Promise<boolean> {
  const found = await resourcesOf(operation, { json }, accountId);
  const check = createAwsScope([pattern]);
  const actions =
    typeof found === 'string'
      ? [{ name: 'x:Y', ...(found === 'any' && { reach: 'any' as const }) }]
      : found.map((resource) => ({ name: 'x:Y', resource }));
  return actions.every((action) => check(action) === undefined);
}

test.each<[pattern: string, operation: string, json: unknown, expected: boolean]>([
  [`${secret}:app-??????`, 'secretsmanager:GetSecretValue', { SecretId: 'app' }, true],
  [`${secret}:app-*`, 'secretsmanager:GetSecretValue', { SecretId: 'app' }, true],
  [`${secret}:app-AbCdEf`, 'secretsmanager:GetSecretValue', { SecretId: `${secret}:app-AbCdEf` }, true],
  [`${secret}:app-AbCdEf`, 'secretsmanager:GetSecretValue', { SecretId: 'app' }, false],
  [`${secret}:app`, 'secretsmanager:GetSecretValue', { SecretId: 'app' }, false],
  [`${secret}:app-?????`, 'secretsmanager:GetSecretValue', { SecretId: 'app' }, false],
  [`${secret}:app-??????`, 'secretsmanager:GetSecretValue', { SecretId: 'app-secret' }, false],
  [`${logs}:/app`, 'cloudwatchlogs:FilterLogEvents', { logGroupName: '/app' }, true],
  [`${logs}:/app:*`, 'cloudwatchlogs:FilterLogEvents', { logGroupName: '/app' }, true],
  [`${logs}:/app:*`, 'cloudwatchlogs:FilterLogEvents', { logGroupName: '/app2' }, false],
  [`${logs}:/app/*`, 'cloudwatchlogs:FilterLogEvents', { logGroupName: '/app/a' }, true],
  [`${logs}:/app:log-stream:*`, 'cloudwatchlogs:DeleteLogGroup', { logGroupName: '/app' }, false],
  [`${logs}:/app:*`, 'cloudwatchlogs:PutLogEvents', { logGroupName: '/app', logStreamName: 's' }, true],
  [
    `${logs}:/app:log-stream:a*`,
    'cloudwatchlogs:PutLogEvents',
    { logGroupName: '/app', logStreamName: 'b' },
    false,
  ],
  [`${parameter}/app/*`, 'ssm:GetParametersByPath', { Path: '/app' }, true],
  [`${parameter}/app/*`, 'ssm:GetParametersByPath', { Path: '/app/x' }, true],
  [`${parameter}/app/x/*`, 'ssm:GetParametersByPath', { Path: '/app' }, false],
  [`${parameter}/app/?`, 'ssm:GetParametersByPath', { Path: '/app' }, false],
  [`${parameter}/app/*/x`, 'ssm:GetParametersByPath', { Path: '/app' }, false],
  [`${parameter}/*`, 'ssm:GetParametersByPath', { Path: '/' }, true],
  [`${parameter}/*`, 'ssm:GetParameter', { Name: '/aws/reference/secretsmanager/db' }, false],
  [instance, 'ec2:AssociateAddress', { InstanceId: 'i-0123456789abcdef0', PublicIp: '192.0.2.1' }, false],
  [`${key}/*`, 'kms:RetireGrant', { KeyId: 'a', GrantId: 'b' }, true],
  [`${key}/*`, 'kms:RetireGrant', { KeyId: 'a', GrantId: 'b', GrantToken: 'c' }, false],
  [`${parameter}/*`, 'ssm:GetParameter', { Name: `${parameter}/aws/reference/secretsmanager/db` }, false],
  [`${parameter}/*`, 'ssm:GetParameter', { Name: `${parameter}/aws/reference/secretsmanager/db:1` }, false],
  [`arn:aws:iam::111122223333:role/app-*`, 'iam:GetRole', { RoleName: 'app-x' }, true],
  [`arn:aws:iam::111122223333:role/team/*`, 'iam:GetRole', { RoleName: 'app-x' }, false],
  [`arn:aws:iam::111122223333:role/team/*`, 'iam:CreateRole', { RoleName: 'app-x', Path: '/team/' }, true],
  [`arn:aws:dynamodb:${here}:table/T`, 'dynamodb:Query', { TableName: 'T', IndexName: 'I' }, false],
  [`arn:aws:dynamodb:${here}:table/T/index/*`, 'dynamodb:Query', { TableName: 'T', IndexName: 'I' }, true],
  [`arn:aws:dynamodb:${here}:table/T/index/*`, 'dynamodb:Query', { TableName: 'T' }, false],
  [`arn:aws:dynamodb:${here}:table/T`, 'dynamodb:BatchGetItem', { RequestItems: { T: {}, U: {} } }, false],
  [`arn:aws:dynamodb:${here}:table/*`, 'dynamodb:ListTables', {}, false],
  [`arn:aws:dynamodb:${here}:table/T`, 'sts:GetCallerIdentity', {}, true],
  [
    `${table}/T`,
    'dynamodb:ExportTableToPointInTime',
    { TableArn: `${table}/T`, S3Bucket: 'elsewhere' },
    false,
  ],
  [`${table}/T`, 'dynamodb:DescribeTable', { TableName: `${table}/T` }, true],
])('%s holds what %s of %j names: %s', async (pattern, operation, json, expected) => {
  expect(await isInside(pattern, operation, json)).toBe(expected);
});

test('an account that nobody knows is in no pattern that says one', async () => {
  const get = (pattern: string) => isInside(pattern, 'dynamodb:GetItem', { TableName: 'T' }, '');
  expect(await get(`arn:aws:dynamodb:${here}:table/T`)).toBe(false);
  expect(await get('arn:aws:dynamodb:us-east-1:*:table/T')).toBe(true);
  expect(await get('arn:aws:dynamodb:us-east-1::table/T')).toBe(true);
  expect(await get('arn:aws:dynamodb:us-east-1:1*:table/T')).toBe(false);
});
