import type { Resolution } from '@pai/core';
import { describe, expect, test } from 'vitest';
import type { PolicySpec } from '../src/index.ts';
import { actionsOf, policyOf, verdict } from './policy.ts';
import { requestOf } from './request.ts';

const writer: PolicySpec = {
  allow: ['pulls:create', 'pulls:comment', 'issues:read', 'contents:read'],
  deny: ['admin:*'],
};
const repositories = ['myorg/repo-a', 'myorg/repo-b'];
const request = requestOf('GET', '/x');

describe('github-writer', () => {
  test.each([
    ['+policy.allow[0]', 'pulls:create@myorg/repo-a', ''],
    ['+policy.allow[2]', 'issues:read@MyOrg/Repo-B', ''],
    [
      'policy.deny[0]',
      'admin:hooks:create@myorg/repo-a',
      'github-writer: admin:hooks:create is denied by policy.deny[0] "admin:*"; remove or narrow that pattern if the agent needs it',
    ],
    [
      'policy.allow',
      'pulls:merge@myorg/repo-a',
      'github-writer: pulls:merge is not allowed (allow has pulls:create, pulls:comment, issues:read, contents:read); add it to policy.allow',
    ],
    [
      'scope.repositories',
      'issues:read@other/secret',
      'github-writer: issues:read is out of scope: other/secret is not in scope.repositories (myorg/repo-a, myorg/repo-b); add it there if the agent needs it',
    ],
    [
      'scope.repositories',
      'issues:read@any',
      'github-writer: issues:read is out of scope: it can reach what the request does not name, and scope.repositories (myorg/repo-a, myorg/repo-b) limits what it may reach; use a request that names one, or remove scope.repositories',
    ],
    ['+policy.allow[2]', 'issues:read', ''],
  ])('gives %s for %s', (rule, action, reason) => {
    const found = policyOf(writer, { repositories }).decide(request, actionsOf(action));
    expect(found.effect === 'allow' ? `+${found.rule}` : found.rule).toBe(rule);
    if (reason !== '') expect(found.reason).toBe(reason);
  });

  test('every action of a request must be allowed', () => {
    const both = actionsOf('issues:read@myorg/repo-a', 'pulls:merge@myorg/repo-a');
    expect(verdict(writer, both, { repositories })).toBe('policy.allow');
  });

  test('one denied action denies the request, whatever comes before it', () => {
    const both = actionsOf('nothing:like-it', 'admin:hooks:create');
    expect(verdict(writer, both)).toBe('policy.deny[0]');
  });

  test('one resource out of scope denies the request', () => {
    const both = actionsOf('issues:read@myorg/repo-a', 'issues:read@other/x');
    expect(verdict(writer, both, { repositories })).toBe('scope.repositories');
  });
});

describe('the order of checks', () => {
  const everything: PolicySpec = {
    httpRules: [{ methods: ['POST'], effect: 'allow' }],
    deny: ['a:*'],
    allow: ['b:*'],
  };
  const parts = {
    repositories: ['o/r'],
    services: ['b'],
    plugin: { serviceOf: ({ name }: { name: string }) => name.split(':')[0] ?? '' },
  };
  test.each([
    ['httpRules before deny', everything, 'a:x@q/q', 'policy.httpRules'],
    ['deny before allow', { deny: ['a:*'], allow: ['b:*'] }, 'a:x@q/q', 'policy.deny[0]'],
    ['allow before services', { allow: ['b:*'] }, 'c:x@q/q', 'policy.allow'],
    ['services before scope', { allow: ['*'] }, 'c:x@q/q', 'config.services'],
    ['scope at last', { allow: ['*'] }, 'b:x@q/q', 'scope.repositories'],
    ['and nothing in the way', { allow: ['*'] }, 'b:x@o/r', '+policy.allow[0]'],
  ])('%s', (_, policy, action, rule) => {
    expect(verdict(policy as PolicySpec, actionsOf(action), parts)).toBe(rule);
  });

  test('explain shows every step, and its first denial is the verdict', () => {
    const policy = policyOf(everything, parts);
    const resolution = actionsOf('a:x@q/q');
    const steps = policy.explain(request, resolution);
    expect(steps.map(({ step, effect, rule }) => `${step} ${effect} ${rule}`)).toEqual([
      'resolve pass resolve',
      'httpRules deny policy.httpRules',
      'deny deny policy.deny[0]',
      'allow deny policy.allow',
      'services deny config.services',
      'scope deny scope.repositories',
    ]);
    expect(steps[0]?.reason).toBe('github-writer: the request is a:x on q/q');
    expect(steps[1]?.reason).toBe(policy.decide(request, resolution).reason);
  });
});

describe('unresolved', () => {
  const unresolved = { unresolved: 'two Action parameters' };
  test.each<[string, PolicySpec | undefined, string]>([
    ['a bare allow *', { allow: ['*'] }, '+policy.allow[0]'],
    ['a bare allow *, twice', { allow: ['*', '*'], deny: [], httpRules: [] }, '+policy.allow[0]'],
    ['no policy', undefined, 'unresolved'],
    ['an empty policy', {}, 'unresolved'],
    ['an empty allow', { allow: [] }, 'unresolved'],
    ['allow * and more', { allow: ['*', 'a:b'] }, 'unresolved'],
    ['a pattern like *', { allow: ['**'] }, 'unresolved'],
    ['a deny list', { allow: ['*'], deny: ['a:b'] }, 'unresolved'],
    ['HTTP rules', { allow: ['*'], httpRules: [{ effect: 'allow' }] }, 'unresolved'],
    ['HTTP rules alone', { httpRules: [{ effect: 'allow' }] }, 'unresolved'],
  ])('under %s', (_, policy, rule) => {
    expect(verdict(policy, unresolved)).toBe(rule);
  });

  test('a scope or a list of services makes an allow * not bare', () => {
    expect(verdict({ allow: ['*'] }, unresolved, { repositories: [] })).toBe('unresolved');
    expect(
      verdict({ allow: ['*'] }, unresolved, { services: ['s3'], plugin: { serviceOf: () => 's3' } }),
    ).toBe('unresolved');
  });

  test('lists of tools make an allow * not bare', () => {
    const rules = [{ tool: 'a', effect: 'deny' as const, arguments: { b: 'c' } }];
    for (const mcp of [{ allowedTools: ['a'] }, { deniedTools: ['a'] }, { rules }]) {
      expect(verdict({ allow: ['*'], mcp }, unresolved, { type: 'mcp' })).toBe('unresolved');
    }
  });

  test('the reason says why', () => {
    const { decide, explain } = policyOf({ deny: ['x'] });
    expect(decide(request, unresolved).reason).toContain('(two Action parameters)');
    expect(explain(request, unresolved)).toEqual([
      expect.objectContaining({ step: 'resolve', effect: 'deny', rule: 'unresolved' }),
    ]);
    expect(policyOf({ allow: ['*'] }).explain(request, unresolved)).toEqual([
      expect.objectContaining({ step: 'resolve', effect: 'pass', rule: 'policy.allow[0]' }),
    ]);
  });

  test('an empty list of actions is not "nothing to deny"', () => {
    const nothing = { actions: [] } as unknown as Resolution;
    expect(verdict(writer, nothing)).toBe('unresolved');
    expect(verdict({ httpRules: [{ effect: 'allow' }] }, nothing)).toBe('unresolved');
  });
});

describe('no rule is satisfied by an empty list', () => {
  test.each<[string, PolicySpec | undefined, Parameters<typeof policyOf>[1], string]>([
    ['no policy', undefined, {}, 'policy.allow'],
    ['no lists', {}, {}, 'policy.allow'],
    ['allow', { allow: [] }, {}, 'policy.allow'],
    ['allow beside HTTP rules', { allow: [], httpRules: [{ effect: 'allow' }] }, {}, 'policy.allow'],
    ['HTTP rules', { httpRules: [] }, {}, 'policy.allow'],
    ['services', { allow: ['*'] }, { services: [], plugin: { serviceOf: () => 's3' } }, 'config.services'],
    [
      'one of the names of a service',
      { allow: ['*'] },
      { services: ['B'], plugin: { serviceOf: () => ['a', 'b'] as const } },
      '+policy.allow[0]',
    ],
    ['scope', { allow: ['*'] }, { repositories: [] }, 'scope.repositories'],
    ['allow of an MCP type', { allow: [] }, { type: 'mcp' }, 'policy.allow'],
    ['allowed tools, by its definition', { mcp: { allowedTools: [] } }, { type: 'mcp' }, '+policy.mcp'],
  ])('%s', (_, policy, parts, rule) => {
    expect(verdict(policy, actionsOf('a:b@o/r'), parts)).toBe(rule);
  });
});

describe('case', () => {
  test('is ignored unless the type tells cases apart', () => {
    const policy = { allow: ['Pulls:Create', 'ISSUES:*'], deny: ['Admin:*'] };
    expect(verdict(policy, actionsOf('pulls:create'))).toBe('+policy.allow[0]');
    expect(verdict(policy, actionsOf('issues:read'))).toBe('+policy.allow[1]');
    expect(verdict(policy, actionsOf('aDMIN:x'))).toBe('policy.deny[0]');
    const plugin = { hasCaseSensitiveActions: true };
    expect(verdict(policy, actionsOf('pulls:create'), { plugin })).toBe('policy.allow');
    expect(verdict(policy, actionsOf('admin:x'), { plugin })).toBe('policy.allow');
    expect(verdict(policy, actionsOf('ISSUES:read'), { plugin })).toBe('+policy.allow[1]');
  });
});

function callOf(tool: string, given: Readonly<Record<string, unknown>> = {}): Resolution {
  return { actions: [{ name: tool, arguments: given }] };
}

describe('MCP tools', () => {
  const parts = { type: 'mcp' };
  test.each<[string, PolicySpec | undefined, string, string]>([
    ['no lists permit all', undefined, 'list_issues', '+policy.mcp'],
    ['a listed tool', { mcp: { allowedTools: ['list_issues'] } }, 'list_issues', '+policy.mcp.allowedTools'],
    ['another tool', { mcp: { allowedTools: ['list_issues'] } }, 'delete_repo', 'policy.mcp.allowedTools'],
    ['another case', { mcp: { allowedTools: ['list_issues'] } }, 'List_Issues', 'policy.mcp.allowedTools'],
    ['a denied tool', { mcp: { deniedTools: ['x', 'rm'] } }, 'rm', 'policy.mcp.deniedTools[1]'],
    [
      'denied beats allowed',
      { mcp: { allowedTools: ['rm'], deniedTools: ['rm'] } },
      'rm',
      'policy.mcp.deniedTools[0]',
    ],
    ['deny goes first', { deny: ['r*'], mcp: { allowedTools: ['rm'] } }, 'rm', 'policy.deny[0]'],
    ['allow must hold too', { allow: ['ls'], mcp: { allowedTools: ['rm'] } }, 'rm', 'policy.allow'],
    ['allow names the rule', { allow: ['r*'], mcp: { allowedTools: ['rm'] } }, 'rm', '+policy.allow[0]'],
  ])('%s', (_, policy, tool, rule) => {
    expect(verdict(policy, callOf(tool), parts)).toBe(rule);
  });

  test('lists of tools have nothing to say on other messages (C9)', () => {
    const mcp = { allowedTools: ['a'], deniedTools: ['ping'] };
    expect(verdict({ mcp }, actionsOf('ping'), parts)).toBe('+policy.mcp.allowedTools');
    expect(verdict({ mcp }, callOf('ping'), parts)).toBe('policy.mcp.deniedTools[0]');
  });

  test('what opens a connection need not be allowed, and may be denied', () => {
    const plugin = { impliedActions: ['initialize', 'notifications/*'] };
    const shake = actionsOf('initialize', 'notifications/initialized');
    expect(verdict({ allow: ['a'] }, shake, { ...parts, plugin })).toBe('+policy.allow');
    expect(verdict({ allow: ['a'], deny: ['initialize'] }, shake, { ...parts, plugin })).toBe(
      'policy.deny[0]',
    );
    expect(verdict({ allow: ['a'] }, callOf('initialize'), { ...parts, plugin })).toBe('policy.allow');
    expect(verdict({ allow: ['a'] }, actionsOf('resources/read'), { ...parts, plugin })).toBe('policy.allow');
  });

  const rules: NonNullable<NonNullable<PolicySpec['mcp']>['rules']> = [
    { tool: 'write', effect: 'deny', arguments: { path: '*/.git/*' } },
    { tool: 'write', effect: 'allow', arguments: { path: '/work/*', 'meta.owner': 'me' } },
    { tool: 'write', effect: 'allow', arguments: { 'files.path': '/work/*' } },
    { tool: 'count', effect: 'deny', arguments: { limit: '1??*' } },
  ];
  test.each<[string, string, Readonly<Record<string, unknown>>, string]>([
    ['what an allow rule says', 'write', { path: '/work/a', meta: { owner: 'me' } }, '+policy.mcp'],
    ['half of it', 'write', { path: '/work/a' }, 'policy.mcp.rules'],
    ['nothing', 'write', {}, 'policy.mcp.rules'],
    ['null where members are looked for', 'write', { path: '/work/a', meta: null }, 'policy.mcp.rules'],
    [
      'what a deny rule says',
      'write',
      { path: '/work/.git/x', meta: { owner: 'me' } },
      'policy.mcp.rules[0]',
    ],
    ['every item of a list', 'write', { files: [{ path: '/work/a' }, { path: '/work/b' }] }, '+policy.mcp'],
    ['one item elsewhere', 'write', { files: [{ path: '/work/a' }, { path: '/etc' }] }, 'policy.mcp.rules'],
    ['one denied item', 'write', { path: ['/work/a', '/work/.git/x'] }, 'policy.mcp.rules[0]'],
    ['an object for a text', 'write', { path: { toString: '/work/a' } }, 'policy.mcp.rules[0]'],
    ['a key that holds the dots itself', 'write', { path: '/work/a', 'meta.owner': 'me' }, '+policy.mcp'],
    ['a text that ends at a NUL for some', 'write', { path: '/work/\0a' }, 'policy.mcp.rules[0]'],
    ['another case, which Go takes', 'write', { Path: '/work/a' }, 'policy.mcp.rules[0]'],
    ['a number', 'count', { limit: 1000 }, 'policy.mcp.rules[3]'],
    ['a small number', 'count', { limit: 10 }, '+policy.mcp'],
    ['another tool', 'read', { path: '/etc' }, '+policy.mcp'],
  ])('rules on arguments: %s', (_title, tool, given, rule) => {
    expect(verdict({ mcp: { rules } }, callOf(tool, given), parts)).toBe(rule);
  });
});
