import { account, arnOf, isArnMember, namedType, type ResourceType, variablesOf } from './arns.ts';
import { sampleInput } from './sample.ts';
import { type Schema, shapeOf } from './schema.ts';

/** Where the clients of the sweep believe to be. */
export const region = 'eu-west-1';

const outpost = `arn:aws:s3-outposts:${region}:${account}:outpost/op-01ac5d28a6a232904`;
const key = { id: { S: '1' } };

/** Inputs that a schema cannot tell: what a request does is in its content, or values have a form of their own. */
const written: Readonly<Record<string, Record<string, unknown>>> = {
  'client-dynamodb TransactWriteItems': {
    TransactItems: [{ Delete: { TableName: 'tablename-1', Key: key } }],
  },
  'client-dynamodb TransactGetItems': { TransactItems: [{ Get: { TableName: 'tablename-1', Key: key } }] },
  'client-dynamodb ExecuteStatement': { Statement: `SELECT * FROM "tablename-1" WHERE id = '1'` },
  'client-dynamodb BatchExecuteStatement': {
    Statements: [{ Statement: `DELETE FROM "tablename-1" WHERE id = '1'` }],
  },
  'client-dynamodb ExecuteTransaction': {
    TransactStatements: [{ Statement: `UPDATE "tablename-1" SET a = 1 WHERE id = '1'` }],
  },
  'client-dynamodb BatchGetItem': { RequestItems: { 'tablename-1': { Keys: [key] } } },
  'client-dynamodb BatchWriteItem': { RequestItems: { 'tablename-1': [{ DeleteRequest: { Key: key } }] } },
  'client-cloudwatch-logs GetLogEvents': { logGroupName: 'loggroupname-1', logStreamName: 'logstreamname-1' },
  'client-s3 CreateSession': { Bucket: 'my-bucket--euw1-az1--x-s3' },
  'client-s3 RenameObject': {
    Bucket: 'my-bucket--euw1-az1--x-s3',
    Key: 'key-1',
    RenameSource: '/my-bucket--euw1-az1--x-s3/key-2',
    ClientToken: 'token-1',
  },
  'client-s3-control CreateBucket': { Bucket: 'my-bucket', OutpostId: 'op-01ac5d28a6a232904' },
  'client-s3-control ListRegionalBuckets': { AccountId: account, OutpostId: 'op-01ac5d28a6a232904' },
};

/** The input that is written down for an operation, which both SDKs spell the same. */
export function writtenInput(client: string, operation: string): Record<string, unknown> | undefined {
  return written[`${sdk3Name(client)} ${operation}`];
}

function sdk3Name(client: string): string {
  if (client.startsWith('v2 S3Control ')) return 'client-s3-control';
  if (client.startsWith('v2 CloudWatchLogs ')) return 'client-cloudwatch-logs';
  return client === 'v2 DynamoDB 2012-08-10' ? 'client-dynamodb' : client;
}

/** Values by the member's name, for clients that check a form. */
const formed: Readonly<Record<string, string>> = {
  accountid: account,
  bucket: 'my-bucket',
  copysource: 'source-bucket/key-2',
  predictendpoint: `https://realtime.machinelearning.${region}.amazonaws.com`,
  aliasname: 'alias/alias-1',
  graphidentifier: 'g-0123456789',
  mrap: `arn:aws:s3::${account}:accesspoint/mfzwi23gnjvgw.mrap`,
  serialnumber: `arn:aws:iam::${account}:mfa/mfa-1`,
  subscriptionarn: `arn:aws:sns:${region}:${account}:topicname-1:0d5a0f4e-3c35-4c38-9d3c-2f4d2a0b5a11`,
  url: 'https://oidc.example.com/id',
  outpostid: 'op-01ac5d28a6a232904',
  queueurl: `https://sqs.${region}.amazonaws.com/${account}/queuename-1`,
  rolearn: `arn:aws:iam::${account}:role/role-1`,
};

/** Words in ARNs that a client reads before it sends anything. */
const kinds: Readonly<Record<string, string>> = {
  accountid: account,
  clusterowneraccount: account,
  kinesis: 'stream',
  layerversion: '1',
  streamtype: 'stream',
  vpcowneraccount: account,
};

/** The value of a text member, for the actions' kinds of resource. The same name always gets the same value. */
export function valueFor(client: string, operation: string, types: readonly ResourceType[]) {
  const isS3Control = /^(?:client-s3-control$|v2 S3Control )/.test(client);
  return (member: string): string => {
    const name = member.toLowerCase();
    if (isS3Control && name === 'bucket' && /Bucket/.test(operation)) return `${outpost}/bucket/my-bucket`;
    if (isS3Control && name === 'name' && /Scope$/.test(operation)) return 'ap--euw1-az1--xa-s3';
    if (name === 'path' && operation === 'GetParametersByPath') return '/path-1';
    const value = formed[name];
    if (value !== undefined) return value;
    if (!isArnMember(member) && !(name === 'resource' && /lambda/i.test(client))) return `${name}-1`;
    const type = namedType(member, types) ?? types.find(({ isRequired }) => isRequired) ?? types[0];
    const service = client.replace(/^client-|^v2 | .*$/g, '').toLowerCase();
    if (type === undefined)
      return `arn:aws:${service}:${region}:${account}:${kinds[service] ?? 'thing'}/${name}-1`;
    return arnOf(type.template, region, (variable) => kinds[variable] ?? `${variable}-1`);
  };
}

/** The input of one call: required members, and those that name what the action works on when no required one does. */
export function inputFor(
  client: string,
  operation: string,
  input: Schema,
  types: readonly ResourceType[],
): Record<string, unknown> {
  const ready = writtenInput(client, operation);
  if (ready !== undefined) return ready;
  const shape = shapeOf(input);
  const members = shape.kind === 'structure' ? shape.members : [];
  const names = new Set(types.flatMap(({ template }) => variablesOf(template)));
  const isNaming = (member: string) =>
    names.has(member.toLowerCase()) || (isArnMember(member) && namedType(member, types) !== undefined);
  const isNamed = members.some(
    ({ name, isRequired }) => isRequired && (isNaming(name) || /(?:id|name|identifier)s?$/i.test(name)),
  );
  return sampleInput(
    { name: operation, input },
    { textFor: valueFor(client, operation, types), isWanted: (member) => !isNamed && isNaming(member) },
  );
}

/**
 * The ARN that a call surely names: its action takes one required kind of resource, and an outermost member is that
 * kind's ARN or each of its variables. Nothing where that cannot be told.
 */
export function expectedResource(
  input: Readonly<Record<string, unknown>>,
  types: readonly ResourceType[],
): string | undefined {
  const required = types.filter(({ isRequired }) => isRequired);
  const type = required[0];
  if (type === undefined || required.length > 1 || /\*|\$\{Vendor\}/.test(type.template)) return undefined;
  const texts = new Map(
    Object.entries(input).flatMap(([name, value]) =>
      typeof value === 'string' ? [[name.toLowerCase(), value]] : [],
    ),
  );
  for (const [name, value] of texts) {
    if (isArnMember(name) && namedType(name, [type]) !== undefined) return value;
  }
  const queue = texts.get('queueurl')?.split('/').at(-1);
  const values = new Map([...texts, ['bucketname', texts.get('bucket')], ['objectname', texts.get('key')]]);
  if (queue !== undefined) values.set('queuename', queue);
  const names = variablesOf(type.template);
  if (names.length === 0 || names.some((name) => values.get(name) === undefined)) return undefined;
  if (names.some((name) => values.get(name)?.startsWith('arn:'))) return undefined;
  // An id of what? Something else in the request may have the longer name.
  if (names.includes('id') && [...texts.keys()].some((name) => name.endsWith('id') && name !== 'id'))
    return undefined;
  // Secrets Manager adds six characters that only it knows.
  const suffix = type.prefix === 'secretsmanager' ? '-??????' : '';
  return arnOf(type.template, region, (name) => values.get(name) ?? '') + suffix;
}
