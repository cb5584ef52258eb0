import { expect, test } from 'vitest';
import { loadModel, serviceNames } from '../src/catalogue.ts';
import type { ResourceRule } from '../src/model.ts';

/** Whether some request of an operation with these rules names exactly what it touches. */
function canBeExact(rules: readonly ResourceRule[]): boolean {
  const named = new Set(rules.filter(({ members }) => members.length > 0).map(({ arn }) => arn));
  const always = rules.filter(({ members }) => members.length === 0);
  const isNamed = ({ arn }: ResourceRule) =>
    arn !== '*' && (arn.split(' ').some((one) => named.has(one)) || !hasVariable(arn));
  return (named.size > 0 || always.length > 0) && always.every(isNamed);
}

function hasVariable(arn: string): boolean {
  return /\$\{(?!(?:Partition|Region|Account)\})/.test(arn);
}

test('of all operations these many can name exactly what they touch', async () => {
  const counts = { all: 0, withRules: 0, exact: 0 };
  for (const id of await serviceNames()) {
    const model = await loadModel(id);
    for (const name of model.operations()) {
      const rules = model.operation(name)?.resources ?? [];
      counts.all += 1;
      if (rules.length > 0) counts.withRules += 1;
      if (canBeExact(rules)) counts.exact += 1;
    }
  }
  expect(counts.all).toBeGreaterThan(17_000);
  expect(counts.exact).toBeGreaterThan(8_000);
  expect(counts.exact / counts.withRules).toBeGreaterThan(0.6);
});

test.each([
  'cloudwatchlogs',
  'dynamodb',
  'ecr',
  'eventbridge',
  'iam',
  'kinesis',
  'kms',
  'lambda',
  'secretsmanager',
  'sfn',
  'sns',
  'sqs',
])('of the operations of %s that are on resources, nearly all can name them', async (id) => {
  const model = await loadModel(id);
  const rules = model.operations().flatMap((name) => [model.operation(name)?.resources ?? []]);
  const withRules = rules.filter((found) => found.length > 0);
  expect(withRules.filter(canBeExact).length / withRules.length).toBeGreaterThan(0.8);
});
