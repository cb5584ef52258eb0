import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { PolicySpec } from '../src/index.ts';
import { actionsOf, policyOf } from './policy.ts';
import { requestOf } from './request.ts';

type Rules = NonNullable<PolicySpec['httpRules']>;

function ruleFor(httpRules: Rules, method: string, target: string): string {
  const { effect, rule } = policyOf({ httpRules }).decide(requestOf(method, target), actionsOf('request'));
  return effect === 'allow' ? `+${rule}` : rule;
}

test('rules that are accepted can be asked, though they are compiled for the first request', () => {
  const piece = fc.constantFrom('a', '*', '**', '/', '%2F', '.', ';', '~', '%41', '-', 'é', '?', '');
  const path = fc.array(piece, { maxLength: 8 }).map((pieces) => `/${pieces.join('')}`);
  const rule = fc.record({
    methods: fc.array(fc.constantFrom('GET', 'get', '*', 'M-SEARCH', '', 'A B'), {
      minLength: 1,
      maxLength: 2,
    }),
    paths: fc.array(path, { minLength: 1, maxLength: 3 }),
    effect: fc.constantFrom('allow' as const, 'deny' as const),
  });
  let asked = 0;
  fc.assert(
    fc.property(fc.array(rule, { minLength: 1, maxLength: 4 }), (httpRules) => {
      const policy = attempt(() => policyOf({ httpRules }));
      if (policy === undefined) return;
      asked += 1;
      for (const target of ['/', '/a', '/a/b%2Fa'])
        policy.decide(requestOf('GET', target), actionsOf('request'));
    }),
    { numRuns: 2_000 },
  );
  expect(asked).toBeGreaterThan(100);
});

function attempt<T>(run: () => T): T | undefined {
  try {
    return run();
  } catch {
    return undefined;
  }
}

describe('rules on method and path', () => {
  const rules: Rules = [
    { methods: ['GET', 'head'], paths: ['/v1/*', '/v2/**'], effect: 'allow' },
    { methods: ['*'], paths: ['/admin*'], effect: 'deny' },
    { methods: ['POST'], effect: 'allow' },
    { paths: ['/open'], effect: 'allow' },
    { methods: ['DELETE'], effect: 'deny' },
  ];
  test.each([
    ['GET', '/v1/a', '+policy.httpRules[0]'],
    ['get', '/v1/a', '+policy.httpRules[0]'],
    ['HEAD', '/v2/a/b', '+policy.httpRules[0]'],
    ['GET', '/v1/a/b', 'policy.httpRules'],
    ['PUT', '/v1/a', 'policy.httpRules'],
    ['POST', '/anything/at/all', '+policy.httpRules[2]'],
    ['POST', '/admin', 'policy.httpRules[1]'],
    ['PATCH', '/open', '+policy.httpRules[3]'],
    ['DELETE', '/open', 'policy.httpRules[4]'],
    ['delete', '/open', 'policy.httpRules[4]'],
    ['GET', '/v1/a?b=/admin', '+policy.httpRules[0]'],
    ['PATCH', '/open?x=%2F..%2F', '+policy.httpRules[3]'],
  ])('%s %s: %s', (method, target, rule) => {
    expect(ruleFor(rules, method, target)).toBe(rule);
  });

  test('a denial names the request, the rule and the remedy', () => {
    const { decide } = policyOf({ httpRules: rules });
    expect(decide(requestOf('POST', '/admin'), actionsOf('request')).reason).toBe(
      'github-writer: POST "/admin" is denied by policy.httpRules[1]; remove or narrow that rule if the agent needs it',
    );
    expect(decide(requestOf('PUT', '/x?secret=1'), actionsOf('request')).reason).toBe(
      'github-writer: PUT "/x" fits no rule of policy.httpRules; add an allow rule for it if the agent needs it',
    );
  });

  test('with an allow list both must let the request through', () => {
    const policy = policyOf({ httpRules: [{ methods: ['GET'], effect: 'allow' }], allow: ['a:read'] });
    const rule = (method: string, action: string) =>
      policy.decide(requestOf(method, '/'), actionsOf(action)).rule;
    expect(rule('GET', 'a:read')).toBe('policy.allow[0]');
    expect(rule('GET', 'a:write')).toBe('policy.allow');
    expect(rule('POST', 'a:read')).toBe('policy.httpRules');
  });
});

describe('P1 to P15: no spelling of a path gets round the rules', () => {
  const inside: Rules = [{ paths: ['/repos/myorg/repo-a/**'], effect: 'allow' }];
  test.each([
    ['P1', '/repos/myorg/repo-a/../../other/secret/contents/x'],
    ['P1', '/repos/myorg/repo-a/./../x'],
    ['P1', '/repos/myorg/repo-a/..;/..;/other/secret'],
    ['P2', '/repos/myorg/repo-a/%2e%2e/%2E%2e/other/secret'],
    ['P3', '/repos/myorg/repo-a/..%2f..%2fother'],
    ['P3', '/repos/myorg/repo-a/..%5c..%5cother'],
    ['P4', '//repos/myorg/repo-a/x'],
    ['P4', '/repos/myorg//repo-a/x'],
    ['P4', '/./repos/myorg/repo-a/x'],
    ['P6', '/repos/myorg/repo-a/%252e%252e%252fother'],
    ['P7', '/repos/myorg/repo-a%2F..%2Fother'],
    ['P7', '/repos/myorg%2Frepo-a/issues'],
    ['P7', '/repos%2Fmyorg%2Frepo-a%2Fissues'],
    ['P10', '/repos/myorg/repo-a/%00'],
    ['P10', '/repos/myorg/repo-a/%0d%0a'],
    ['P10', '/repos/myorg/repo-a/%ff'],
    ['P10', '/repos/myorg/repo-a/%'],
    ['P11', '/repos/myorg/repo-a//'],
    ['P14', '/repos/myorg/repo-a'],
  ])('%s: %s is not allowed by a rule on a prefix', (_, path) => {
    expect(ruleFor(inside, 'GET', path)).toBe('policy.httpRules');
  });

  test.each([
    ['/repos/myorg/repo-a/issues', '+policy.httpRules[0]'],
    ['/repos/myorg/repo%2Da/issues/', '+policy.httpRules[0]'],
    ['/repos/myorg/repo-a/contents/a%2Fb%23c', '+policy.httpRules[0]'],
  ])('%s is', (path, rule) => {
    expect(ruleFor(inside, 'GET', path)).toBe(rule);
  });

  const closed: Rules = [
    { paths: ['*'], effect: 'allow' },
    { paths: ['/admin*', '/admin/**', '/repos/a/b'], effect: 'deny' },
  ];
  test.each([
    ['P15', '/ADMIN'],
    ['P15', '/%61dmin'],
    ['P15', '/%41DMIN'],
    ['P15', '/admin/'],
    ['P15', '/administration'],
    ['P15', '/Admin/users'],
    ['P15', '/admin%2Fusers'],
    ['P15', '/admin;x=1/users'],
    ['P15', '/%2561dmin'],
    ['P11', '/repos/a/b/'],
    ['P11', '/repos/a/b/%20'],
    ['P11', '/repos/a/b%20'],
    ['P7', '/repos/a%2fb'],
    ['P8', '/Repos/A/B'],
  ])('%s: %s does not escape a deny rule', (_, path) => {
    expect(ruleFor(closed, 'GET', path)).toBe('policy.httpRules[1]');
  });

  test('a path with no single reading is allowed by no rule, not even by *', () => {
    expect(ruleFor(closed, 'GET', '/a//b')).toBe('policy.httpRules');
    const { reason } = policyOf({ httpRules: closed }).decide(
      requestOf('GET', '/a//b'),
      actionsOf('request'),
    );
    expect(reason).toBe(
      'github-writer: policy.httpRules cannot judge it: the path "/a//b" has an empty segment; send the path in its plain form',
    );
  });
});
