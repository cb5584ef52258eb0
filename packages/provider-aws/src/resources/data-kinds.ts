import { parseArn } from './arn.ts';
import { isArnOf, type Kind, nameOrArn, written } from './kind.ts';

const tableName = /^[A-Za-z0-9_.-]{1,255}$/;

/** DynamoDB: a table by its name or ARN; with `IndexName` its index, which is what IAM judges then. */
const table: Kind = (values, at, template) => {
  const named = plainTable(values, at, template);
  const index = values['IndexName'];
  const [arn] = known(named);
  if (index === undefined || arn === undefined) return named;
  return tableName.test(index) ? [`${arn}/index/${index}`] : 'unreadable';
};

const plainTable = nameOrArn({
  service: 'dynamodb',
  variable: 'TableName',
  name: tableName,
  resource: /^table\/[A-Za-z0-9_.-]{1,255}$/,
  write: (name) => `table/${name}`,
});

function known(named: ReturnType<Kind>): readonly string[] {
  return typeof named === 'string' ? [] : named;
}

/** DynamoDB's streams are labelled with the time they were made. */
const tableStream: Kind = ({ Arn: whole }) => {
  if (whole === undefined) return [];
  return isArnOf(whole, 'dynamodb', /^table\/[A-Za-z0-9_.-]{1,255}\/stream\/[0-9T:.-]{1,64}$/)
    ? [whole]
    : 'other';
};

const stream = nameOrArn({
  service: 'kinesis',
  variable: 'StreamName',
  name: /^[A-Za-z0-9_.-]{1,128}$/,
  resource: /^stream\/[A-Za-z0-9_.-]{1,128}$/,
  write: (name) => `stream/${name}`,
});

/** ECR: the registry is the account. */
const repository: Kind = ({ Registry, ...values }, at, template) => {
  if (Registry !== undefined && !/^\d{12}$/.test(Registry)) return 'unreadable';
  return plainRepository(values, { ...at, ...(Registry !== undefined && { account: Registry }) }, template);
};

const plainRepository = nameOrArn({
  service: 'ecr',
  variable: 'RepositoryName',
  name: /^[a-z0-9]+(?:[._/-]+[a-z0-9]+)*$/,
  resource: /^repository\/[a-z0-9]+(?:[._/-]+[a-z0-9]+)*$/,
  write: (name) => `repository/${name}`,
});

const groupName = /^[A-Za-z0-9_./#-]{1,512}$/;
const groupArn = /^log-group:[A-Za-z0-9_./#-]{1,512}$/;

/** CloudWatch Logs: ARNs of log groups may end in `:*`, which says the same. */
const logGroup: Kind = (values, at, template) => plainGroup(withoutStar(values), at, template);

const plainGroup = nameOrArn({
  service: 'logs',
  variable: 'LogGroupName',
  name: groupName,
  resource: groupArn,
  write: (name) => `log-group:${name}`,
});

function withoutStar(values: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [
      name,
      value.startsWith('arn:') ? value.replace(/:\*$/, '') : value,
    ]),
  );
}

const logStream: Kind = (values, at, template) => {
  const { LogStreamName: name, ...group } = values;
  if (name === undefined || Object.keys(group).length === 0) return [];
  const [arn] = known(logGroup(group, at, template));
  if (arn === undefined) return 'unreadable';
  return /^[^:*?\p{C}]{1,512}$/u.test(name) ? [`${arn}:log-stream:${name}`] : 'unreadable';
};

/** EventBridge: without a name it is the default bus. */
const bus: Kind = (values, at, template) => {
  const isNamed = values['Arn'] !== undefined || values['EventBusName'] !== undefined;
  return plainBus(isNamed ? values : { EventBusName: 'default' }, at, template);
};

const plainBus = nameOrArn({
  service: 'events',
  variable: 'EventBusName',
  name: /^[A-Za-z0-9_./-]{1,256}$/,
  resource: /^event-bus\/[A-Za-z0-9_./-]{1,256}$/,
  write: (name) => `event-bus/${name}`,
});

/** A rule stands below its bus, those of the default bus do not; a bus of another account has its rules there. */
const rule: Kind = (values, at, template) => {
  const { Arn: whole, RuleName: name, ...rest } = values;
  if (whole !== undefined) return isArnOf(whole, 'events', /^rule\/[A-Za-z0-9_./-]+$/) ? [whole] : 'other';
  if (name === undefined) return [];
  const of = parseArn(
    known(bus(rest, at, template))[0]?.replace(/::event-bus/, ':000000000000:event-bus') ?? '',
  );
  if (of === undefined || !/^[A-Za-z0-9_.-]{1,64}$/.test(name)) return 'unreadable';
  const own =
    rest['EventBusName']?.startsWith('arn:') === true
      ? { partition: of.partition, region: of.region, account: of.account }
      : {};
  const busName = of.resource.slice('event-bus/'.length);
  return [written('events', busName === 'default' ? `rule/${name}` : `rule/${busName}/${name}`, at, own)];
};

/** Kinds of the services that hold data and events. */
export const dataKinds: Readonly<Record<string, Kind>> = {
  'dynamodb table/${TableName}': table,
  'dynamodb table/${TableName}/index/${IndexName}': table,
  'dynamodb table/${TableName}/stream/${StreamLabel}': tableStream,
  'kinesis stream/${StreamName}': stream,
  'ecr repository/${RepositoryName}': repository,
  'logs log-group:${LogGroupName}': logGroup,
  'logs log-group:${LogGroupName}:log-stream:${LogStreamName}': logStream,
  'events event-bus/${EventBusName}': bus,
  'events rule/${EventBusName}/${RuleName}': rule,
  'events rule/${RuleName}': rule,
};
