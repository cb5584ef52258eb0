import { describe, expect, test } from 'vitest';
import type { PolicySpec } from '../src/index.ts';
import { actionsOf, policyOf, verdict } from './policy.ts';
import { requestOf } from './request.ts';

const writer: PolicySpec = { allow: ['pulls:create', 'pulls:comment', 'issues:read'] };
const repositories = ['myorg/repo-a', 'myorg/repo-b'];
const request = requestOf('GET', '/x');

describe('rewritten patterns', () => {
  const plugin = {
    patterns: (pattern: string) =>
      pattern === 'contents:write' ? ['contents:push', 'contents:m*'] : [pattern],
  };

  test('stand for every canonical pattern and keep the place and the words of the user', () => {
    const policy = { allow: ['*'], deny: ['x:y', 'contents:write'] };
    expect(verdict(policy, actionsOf('contents:push'), { plugin })).toBe('policy.deny[1]');
    expect(verdict(policy, actionsOf('contents:merge'), { plugin })).toBe('policy.deny[1]');
    expect(verdict(policy, actionsOf('contents:read'), { plugin })).toBe('+policy.allow[0]');
    const { reason } = policyOf(policy, { plugin }).decide(request, actionsOf('contents:push'));
    expect(reason).toContain('policy.deny[1] "contents:write"');
  });

  test('the first pattern of the list that fits is named, whether it is plain or has a star', () => {
    const allow = ['a:b', '*:b', 'a:*', 'a:c', 'q:*', 'q:r'];
    expect(verdict({ allow }, actionsOf('a:b'))).toBe('+policy.allow[0]');
    expect(verdict({ allow }, actionsOf('z:b'))).toBe('+policy.allow[1]');
    expect(verdict({ allow }, actionsOf('a:c'))).toBe('+policy.allow[2]');
    expect(verdict({ allow }, actionsOf('q:r'))).toBe('+policy.allow[4]');
    expect(verdict({ allow }, actionsOf('q:r', 'a:b'))).toBe('+policy.allow[0]');
  });
});

describe('types without actions', () => {
  const parts = { plugin: { hasNoActions: true }, type: 'http-token' };
  const action = actionsOf('request');

  test('take * in both lists', () => {
    expect(verdict({ allow: ['*'] }, action, parts)).toBe('+policy.allow[0]');
    expect(verdict({ allow: ['*'], deny: ['*'] }, action, parts)).toBe('policy.deny[0]');
  });

  test('are governed by HTTP rules', () => {
    expect(verdict({ httpRules: [{ effect: 'allow' }] }, action, parts)).toBe('+policy.httpRules[0]');
    expect(verdict({ httpRules: [{ effect: 'deny' }] }, action, parts)).toBe('policy.httpRules[0]');
    expect(policyOf({}, parts).decide(request, action).reason).toBe(
      'github-writer: request is not allowed (there is no policy.allow); add allow rules to policy.httpRules',
    );
  });

  test('refuse any other pattern', () => {
    expect(() => policyOf({ allow: ['*', 'items:read'] }, parts)).toThrow(
      'policy.allow[1]: pattern "items:read" names an action, and type http-token has none; write * here and say which requests you mean in policy.httpRules',
    );
  });
});

describe('what cannot be compiled is refused with its place and a remedy', () => {
  test.each<[string, PolicySpec, Parameters<typeof policyOf>[1]]>([
    [
      'policy.allow[1]: pattern "" is empty; remove it or write what it should match',
      { allow: ['a', ''] },
      {},
    ],
    ['policy.deny[0]: pattern "a b" has white space', { deny: ['a b'] }, {}],
    [
      'policy.httpRules[0].paths[1]: pattern "v1" does not begin with /; write /v1',
      { httpRules: [{ effect: 'deny', paths: ['/', 'v1'] }] },
      {},
    ],
    [
      'pattern "https://api.example.com/v1/*" is a URL; write its path, /v1/*; spec.host is the host',
      { httpRules: [{ effect: 'deny', paths: ['https://api.example.com/v1/*'] }] },
      {},
    ],
    [
      'policy.mcp.allowedTools[0]: pattern "list_*" has *, and this list takes whole names; name each tool, or use policy.allow',
      { mcp: { allowedTools: ['list_*'] } },
      { type: 'mcp' },
    ],
    [
      'policy.mcp.deniedTools[0]: pattern "list_*" has *, and this list takes whole names; name each tool, or use policy.deny',
      { mcp: { deniedTools: ['list_*'] } },
      { type: 'mcp' },
    ],
    [
      'policy.httpRules[0].methods[0]: pattern "GET,POST" is not an HTTP method',
      { httpRules: [{ effect: 'deny', methods: ['GET,POST'] }] },
      {},
    ],
    [
      'policy.httpRules[0].methods[0]: pattern "GE*"',
      { httpRules: [{ effect: 'allow', methods: ['GE*'] }] },
      {},
    ],
    ['policy.httpRules[0].methods is empty', { httpRules: [{ effect: 'deny', methods: [] }] }, {}],
    [
      'policy.httpRules[1].paths is empty',
      { httpRules: [{ effect: 'allow' }, { effect: 'deny', paths: [] }] },
      {},
    ],
    ['policy.mcp is not known to type github', { mcp: {} }, {}],
    [
      'policy.mcp.deniedTools[0]: pattern "delete_*" has *',
      { mcp: { deniedTools: ['delete_*'] } },
      { type: 'mcp' },
    ],
    ['policy.mcp.allowedTools[1]: pattern "*" has *', { mcp: { allowedTools: ['a', '*'] } }, { type: 'mcp' }],
    ['config.services is not known to type github', {}, { services: ['s3'] }],
    ['policy.deny[0]: pattern "q" stands for no action', { deny: ['q'] }, { plugin: { patterns: () => [] } }],
  ])('%s', (message, policy, parts) => {
    const refusal = expect.objectContaining({
      code: 'config_invalid',
      message: expect.stringContaining(message),
    });
    expect(() => policyOf(policy, parts)).toThrow(refusal);
  });

  test('a bad scope pattern too', () => {
    expect(() => policyOf({}, { repositories: ['a/b', 'c'] })).toThrow(
      'scope.repositories[1]: pattern "c" is not owner/repo; write both',
    );
  });
});

describe('warnings', () => {
  test.each<[string | undefined, PolicySpec | undefined, Parameters<typeof policyOf>[1]]>([
    ['there is no policy.allow, so everything is denied; add the actions', undefined, {}],
    [
      'there is no policy.allow, so everything is denied; add allow rules to',
      {},
      { plugin: { hasNoActions: true } },
    ],
    ['policy.allow is empty', { allow: [] }, {}],
    ['policy.httpRules has no allow rule', { httpRules: [{ effect: 'deny' }] }, {}],
    ['policy.deny[1] "*" denies everything', { allow: ['a'], deny: ['b', '*'] }, {}],
    ['config.services is empty', { allow: ['a'] }, { services: [], plugin: { serviceOf: () => '' } }],
    [undefined, { allow: ['a'] }, {}],
    [undefined, { httpRules: [{ effect: 'allow' }] }, {}],
    [undefined, undefined, { type: 'mcp' }],
  ])('%s', (message, policy, parts) => {
    const { warnings } = policyOf(policy, parts);
    expect(warnings).toEqual(
      message === undefined ? [] : [expect.stringContaining(`github-writer: ${message}`)],
    );
  });
});

describe('reasons', () => {
  test('a long list is cut', () => {
    const allow = Array.from({ length: 9 }, (_, i) => `a:${i}`);
    expect(policyOf({ allow }).decide(request, actionsOf('b:c')).reason).toContain(
      '(allow has a:0, a:1, a:2, a:3, a:4, a:5, 3 more)',
    );
  });

  test('what the agent wrote is repeated only in printable form', () => {
    const { reason } = policyOf({ allow: ['a'] }, { repositories }).decide(
      request,
      actionsOf('x\r\ny\u202e'),
    );
    expect(reason).toMatch(/^[\x20-\x7e]*$/);
    const outside = policyOf({ allow: ['a'] }, { repositories }).decide(request, actionsOf('a@o/\n'));
    expect(outside.reason).toMatch(/^[\x20-\x7e]*$/);
  });

  test('an allowed request gets the same object every time', () => {
    const { decide } = policyOf(writer, { repositories });
    const once = decide(request, actionsOf('issues:read@myorg/repo-a'));
    expect(decide(request, actionsOf('issues:read@myorg/repo-b'))).toBe(once);
    expect(once.reason).toBe('github-writer: policy.allow[2] "issues:read" allows it');
  });
});
