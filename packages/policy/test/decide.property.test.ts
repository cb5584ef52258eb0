import { type Action, readPath } from '@pai/core';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { PolicySpec } from '../src/index.ts';
import { judge, type OraclePolicy } from './oracle.ts';
import { policyOf } from './policy.ts';
import { requestOf } from './request.ts';

const part = fc.constantFrom('s3', 'sqs', 'S3', 'read', 'write', 'x');
const actionPattern = fc.oneof(
  fc.constant('*'),
  fc.tuple(part, part).map((parts) => parts.join(':')),
  part.map((service) => `${service}:*`),
  part.map((verb) => `*:${verb}`),
);
const repository = fc.constantFrom('o/r', 'o/s', 'p/r', 'O/R', 'o/rs');
const action: fc.Arbitrary<Action> = fc.oneof(
  fc.record({ name: fc.tuple(part, part).map((parts) => parts.join(':')), resource: repository }),
  fc.record({ name: fc.tuple(part, part).map((parts) => parts.join(':')) }),
  fc.record({ name: fc.constant('s3:read'), reach: fc.constant('any' as const) }),
);
const actions = fc.array(action, { minLength: 1, maxLength: 3 });
const path = fc
  .array(fc.constantFrom('/a', '/b', '/A', '/a%2Fb', '/%61', '/.x', '/a;c'), { maxLength: 3 })
  .map((segments) => segments.join('') || '/');
const pathPattern = fc.oneof(
  fc.constant('*'),
  fc
    .array(fc.constantFrom('/a', '/b', '/*', '/**', '/a*', '/.x', '/a%2Fb'), { minLength: 1, maxLength: 3 })
    .map((segments) => segments.join('')),
);
const methods = fc.array(fc.constantFrom('GET', 'post', '*'), { minLength: 1, maxLength: 2 });
const rule = fc.record(
  {
    methods,
    paths: fc.array(pathPattern, { minLength: 1, maxLength: 2 }),
    effect: fc.constantFrom('allow' as const, 'deny' as const),
  },
  { requiredKeys: ['effect'] },
);
const policy: fc.Arbitrary<OraclePolicy> = fc.record(
  {
    allow: fc.array(actionPattern, { maxLength: 4 }),
    deny: fc.array(actionPattern, { maxLength: 2 }),
    httpRules: fc.array(rule, { maxLength: 4 }),
    services: fc.subarray(['s3', 'sqs', 'S3', 'read', 'write', 'x']),
    repositories: fc.array(fc.constantFrom('o/*', '*/r', 'o/r', '*/*'), { maxLength: 2 }),
  },
  { requiredKeys: [] },
);

function compiled({ services, repositories, ...spec }: OraclePolicy) {
  return policyOf(spec as PolicySpec, {
    plugin: { serviceOf: ({ name }) => name.split(':')[0] ?? '' },
    ...(services !== undefined && { services }),
    repositories,
  });
}

test('every decision and its rule agree with the oracle', () => {
  const method = fc.constantFrom('GET', 'POST', 'get', 'PUT');
  const seen = new Set<string>();
  fc.assert(
    fc.property(policy, method, path, actions, (spec, verb, target, list) => {
      const services = spec.services?.flatMap((service) => [service.toLowerCase(), service.toUpperCase()]);
      const expected = judge(
        services === undefined ? spec : { ...spec, services },
        verb,
        readPath(target).text,
        list,
      );
      const { effect, rule: by } = compiled(spec).decide(requestOf(verb, target), {
        actions: list as [Action, ...Action[]],
      });
      seen.add(expected.replace(/\d+/, 'n'));
      expect(effect === 'allow' ? `+${by}` : by).toBe(expected);
    }),
    { numRuns: 5_000 },
  );
  expect([...seen].sort()).toEqual([
    '+policy.allow[n]',
    '+policy.httpRules[n]',
    'config.services',
    'policy.allow',
    'policy.deny[n]',
    'policy.httpRules',
    'policy.httpRules[n]',
    'scope.repositories',
  ]);
});

test('the first denial that explain shows is the verdict, and nothing is denied without one', () => {
  fc.assert(
    fc.property(policy, path, actions, (spec, target, list) => {
      const { decide, explain } = compiled(spec);
      const request = requestOf('GET', target);
      const resolution = { actions: list as [Action, ...Action[]] };
      const denial = explain(request, resolution).find(({ effect }) => effect === 'deny');
      const verdict = decide(request, resolution);
      expect(denial?.rule).toBe(verdict.effect === 'deny' ? verdict.rule : undefined);
      if (denial !== undefined) expect(denial.reason).toBe(verdict.reason);
    }),
    { numRuns: 1_000 },
  );
});

test('a deny pattern, one more action or a smaller scope never turns a denial into an allow', () => {
  fc.assert(
    fc.property(policy, path, actions, action, actionPattern, (spec, target, list, extra, pattern) => {
      const effectOf = (one: OraclePolicy, of: Action[]) =>
        compiled(one).decide(requestOf('GET', target), { actions: of as [Action, ...Action[]] }).effect;
      fc.pre(effectOf(spec, list) === 'deny');
      expect(effectOf({ ...spec, deny: [...(spec.deny ?? []), pattern] }, list)).toBe('deny');
      expect(effectOf(spec, [...list, extra])).toBe('deny');
      expect(effectOf({ ...spec, repositories: (spec.repositories ?? []).slice(1) }, list)).toBe('deny');
    }),
    { numRuns: 1_000 },
  );
});
