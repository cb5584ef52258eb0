import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseArn } from '../src/resources/arn.ts';
import { resourcesOf } from './resources-reading.ts';

const account = '111122223333';
const at = `us-east-1:${account}`;

/** A member that holds a name, with what an ARN of such a name begins with. */
const members: readonly [operation: string, member: string, start: string, mayHaveSlashes?: 'slashes'][] = [
  ['dynamodb:GetItem', 'TableName', `arn:aws:dynamodb:${at}:table/`],
  ['sqs:CreateQueue', 'QueueName', `arn:aws:sqs:${at}:`],
  ['sns:CreateTopic', 'Name', `arn:aws:sns:${at}:`],
  ['lambda:CreateFunction', 'FunctionName', `arn:aws:lambda:${at}:function:`],
  ['kinesis:PutRecord', 'StreamName', `arn:aws:kinesis:${at}:stream/`],
  ['eventbridge:PutRule', 'Name', `arn:aws:events:${at}:rule/`],
  ['eventbridge:DeleteEventBus', 'Name', `arn:aws:events:${at}:event-bus/`, 'slashes'],
  ['sfn:CreateStateMachine', 'name', `arn:aws:states:${at}:stateMachine:`],
  ['ecr:PutImage', 'repositoryName', `arn:aws:ecr:${at}:repository/`, 'slashes'],
  ['cloudwatchlogs:CreateLogGroup', 'logGroupName', `arn:aws:logs:${at}:log-group:`, 'slashes'],
  ['iam:GetRole', 'RoleName', `arn:aws:iam::${account}:role/`],
  ['ec2:DeleteSubnet', 'SubnetId', `arn:aws:ec2:${at}:subnet/`],
  ['codecommit:GetRepository', 'repositoryName', `arn:aws:codecommit:${at}:`],
];

const pieces = fc.constantFrom(
  ...[
    'a',
    'Z',
    '0',
    '-',
    '_',
    '.',
    ':',
    '/',
    '*',
    '?',
    '%2F',
    '%',
    ' ',
    '\n',
    '\u0000',
    '$LATEST',
    '..',
    '//',
    'é',
    '\u0301',
  ],
  ...[
    'К',
    '\uFEFF',
    '\u200B',
    ';',
    ',',
    '"',
    '${',
    'function:',
    'table/',
    '444455556666',
    'arn:aws:',
    'alias/',
  ],
);
const hostile = fc.oneof(
  fc.array(pieces, { maxLength: 6 }).map((parts) => parts.join('')),
  fc.string({ unit: 'grapheme', maxLength: 20 }),
);

/** The result, or undefined where the request is refused. */
async function read(operation: string, json: unknown) {
  try {
    return await resourcesOf(operation, { json }, account);
  } catch (thrown) {
    expect(thrown).toMatchObject({ code: 'malformed_request' });
    return undefined;
  }
}

test.each(members)(
  '%s takes no text of %s for anything but one name',
  async (operation, member, start, slashes) => {
    await fc.assert(
      fc.asyncProperty(hostile, async (text) => {
        const found = await read(operation, { [member]: text });
        if (found === undefined || typeof found === 'string') return;
        expect(found).toHaveLength(1);
        const [arn = ''] = found;
        const parts = parseArn(arn);
        expect(parts).toBeDefined();
        expect(arn).not.toMatch(/[*?\s]/);
        if (text.startsWith('arn:')) {
          expect(arn).toBe(text);
          return;
        }
        expect(arn.startsWith(start)).toBe(true);
        const name = arn.slice(start.length);
        // a function can be named with its account, its region and its qualifier
        expect(text.endsWith(name)).toBe(true);
        if (!operation.startsWith('lambda:')) expect(name).toBe(text);
        if (!operation.startsWith('lambda:')) expect(name).not.toContain(':');
        if (slashes === undefined) expect(name).not.toContain('/');
      }),
      { numRuns: 200 },
    );
  },
);

const arnParts = fc.record({
  partition: fc.constantFrom('aws', 'aws-cn', 'AWS', '*', ''),
  service: fc.constantFrom('dynamodb', 's3', '*', 'dynamodb '),
  region: fc.constantFrom('us-east-1', 'eu-west-1', '*', '', 'us east'),
  account: fc.constantFrom(account, '444455556666', '*', '', '1', 'aws'),
  resource: fc.constantFrom(
    'table/T',
    'table/*',
    'table/T/index/I',
    'table/',
    'T',
    'table/T:x',
    'table/T?',
    'TABLE/T',
  ),
});

test('a whole ARN is taken as it is, and only when it is one table of one account', async () => {
  await fc.assert(
    fc.asyncProperty(arnParts, async ({ partition, service, region, account: of, resource }) => {
      const arn = ['arn', partition, service, region, of, resource].join(':');
      const found = await read('dynamodb:GetItem', { TableName: arn });
      const isTable =
        /^aws(?:-cn)?$/.test(partition) &&
        service === 'dynamodb' &&
        /^(?:us-east-1|eu-west-1|)$/.test(region) &&
        /^(?:\d{12}|aws)$/.test(of) &&
        resource === 'table/T';
      expect(found).toEqual(isTable ? [arn] : undefined);
    }),
    { numRuns: 300 },
  );
});

const anything = fc.anything({ withNullPrototype: true, maxDepth: 3 });

test('no value of any shape makes a reader fail in another way, or name a wildcard', async () => {
  const operations = [...members.map(([operation, member]) => [operation, member] as const)];
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(
        ...operations,
        ['dynamodb:BatchGetItem', 'RequestItems'],
        ['ec2:TerminateInstances', 'InstanceId'],
      ),
      anything,
      async ([operation = '', member = ''], value) => {
        const found = await read(operation, { [member]: value });
        if (found === undefined || typeof found === 'string') return;
        for (const arn of found) expect(parseArn(arn)).toBeDefined();
      },
    ),
    { numRuns: 500 },
  );
});
