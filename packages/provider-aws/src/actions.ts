import { PaiError } from '@pai/core';
import { memberOf } from './member.ts';
import type { OperationModel } from './model.ts';
import { readStatement } from './partiql.ts';
import type { Content, Input, Reading } from './reading.ts';

/** Actions that are on the same resources: those that the rules of `operation` find in `input`. */
export interface Need {
  /** IAM actions with prefix; never empty. */
  readonly names: readonly string[];
  readonly operation: OperationModel;
  readonly input: Input;
}

/**
 * Everything an operation needs to be allowed. For most that is what the catalogue says; where it hangs on the content,
 * that is read. Throws `malformed_request` when the content does not say it in one way.
 */
export async function needsOf(reading: Reading): Promise<readonly Need[]> {
  const { model, operation, input } = reading;
  const unpack = reading.isKnown ? unpackers[`${model.prefix}:${operation.name}`] : undefined;
  if (unpack === undefined) return [{ names: operation.actions, operation, input }];
  const needs = await unpack(reading);
  if (needs.length > 0) return needs;
  throw new PaiError('malformed_request', `the content of ${operation.name} asks for nothing`);
}

type Unpacker = (reading: Reading) => Promise<readonly Need[]>;

const unpackers: Readonly<Record<string, Unpacker>> = {
  'dynamodb:TransactGetItems': (reading) => unpackTransaction(reading, { Get: 'GetItem' }),
  'dynamodb:TransactWriteItems': (reading) =>
    unpackTransaction(reading, {
      ConditionCheck: 'ConditionCheckItem',
      Delete: 'DeleteItem',
      Put: 'PutItem',
      Update: 'UpdateItem',
    }),
  'dynamodb:ExecuteStatement': async (reading) => [statementNeed(reading, await contentOf(reading))],
  'dynamodb:BatchExecuteStatement': (reading) => unpackStatements(reading, 'Statements'),
  'dynamodb:ExecuteTransaction': (reading) => unpackStatements(reading, 'TransactStatements'),
  'kms:ReEncrypt': unpackReEncrypt,
  'secretsmanager:BatchGetSecretValue': unpackSecrets,
  'iot:Publish': unpackPublish,
  'ses:SendEmail': (reading) => unpackMail(reading, 'Content', 'Raw', 'SendRawEmail'),
  'ses:SendBulkEmail': (reading) =>
    unpackMail(reading, 'DefaultContent', 'Template', 'SendBulkTemplatedEmail'),
};

/** Each item of a transaction is one call on one table (DynamoDB Developer Guide, "Using IAM with DynamoDB transactions"). */
async function unpackTransaction(
  reading: Reading,
  actions: Readonly<Record<string, string>>,
): Promise<readonly Need[]> {
  const items = listOf(memberOf(await contentOf(reading), 'TransactItems'), 'TransactItems');
  return items.map((item) => {
    const calls = typeof item === 'object' && item !== null ? Object.keys(item) : [];
    const [call = ''] = calls;
    const action = Object.hasOwn(actions, call) ? actions[call] : undefined;
    if (action === undefined || calls.length > 1) {
      throw unreadable(`an item of TransactItems is none of ${Object.keys(actions).join(', ')}`);
    }
    const table = textOf(memberOf(memberOf(item, call), 'TableName'), 'TableName');
    return asIf(reading, 'GetItem', [`dynamodb:${action}`], { TableName: table });
  });
}

async function unpackStatements(reading: Reading, name: string): Promise<readonly Need[]> {
  const statements = listOf(memberOf(await contentOf(reading), name), name);
  return statements.map((statement) => statementNeed(reading, statement));
}

function statementNeed(reading: Reading, holder: unknown): Need {
  const { action, table, index } = readStatement(textOf(memberOf(holder, 'Statement'), 'Statement'));
  const names = [`dynamodb:${action}`];
  return index === undefined
    ? asIf(reading, 'GetItem', names, { TableName: table })
    : asIf(reading, 'Query', names, { TableName: table, IndexName: index });
}

/** Without a source key the ciphertext says which one it is. */
async function unpackReEncrypt(reading: Reading): Promise<readonly Need[]> {
  const content = await contentOf(reading);
  const source = memberOf(content, 'SourceKeyId');
  const from = source === undefined ? {} : { KeyId: textOf(source, 'SourceKeyId') };
  const to = { KeyId: textOf(memberOf(content, 'DestinationKeyId'), 'DestinationKeyId') };
  return [
    asIf(reading, 'Decrypt', ['kms:ReEncryptFrom'], from),
    asIf(reading, 'Encrypt', ['kms:ReEncryptTo'], to),
  ];
}

/** What it gives are secrets, each of which needs its own permission (Secrets Manager API reference, BatchGetSecretValue). */
async function unpackSecrets(reading: Reading): Promise<readonly Need[]> {
  const { operation, input } = reading;
  const batch: Need = { names: operation.actions, operation, input };
  const names = ['secretsmanager:GetSecretValue'];
  const list = memberOf(await contentOf(reading), 'SecretIdList');
  if (list === undefined) return [batch, asIf(reading, 'GetSecretValue', names, {})];
  const ids = listOf(list, 'SecretIdList').map((id) => textOf(id, 'SecretIdList'));
  return [batch, ...ids.map((SecretId) => asIf(reading, 'GetSecretValue', names, { SecretId }))];
}

async function unpackPublish({ operation, input }: Reading): Promise<readonly Need[]> {
  const isRetained = input.query.some(([name, value]) => /^retain$/i.test(name) && value !== 'false');
  const names = isRetained ? [...operation.actions, 'iot:RetainPublish'] : operation.actions;
  return [{ names, operation, input }];
}

/** What the second API sends as the first one's other operations do, SES checks by the names of those too; so is what is too long to tell. */
async function unpackMail(
  { model, operation, input }: Reading,
  member: string,
  kind: string,
  name: string,
): Promise<readonly Need[]> {
  const content: Content = model.id === 'ses' ? { value: undefined } : await input.content();
  const isOther = 'unread' in content || memberOf(memberOf(content.value, member), kind) !== undefined;
  const names = isOther ? [...operation.actions, `ses:${name}`] : operation.actions;
  return [{ names, operation, input }];
}

/** The resources are those of another operation of the service that is handed `value`. */
function asIf({ model, input }: Reading, name: string, names: readonly string[], value: object): Need {
  const operation = model.operation(name) ?? { name, actions: names, resources: [] };
  return { names, operation, input: { ...input, content: async () => ({ value }) } };
}

async function contentOf({ operation, input }: Reading): Promise<unknown> {
  const content: Content = await input.content();
  if ('value' in content) return content.value;
  throw unreadable(`what ${operation.name} does stands in its content: ${content.unread}`);
}

function listOf(value: unknown, name: string): readonly unknown[] {
  if (Array.isArray(value) && value.length > 0) return value;
  throw unreadable(`${name} is no list of what is to be done`);
}

function textOf(value: unknown, name: string): string {
  if (typeof value === 'string' && value !== '') return value;
  throw unreadable(`${name} is no text; name there what the request is on`);
}

function unreadable(reason: string): PaiError {
  return new PaiError('malformed_request', reason);
}
