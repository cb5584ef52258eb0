import type { OperationModel, ResourceRule, ServiceModel } from '../src/model.ts';

/** A small service: its operations by name, each with its IAM actions, its rules and, of REST services, its route. */
export interface SmallService extends Pick<ServiceModel, 'id' | 'protocol'> {
  /** Default: the id. */
  readonly prefix?: string;
  readonly versions?: readonly string[];
  readonly targets?: readonly string[];
  readonly operations: Readonly<
    Record<string, { actions?: readonly string[]; route?: string; resources?: readonly ResourceRule[] }>
  >;
}

/** A service model by hand. A route is `GET /things/{Name}`, with constant parameters behind a `?`. */
function smallModel(service: SmallService): ServiceModel {
  const prefix = service.prefix ?? service.id;
  const operations = new Map<string, OperationModel>(
    Object.entries(service.operations).map(([name, { actions, resources }]) => [
      name,
      { name, actions: actions ?? [`${prefix}:${name}`], resources: resources ?? [] },
    ]),
  );
  return {
    id: service.id,
    prefix,
    protocol: service.protocol,
    versions: service.versions ?? [],
    targets: service.targets ?? [],
    operation: (name) => operations.get(name),
    operations: () => [...operations.keys()],
    routes: (method, path, query) =>
      [...operations.values()].flatMap((operation) => {
        const labels = fit(service.operations[operation.name]?.route ?? '', method, path, query);
        return labels === undefined ? [] : [{ operation, labels }];
      }),
  };
}

function fit(
  route: string,
  method: string,
  path: string,
  query: string,
): ReadonlyMap<string, string> | undefined {
  const [, verb, template = '', constant] = /^(\w+) ([^?]*)\??(.*)$/.exec(route) ?? [];
  if (verb !== method || (constant !== '' && !query.split('&').includes(constant ?? ''))) return undefined;
  const names = [...template.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name);
  const pattern = new RegExp(`^${template.replace(/\{\w+\}/g, '([^/]+)')}/?$`);
  const values = pattern.exec(path);
  return values === null ? undefined : new Map(names.map((name, i) => [name, values[i + 1] ?? '']));
}

const table = { variable: 'TableName', place: 'body', name: 'TableName' } as const;
const tableRule: ResourceRule = {
  arn: `arn:\${Partition}:dynamodb:\${Region}:\${Account}:table/\${TableName}`,
  members: [table],
};
const indexRule: ResourceRule = {
  arn: `arn:\${Partition}:dynamodb:\${Region}:\${Account}:table/\${TableName}/index/\${IndexName}`,
  members: [table, { variable: 'IndexName', place: 'body', name: 'IndexName' }],
};

/** Services of every protocol, in small. */
export const models = {
  dynamodb: smallModel({
    id: 'dynamodb',
    protocol: 'json',
    versions: ['2012-08-10'],
    targets: ['DynamoDB_20120810'],
    operations: {
      GetItem: { resources: [tableRule] },
      DeleteTable: { resources: [tableRule] },
      ListTables: {},
      Query: { resources: [indexRule] },
      TransactGetItems: { actions: ['dynamodb:GetItem'] },
      TransactWriteItems: { actions: ['dynamodb:PutItem', 'dynamodb:DeleteItem'] },
      ExecuteStatement: { actions: ['dynamodb:PartiQLSelect', 'dynamodb:PartiQLDelete'] },
      BatchExecuteStatement: { actions: ['dynamodb:PartiQLSelect', 'dynamodb:PartiQLDelete'] },
      ExecuteTransaction: { actions: ['dynamodb:PartiQLSelect', 'dynamodb:PartiQLDelete'] },
    },
  }),
  sqs: smallModel({
    id: 'sqs',
    protocol: 'json',
    versions: ['2012-11-05'],
    targets: ['AmazonSQS'],
    operations: { SendMessage: {}, ListQueues: {} },
  }),
  cloudwatch: smallModel({
    id: 'cloudwatch',
    protocol: 'cbor',
    versions: ['2010-08-01'],
    targets: ['GraniteServiceVersion20100801'],
    operations: { PutMetricData: {}, DescribeAlarms: {} },
  }),
  ec2: smallModel({
    id: 'ec2',
    protocol: 'ec2',
    versions: ['2016-11-15'],
    operations: { TerminateInstances: {}, DescribeInstances: {} },
  }),
  elb: smallModel({
    id: 'elb',
    prefix: 'elasticloadbalancing',
    protocol: 'query',
    versions: ['2012-06-01'],
    operations: { DescribeLoadBalancers: {}, CreateLoadBalancerListeners: {} },
  }),
  elbv2: smallModel({
    id: 'elbv2',
    prefix: 'elasticloadbalancing',
    protocol: 'query',
    versions: ['2015-12-01'],
    operations: { DescribeLoadBalancers: {}, CreateListener: {} },
  }),
  ses: smallModel({
    id: 'ses',
    protocol: 'query',
    versions: ['2010-12-01'],
    operations: { SendEmail: {} },
  }),
  sesv2: smallModel({
    id: 'sesv2',
    prefix: 'ses',
    protocol: 'rest-json',
    operations: {
      SendEmail: { route: 'POST /v2/email/outbound-emails' },
      GetAccount: { route: 'GET /v2/email/account' },
    },
  }),
  lambda: smallModel({
    id: 'lambda',
    protocol: 'rest-json',
    operations: {
      Invoke: {
        actions: ['lambda:InvokeFunction'],
        route: 'POST /2015-03-31/functions/{FunctionName}/invocations',
      },
      ListFunctions: { route: 'GET /2015-03-31/functions' },
      DeleteFunction: { route: 'DELETE /2015-03-31/functions/{FunctionName}' },
      CreateFunction: { route: 'POST /2015-03-31/functions' },
    },
  }),
  apigateway: smallModel({
    id: 'apigateway',
    protocol: 'rest-json',
    operations: {
      GetRestApi: { actions: ['apigateway:GET'], route: 'GET /restapis/{restApiId}' },
      DeleteRestApi: { actions: ['apigateway:DELETE'], route: 'DELETE /restapis/{restApiId}' },
    },
  }),
  apigatewayv2: smallModel({
    id: 'apigatewayv2',
    prefix: 'apigateway',
    protocol: 'rest-json',
    operations: { GetApi: { actions: ['apigateway:GET'], route: 'GET /v2/apis/{ApiId}' } },
  }),
  kms: smallModel({
    id: 'kms',
    protocol: 'json',
    versions: ['2014-11-01'],
    targets: ['TrentService'],
    operations: {
      ReEncrypt: { actions: ['kms:ReEncryptFrom', 'kms:ReEncryptTo'] },
      Encrypt: {
        resources: [{ arn: 'key', members: [{ variable: 'KeyId', place: 'body', name: 'KeyId' }] }],
      },
      Decrypt: {
        resources: [{ arn: 'key', members: [{ variable: 'KeyId', place: 'body', name: 'KeyId' }] }],
      },
    },
  }),
  secretsmanager: smallModel({
    id: 'secretsmanager',
    protocol: 'json',
    versions: ['2017-10-17'],
    targets: ['secretsmanager'],
    operations: {
      GetSecretValue: {
        resources: [{ arn: 'secret', members: [{ variable: 'SecretId', place: 'body', name: 'SecretId' }] }],
      },
      BatchGetSecretValue: {},
    },
  }),
  opensearch: smallModel({
    id: 'opensearch',
    prefix: 'es',
    protocol: 'rest-json',
    operations: {
      ListDomainMaintenances: { route: 'GET /2021-01-01/opensearch/domain/{DomainName}/domainMaintenances' },
    },
  }),
  iot: smallModel({
    id: 'iotdataplane',
    prefix: 'iot',
    protocol: 'rest-json',
    operations: { Publish: { route: 'POST /topics/{topic}' } },
  }),
} as const;
