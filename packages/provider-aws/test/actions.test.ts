import { requestFor } from '@pai/core/conformance';
import { expect, test } from 'vitest';
import { needsOf } from '../src/actions.ts';
import type { ServiceModel } from '../src/model.ts';
import { readOperation } from '../src/operation.ts';
import { models } from './service-model.ts';

const { dynamodb, kms, secretsmanager, iot } = models;

/** Each action with what is handed to the rules that find its resources. */
async function needs(model: ServiceModel, operation: string, content: unknown): Promise<unknown[]> {
  const request = requestFor({
    method: 'POST',
    url: 'https://x.us-east-1.amazonaws.com/',
    headers: {
      'content-type': 'application/x-amz-json-1.1',
      'x-amz-target': `${model.targets[0]}.${operation}`,
    },
    body: typeof content === 'string' ? content : JSON.stringify(content),
  });
  const found = await needsOf(await readOperation(request, [model]));
  return Promise.all(
    found.map(async ({ names, operation: rules, input }) => [
      names.join(' '),
      rules.name,
      await input.content(),
    ]),
  );
}

test('takes the actions of the catalogue where the content adds nothing', async () => {
  const content = { TableName: 't' };
  expect(await needs(dynamodb, 'GetItem', content)).toEqual([
    ['dynamodb:GetItem', 'GetItem', { value: content }],
  ]);
});

test.each<[what: string, model: ServiceModel, operation: string, content: unknown, expected: unknown[]]>([
  [
    'a transaction of reads',
    dynamodb,
    'TransactGetItems',
    { TransactItems: [{ Get: { TableName: 'a', Key: {} } }, { Get: { TableName: 'b' } }] },
    [
      ['dynamodb:GetItem', 'GetItem', { value: { TableName: 'a' } }],
      ['dynamodb:GetItem', 'GetItem', { value: { TableName: 'b' } }],
    ],
  ],
  [
    'a transaction of writes',
    dynamodb,
    'TransactWriteItems',
    {
      TransactItems: [
        { Put: { TableName: 'a' } },
        { Update: { TableName: 'b' } },
        { Delete: { TableName: 'c' } },
        { ConditionCheck: { TableName: 'd' } },
      ],
    },
    [
      ['dynamodb:PutItem', 'GetItem', { value: { TableName: 'a' } }],
      ['dynamodb:UpdateItem', 'GetItem', { value: { TableName: 'b' } }],
      ['dynamodb:DeleteItem', 'GetItem', { value: { TableName: 'c' } }],
      ['dynamodb:ConditionCheckItem', 'GetItem', { value: { TableName: 'd' } }],
    ],
  ],
  [
    'a statement on an index',
    dynamodb,
    'ExecuteStatement',
    { Statement: 'SELECT * FROM "a"."i"' },
    [['dynamodb:PartiQLSelect', 'Query', { value: { TableName: 'a', IndexName: 'i' } }]],
  ],
  [
    'a batch of statements',
    dynamodb,
    'BatchExecuteStatement',
    {
      Statements: [{ Statement: `DELETE FROM a WHERE x = 1` }, { Statement: `INSERT INTO b VALUE {'x': 1}` }],
    },
    [
      ['dynamodb:PartiQLDelete', 'GetItem', { value: { TableName: 'a' } }],
      ['dynamodb:PartiQLInsert', 'GetItem', { value: { TableName: 'b' } }],
    ],
  ],
  [
    'a transaction of statements',
    dynamodb,
    'ExecuteTransaction',
    { TransactStatements: [{ Statement: `UPDATE a SET x = 2 WHERE x = 1` }] },
    [['dynamodb:PartiQLUpdate', 'GetItem', { value: { TableName: 'a' } }]],
  ],
  [
    'encryption from one key to another',
    kms,
    'ReEncrypt',
    { SourceKeyId: 'a', DestinationKeyId: 'b' },
    [
      ['kms:ReEncryptFrom', 'Decrypt', { value: { KeyId: 'a' } }],
      ['kms:ReEncryptTo', 'Encrypt', { value: { KeyId: 'b' } }],
    ],
  ],
  [
    'encryption from a key that is not named',
    kms,
    'ReEncrypt',
    { DestinationKeyId: 'b' },
    [
      ['kms:ReEncryptFrom', 'Decrypt', { value: {} }],
      ['kms:ReEncryptTo', 'Encrypt', { value: { KeyId: 'b' } }],
    ],
  ],
  [
    'a batch of secrets',
    secretsmanager,
    'BatchGetSecretValue',
    { SecretIdList: ['a', 'b'] },
    [
      ['secretsmanager:BatchGetSecretValue', 'BatchGetSecretValue', { value: { SecretIdList: ['a', 'b'] } }],
      ['secretsmanager:GetSecretValue', 'GetSecretValue', { value: { SecretId: 'a' } }],
      ['secretsmanager:GetSecretValue', 'GetSecretValue', { value: { SecretId: 'b' } }],
    ],
  ],
  [
    'secrets by a filter',
    secretsmanager,
    'BatchGetSecretValue',
    { Filters: [{ Key: 'all', Values: ['x'] }] },
    [
      [
        'secretsmanager:BatchGetSecretValue',
        'BatchGetSecretValue',
        { value: { Filters: [{ Key: 'all', Values: ['x'] }] } },
      ],
      ['secretsmanager:GetSecretValue', 'GetSecretValue', { value: {} }],
    ],
  ],
])('unpacks %s', async (_what, model, operation, content, expected) => {
  expect(await needs(model, operation, content)).toEqual(expected);
});

const statement = (Statement: unknown) => ({ Statement });

test.each<[what: string, model: ServiceModel, operation: string, content: unknown, why: RegExp]>([
  ['no content', dynamodb, 'TransactWriteItems', '', /TransactItems is no list/],
  ['no items', dynamodb, 'TransactWriteItems', { TransactItems: [] }, /TransactItems is no list/],
  [
    'items in another case',
    dynamodb,
    'TransactWriteItems',
    { transactItems: [] },
    /can be taken for TransactItems/,
  ],
  [
    'an item of two calls',
    dynamodb,
    'TransactWriteItems',
    { TransactItems: [{ Put: { TableName: 'a' }, Delete: { TableName: 'a' } }] },
    /is none of ConditionCheck, Delete, Put, Update/,
  ],
  [
    'an unknown call',
    dynamodb,
    'TransactWriteItems',
    { TransactItems: [{ Get: { TableName: 'a' } }] },
    /is none of/,
  ],
  [
    'a call of an object',
    dynamodb,
    'TransactWriteItems',
    '{"TransactItems":[{"constructor":{"TableName":"a"}}]}',
    /is none of/,
  ],
  ['an item that is none', dynamodb, 'TransactGetItems', { TransactItems: [null] }, /is none of Get/],
  [
    'an item without a table',
    dynamodb,
    'TransactGetItems',
    { TransactItems: [{ Get: {} }] },
    /TableName is no text/,
  ],
  [
    'a table that is no text',
    dynamodb,
    'TransactGetItems',
    { TransactItems: [{ Get: { TableName: {} } }] },
    /TableName is no text/,
  ],
  [
    'a table in another case',
    dynamodb,
    'TransactGetItems',
    { TransactItems: [{ Get: { TableName: 'a', tableName: 'b' } }] },
    /can be taken for TableName/,
  ],
  ['no statement', dynamodb, 'ExecuteStatement', {}, /Statement is no text/],
  [
    'a statement in another case',
    dynamodb,
    'ExecuteStatement',
    { ...statement('SELECT * FROM a'), statement: 'x' },
    /can be taken for Statement/,
  ],
  [
    'an unclear statement',
    dynamodb,
    'ExecuteStatement',
    statement('SELECT * FROM a, b'),
    /the PartiQL statement cannot be judged/,
  ],
  [
    'an unclear statement in a batch',
    dynamodb,
    'BatchExecuteStatement',
    { Statements: [statement('SELECT * FROM a'), statement('x')] },
    /cannot be judged/,
  ],
  [
    'a statement that is too long to be read',
    dynamodb,
    'ExecuteStatement',
    statement(`SELECT * FROM a WHERE x = '${'x'.repeat(1 << 20)}'`),
    /stands in its content: .*larger than/,
  ],
  ['a re-encryption to nothing', kms, 'ReEncrypt', { SourceKeyId: 'a' }, /DestinationKeyId is no text/],
  [
    'secrets that are no texts',
    secretsmanager,
    'BatchGetSecretValue',
    { SecretIdList: [1] },
    /SecretIdList is no text/,
  ],
])('W14: refuses %s', async (_what, model, operation, content, why) => {
  await expect(needs(model, operation, content)).rejects.toThrow(why);
});

test.each([
  ['/topics/a', 'iot:Publish'],
  ['/topics/a?retain=false', 'iot:Publish'],
  ['/topics/a?retain=true', 'iot:Publish iot:RetainPublish'],
  ['/topics/a?qos=1&Retain=1', 'iot:Publish iot:RetainPublish'],
])('names %s %s', async (target, names) => {
  const request = requestFor({
    method: 'POST',
    url: `https://data-ats.iot.us-east-1.amazonaws.com${target}`,
  });
  const found = await needsOf(await readOperation(request, [iot]));
  expect(found.map((need) => need.names.join(' '))).toEqual([names]);
});
