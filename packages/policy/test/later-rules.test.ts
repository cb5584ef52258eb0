import fc from 'fast-check';
import { Type } from 'typebox';
import { describe, expect, test } from 'vitest';
import {
  hasPlainRules,
  type PolicyOptions,
  type PolicySpec,
  policySchema,
  providerSpec,
  ruleChecker,
  summarizeRules,
} from '../src/index.ts';
import { actionsOf, policyOf } from './policy.ts';
import { requestOf } from './request.ts';

type Rules = NonNullable<PolicySpec['httpRules']>;

/** The policy of rules that are read later; `read` tells how often. */
function laterPolicyOf(
  policy: Omit<PolicySpec, 'httpRules'>,
  rules: unknown,
  parts: Partial<PolicyOptions> = {},
) {
  let reads = 0;
  const read = () => {
    reads += 1;
    return rules;
  };
  const hasAllow = summarizeRules(rules)?.hasAllow ?? true;
  const whole = Object.defineProperty({ ...policy }, 'httpRules', { enumerable: true, get: read });
  return { policy: policyOf(whole, { ...parts, laterRules: { hasAllow, read } }), reads: () => reads };
}

const path = fc.constantFrom('/a', '/a/*', '/**', '*', '/b', '/%41');
const rule = fc.record(
  {
    methods: fc.array(fc.constantFrom('GET', 'put', '*'), { minLength: 1, maxLength: 2 }),
    paths: fc.array(path, { minLength: 1, maxLength: 2 }),
    effect: fc.constantFrom('allow' as const, 'deny' as const),
  },
  { requiredKeys: ['effect'] },
);

describe('rules that passed their check and are read later', () => {
  test('judge, explain and warn as rules that are there', () => {
    const spec = fc.record(
      {
        allow: fc.array(fc.constantFrom('*', 'request', 'a:b'), { maxLength: 2 }),
        deny: fc.array(fc.constantFrom('*', 'request', 'a:b'), { maxLength: 2 }),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(spec, fc.array(rule, { minLength: 1, maxLength: 4 }), (rest, rules) => {
        const now = policyOf({ ...rest, httpRules: rules });
        const { policy: later, reads } = laterPolicyOf(rest, rules);
        expect(later.warnings).toEqual(now.warnings);
        expect(reads()).toBe(0);
        for (const target of ['/a', '/a/b', '/A', '/%ZZ']) {
          for (const resolution of [actionsOf('request'), { unresolved: 'why' }]) {
            const request = requestOf('GET', target);
            expect(later.decide(request, resolution)).toEqual(now.decide(request, resolution));
            expect(later.explain(request, resolution)).toEqual(now.explain(request, resolution));
          }
        }
        expect(reads()).toBeLessThanOrEqual(1);
      }),
      { numRuns: 300 },
    );
  });

  test.each<[string, unknown]>([
    ['a method that is none', [{ methods: ['A B'], effect: 'allow' }]],
    ['a path that no request has', [{ paths: ['no-slash'], effect: 'deny' }]],
    ['an effect that is none', [{ effect: 'alow' }]],
    ['an unknown key', [{ effect: 'allow', path: ['/a'] }]],
    ['no list', { effect: 'allow' }],
    ['nothing', undefined],
  ])('are not remembered, and let nothing through, with %s', (_, rules) => {
    expect(summarizeRules(rules)).toBeUndefined();
    const { policy } = laterPolicyOf({}, rules);
    const ask = () => policy.decide(requestOf('GET', '/a'), actionsOf('request'));
    expect(ask).toThrow('policy.httpRules');
    expect(ask).toThrow('policy.httpRules');
  });

  test('are remembered with what checked them, and whether one allows', () => {
    expect(ruleChecker).toMatch(/^[0-9a-f]{64}$/);
    const [allow, deny]: Rules = [{ effect: 'allow' }, { effect: 'deny' }];
    expect(summarizeRules([deny])).toEqual({ checker: ruleChecker, hasAllow: false });
    expect(summarizeRules([deny, allow])).toEqual({ checker: ruleChecker, hasAllow: true });
    expect(summarizeRules([])).toBeUndefined();
  });
});

test('only a schema that says nothing else of the rules lets them be read later', () => {
  const specWith = (policy: unknown, options = {}) =>
    Type.Object({ policy: policy as typeof policySchema }, { additionalProperties: false, ...options });
  expect(hasPlainRules(providerSpec({ type: 'demo' }))).toBe(true);
  const others = [
    Type.Object({}),
    Type.Union([specWith(policySchema), specWith(policySchema)]),
    specWith(policySchema, { if: {}, else: false }),
    specWith(Type.Object({ ...policySchema.properties, httpRules: Type.Array(Type.Any(), { maxItems: 3 }) })),
    specWith(structuredClone(policySchema)),
  ];
  expect(others.map(hasPlainRules)).toEqual(others.map(() => false));
});
