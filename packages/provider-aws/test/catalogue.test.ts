import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { cpuSeconds } from '../../../test/cpu-time.ts';
import { loadModel, serviceNames, serviceText } from '../src/catalogue.ts';
import type { ServiceModel } from '../src/model.ts';

let all: readonly ServiceModel[] = [];
beforeAll(async () => {
  all = await Promise.all((await serviceNames()).map(loadModel));
});

test('has at least 380 services and 17,000 operations', () => {
  expect(all.length).toBeGreaterThan(380);
  expect(all.reduce((sum, model) => sum + model.operations().length, 0)).toBeGreaterThan(17_000);
});

test('every operation needs an action with a prefix, and every rule is whole', () => {
  for (const model of all) {
    expect(model.prefix, model.id).toMatch(/^[a-zA-Z0-9-]+$/);
    for (const name of model.operations()) {
      const operation = model.operation(name);
      expect(operation?.actions.length, `${model.id} ${name}`).toBeGreaterThan(0);
      for (const action of operation?.actions ?? []) expect(action).toMatch(/^[a-zA-Z0-9-]+:[a-zA-Z0-9_]+$/);
      for (const { arn, members } of operation?.resources ?? []) {
        expect(arn, `${model.id} ${name}`).toMatch(/^(?:[-*]$|arn:)/);
        for (const member of members) expect(member.variable !== '' && member.name !== '', arn).toBe(true);
      }
    }
  }
});

test('knows no operation of another name', async () => {
  const model = await loadModel('dynamodb');
  for (const name of ['', 'getitem', 'GetItem|', 'constructor', '__proto__'])
    expect(model.operation(name)).toBeUndefined();
  await expect(loadModel('nope')).rejects.toThrow('no service nope');
});

/** Service, operation: its actions. */
test.each([
  ['lambda', 'Invoke', 'lambda:InvokeFunction'],
  ['lambda', 'InvokeWithResponseStream', 'lambda:InvokeFunction'],
  ['lambda', 'GetLayerVersionByArn', 'lambda:GetLayerVersion'],
  ['sqs', 'SendMessageBatch', 'sqs:SendMessage'],
  ['sqs', 'ChangeMessageVisibilityBatch', 'sqs:ChangeMessageVisibility'],
  ['sns', 'PublishBatch', 'sns:Publish'],
  ['dynamodb', 'TransactGetItems', 'dynamodb:GetItem'],
  [
    'dynamodb',
    'TransactWriteItems',
    'dynamodb:ConditionCheckItem dynamodb:DeleteItem dynamodb:PutItem dynamodb:UpdateItem',
  ],
  [
    'dynamodb',
    'ExecuteStatement',
    'dynamodb:PartiQLDelete dynamodb:PartiQLInsert dynamodb:PartiQLSelect dynamodb:PartiQLUpdate',
  ],
  ['kms', 'ReEncrypt', 'kms:ReEncryptFrom kms:ReEncryptTo'],
  ['budgets', 'DescribeBudgets', 'budgets:ViewBudget'],
  ['budgets', 'DeleteBudget', 'budgets:ModifyBudget'],
  ['bedrockruntime', 'Converse', 'bedrock:InvokeModel'],
  ['bedrockruntime', 'ConverseStream', 'bedrock:InvokeModelWithResponseStream'],
  ['bedrockruntime', 'StartAsyncInvoke', 'bedrock:InvokeModel'],
  ['cloudfront', 'CreateDistributionWithTags', 'cloudfront:CreateDistribution cloudfront:TagResource'],
  ['apigatewaymanagementapi', 'PostToConnection', 'execute-api:ManageConnections'],
  ['apigateway', 'DeleteRestApi', 'apigateway:DELETE'],
  ['apigatewayv2', 'CreateApi', 'apigateway:POST'],
  ['s3control', 'PutPublicAccessBlock', 's3:PutAccountPublicAccessBlock'],
  ['cloudwatch', 'PutMetricData', 'cloudwatch:PutMetricData'],
  ['resourcegroupstaggingapi', 'GetResources', 'tag:GetResources'],
  ['iotdataplane', 'Publish', 'iot:Publish'],
  ['iotjobsdataplane', 'DescribeJobExecution', 'iotjobsdata:DescribeJobExecution'],
  ['cloudcontrol', 'CreateResource', 'cloudformation:CreateResource'],
  ['ses', 'SendEmail', 'ses:SendEmail'],
  ['sesv2', 'SendEmail', 'ses:SendEmail'],
  ['elasticloadbalancingv2', 'CreateLoadBalancer', 'elasticloadbalancing:CreateLoadBalancer'],
])('%s %s needs %s', async (id, name, actions) => {
  const model = await loadModel(id);
  expect(model.operation(name)?.actions.join(' ')).toBe(actions);
});

test.each([
  ['dynamodb', 'DynamoDB_20120810', '2012-08-10'],
  ['cloudwatch', 'GraniteServiceVersion20100801', '2010-08-01'],
  ['sqs', 'AmazonSQS', '2012-11-05'],
  ['cloudtrail', 'CloudTrail_20131101', '2013-11-01'],
])('%s is asked by the target %s and the version %s', async (id, target, version) => {
  const model = await loadModel(id);
  expect(model.targets).toContain(target);
  expect(model.versions).toContain(version);
});

/** Service, method, path, query: the operation, and its labels as the request spells them. */
const routed: readonly (readonly [string, string, string, string, string, object?])[] = [
  ['lambda', 'POST', '/2015-03-31/functions/f/invocations', 'Qualifier=1', 'Invoke', { FunctionName: 'f' }],
  ['lambda', 'GET', '/2015-03-31/functions/', '', 'ListFunctions'],
  ['lambda', 'GET', '/2015-03-31/functions', '', 'ListFunctions'],
  ['lambda', 'GET', '/2015-03-31/functions/a%3Ab%2Fc', '', 'GetFunction', { FunctionName: 'a%3Ab%2Fc' }],
  ['lambda', 'GET', '/2015-03-31/%66unctions/f', '', 'GetFunction', { FunctionName: 'f' }],
  ['cloudfront', 'POST', '/2020-05-31/distribution', '', 'CreateDistribution'],
  ['cloudfront', 'POST', '/2020-05-31/distribution', 'WithTags', 'CreateDistributionWithTags'],
  ['cloudfront', 'POST', '/2020-05-31/distribution', 'WithTags=&x=1', 'CreateDistributionWithTags'],
  ['cloudfront', 'POST', '/2016-11-25/distribution', '', 'CreateDistribution'],
  [
    'route53',
    'POST',
    '/2013-04-01/hostedzone/Z1/rrset/',
    '',
    'ChangeResourceRecordSets',
    { HostedZoneId: 'Z1' },
  ],
  ['apigateway', 'PUT', '/restapis/r/resources/s/methods/GET', '', 'PutMethod'],
  ['mediastoredata', 'PUT', '/a/b//c', '', 'PutObject', { Path: 'a/b//c' }],
  ['mediastoredata', 'PUT', '/a/b/', '', 'PutObject', { Path: 'a/b/' }],
  ['glacier', 'POST', '/-/vaults/v/archives', '', 'UploadArchive', { vaultName: 'v' }],
  ['iotdataplane', 'POST', '/topics/a%2Fb', 'qos=1', 'Publish', { topic: 'a%2Fb' }],
  ['geomaps', 'GET', '/v2/tiles/t/1/2/3', '', 'GetTile', { Tileset: 't' }],
];

test.each(routed.map((row) => ({ row, label: row.slice(0, 5).join(' ') })))(
  'routes $label',
  async ({ row }) => {
    const [id, method, path, query, name, labels = {}] = row;
    const model = await loadModel(id);
    const found = model.routes(method, path, query);
    expect(found.map(({ operation }) => operation.name)).toEqual([name]);
    expect(Object.fromEntries(found[0]?.labels ?? [])).toMatchObject(labels);
  },
);

test.each([
  ['lambda', 'PATCH', '/2015-03-31/functions', ''],
  ['lambda', 'get', '/2015-03-31/functions', ''],
  ['lambda', 'GET', '/2015-03-31/Functions', ''],
  ['lambda', 'GET', '/', ''],
  ['lambda', 'GET', '', ''],
  ['lambda', 'GET', '/2015-03-31/functions//invocations', ''],
  ['lambda', 'GET', '//2015-03-31/functions', ''],
  ['mediastoredata', 'PUT', '/', ''],
])('%s has no route for %s %s', async (id, method, path, query) => {
  const model = await loadModel(id);
  expect(model.routes(method, path, query)).toEqual([]);
});

test('every template of every service leads back to its own operation', async () => {
  for (const model of all) {
    const lines = (await serviceText(model.id)).split('\n\n')[1]?.split('\n') ?? [];
    for (const [name = '', routes = ''] of lines.map((line) => line.split('|'))) {
      for (const [, method = '', template = ''] of routes.matchAll(/([A-Z]+) (\S+)/g)) {
        const [path = '', query = ''] = template.replace(/\{[^}]+\}/g, 'xyz').split('?');
        const names = model.routes(method, path, query).map(({ operation }) => operation.name);
        expect(names, `${model.id} ${method} ${template}`).toContain(name);
      }
    }
  }
});

test.each(['GET /a/', 'PUT /a/'])(
  '%s with a label over all of a long path is found in no time',
  async (start) => {
    const [method = '', path = ''] = start.split(' ');
    const model = await loadModel('mediastoredata');
    const find = () => {
      const [found] = model.routes(method, path + 'a/'.repeat(30_000), '');
      expect(found?.labels.get('Path')).toHaveLength(60_002);
    };
    expect(await cpuSeconds(find)).toBeLessThan(1);
  },
);

test('is not in memory before a service is asked for, and takes under 5 MB for ten', () => {
  const source = JSON.stringify(join(import.meta.dirname, '../src/catalogue.ts'));
  const code = `
    const heap = () => { gc(); gc(); const { heapUsed, external } = process.memoryUsage(); return heapUsed + external; };
    const { loadModel } = await import(${source});
    const before = heap();
    for (const id of ['dynamodb', 'sqs', 'sns', 'lambda', 'kms', 'ssm', 'iam', 'ec2', 'sts', 'cloudwatchlogs']) {
      const model = await loadModel(id);
      model.operation(model.operations()[0]);
      model.routes('GET', '/', '');
    }
    console.log(heap() - before);
  `;
  const grown = execFileSync(process.execPath, ['--expose-gc', '--input-type=module', '-e', code], {
    encoding: 'utf8',
  });
  expect(Number(grown)).toBeGreaterThan(100_000);
  expect(Number(grown)).toBeLessThan(5_000_000);
});

test('keeps the services that were used last, and lets go of the others', async () => {
  const ids = await serviceNames();
  const [first = '', second = '', ...others] = ids;
  const models = [await loadModel(first), await loadModel(second)];
  for (const id of others.slice(0, 10)) await loadModel(id);
  expect(await loadModel(first)).toBe(models[0]);
  await loadModel(others[10] ?? '');
  expect(await loadModel(first)).toBe(models[0]);
  expect(await loadModel(second)).not.toBe(models[1]);
});

test('one load a service is kept, however many ask at once', async () => {
  const ids = (await serviceNames()).slice(30, 60);
  for (const id of ids) {
    const [first, second, third] = await Promise.all([id, id, id].map(loadModel));
    expect(second).toBe(first);
    expect(third).toBe(first);
  }
});
