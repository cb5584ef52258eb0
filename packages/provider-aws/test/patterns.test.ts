import { compilePolicy } from '@pai/policy';
import { expect, test } from 'vitest';
import { loadModel, serviceNames } from '../src/catalogue.ts';
import { aws } from '../src/index.ts';
import { patternsOf } from '../src/patterns.ts';

test('every operation of the catalogue that IAM calls otherwise stands for the actions it needs', async () => {
  const missing: string[] = [];
  let found = 0;
  for (const id of await serviceNames()) {
    const model = await loadModel(id);
    for (const name of model.operations()) {
      const own = `${model.prefix}:${name}`;
      const actions = model.operation(name)?.actions ?? [];
      // those of API Gateway are verbs, and those of S3's control plane are known by their own names
      if (id === 's3control' || actions.some((action) => action.startsWith('apigateway:'))) continue;
      if (actions.some((action) => action.toLowerCase() === own.toLowerCase())) continue;
      found += 1;
      const meant = patternsOf(own);
      if (!actions.every((action) => meant.includes(action))) missing.push(`${own} = ${actions.join(' ')}`);
    }
  }
  expect(missing).toEqual([]);
  expect(found).toBeGreaterThan(100);
});

test.each([
  ['bedrock:Converse', 'bedrock:InvokeModel'],
  ['s3:PutBucketReplication', 's3:PutReplicationConfiguration'],
  ['s3:deletebucketencryption', 's3:PutEncryptionConfiguration'],
  ['s3:SelectObjectContent', 's3:GetObject'],
  ['s3:DeletePublicAccessBlock', 's3:PutBucketPublicAccessBlock'],
  ['dynamodb:TransactWriteItems', 'dynamodb:DeleteItem'],
])('a deny list with %s denies %s', (pattern, name) => {
  const { decide } = compilePolicy({
    name: 'aws',
    type: 'aws',
    policy: { allow: ['*'], deny: [pattern] },
    plugin: aws,
    scope: () => undefined,
    hasScope: false,
  });
  const request = { method: 'POST', path: '/' } as Parameters<typeof decide>[0];
  const decided = (action: string) => JSON.stringify(decide(request, { actions: [{ name: action }] }));
  expect(decided(name)).toContain('"deny"');
  expect(decided('sts:GetCallerIdentity')).not.toContain('"deny"');
});

test('no action of IAM is taken for an operation of another name', async () => {
  for (const id of await serviceNames()) {
    const model = await loadModel(id);
    for (const name of model.operations()) {
      for (const action of model.operation(name)?.actions ?? []) expect(patternsOf(action)).toEqual([action]);
    }
  }
});
