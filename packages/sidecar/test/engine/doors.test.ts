import { describe, expect, test } from 'vitest';
import { canaries, useRig } from './rig.ts';
import { valuesOf } from './strict-message.ts';

const ways = (['tls', 'proxy'] as const).flatMap((door) =>
  (['h1', 'h2'] as const).map((protocol) => ({ door, protocol })),
);

const api = 'api.example.com';
const github = 'api.github.com';

const cases = [
  {
    name: 'an allowed read',
    sni: api,
    path: '/v1/x?y=1',
    status: 200,
    decision: 'allow',
    rule: 'policy.httpRules[1]',
  },
  {
    name: 'an allowed write',
    sni: api,
    method: 'POST',
    path: '/v1',
    body: 'hello',
    status: 200,
    decision: 'allow',
    rule: 'policy.httpRules[1]',
  },
  {
    name: 'a path that a rule denies',
    sni: api,
    path: '/forbidden/x',
    status: 403,
    decision: 'deny',
    rule: 'policy.httpRules[0]',
  },
  {
    name: 'a repository in scope',
    sni: github,
    path: '/repos/myorg/repo-a/issues',
    status: 200,
    decision: 'allow',
    rule: 'policy.allow[3]',
  },
  {
    name: 'the same in another case',
    sni: github,
    path: '/repos/MyOrg/Repo-A/issues',
    status: 200,
    decision: 'allow',
    rule: 'policy.allow[3]',
  },
  {
    name: 'a repository out of scope',
    sni: github,
    path: '/repos/myorg/other/issues',
    status: 403,
    decision: 'deny',
    rule: 'scope.repositories',
  },
  {
    name: 'an action that is denied',
    sni: github,
    method: 'DELETE',
    path: '/repos/myorg/repo-a',
    status: 403,
    decision: 'deny',
    rule: 'policy.deny[0]',
  },
  {
    name: 'a read with content',
    sni: github,
    path: '/repos/myorg/repo-a/issues',
    body: '{"title":"x"}',
    status: 200,
    decision: 'allow',
    rule: 'policy.allow[3]',
  },
  {
    name: 'a denied method with content of another meaning',
    sni: github,
    method: 'GET',
    path: '/repos/myorg/repo-a/keys',
    body: '{"event":"COMMENT"}',
    status: 403,
    decision: 'deny',
    rule: 'policy.deny[0]',
  },
  {
    name: 'a review whose content is read',
    sni: github,
    method: 'POST',
    path: '/repos/myorg/repo-a/pulls/7/reviews',
    body: '{"event":"COMMENT"}',
    status: 200,
    decision: 'allow',
    rule: 'policy.allow[2]',
  },
  {
    name: 'dot segments',
    sni: github,
    path: '/repos/myorg/repo-a/../../other/x/issues',
    status: 400,
    decision: 'refuse',
    rule: 'malformed_request',
  },
  {
    name: 'TRACE',
    sni: api,
    method: 'TRACE',
    path: '/',
    status: 405,
    decision: 'refuse',
    rule: 'method_refused',
  },
  {
    name: 'another authority',
    sni: api,
    authority: github,
    path: '/',
    status: 421,
    decision: 'refuse',
    rule: 'misdirected_request',
  },
  {
    name: 'a misplaced placeholder',
    sni: api,
    path: '/',
    headers: [['x-note', 'pai-placeholder-api']],
    status: 403,
    decision: 'refuse',
    rule: 'placeholder_misplaced',
  },
  {
    name: "the agent's placeholder",
    sni: api,
    path: '/',
    headers: [['Authorization', 'Bearer pai-placeholder-api']],
    status: 200,
    decision: 'allow',
    rule: 'policy.httpRules[1]',
  },
] as const;

describe.each(ways)('a request at the $door door by $protocol', ({ door, protocol }) => {
  const rig = useRig();
  test.each(cases)('gets the one answer: $name', async ({ name: _, status, decision, rule, ...ask }) => {
    const { service, audit, expectNoCanary } = rig();
    const got = await rig().ask({ door, protocol, ...ask });
    expect(got.status).toBe(status);
    const [line] = await audit(1);
    expect(line).toMatchObject({ decision, rule, status, host: ask.sni });
    expect(service.violations).toEqual([]);
    const [request, ...others] = service.requests;
    expect(others).toEqual([]);
    if (status !== 200) expect(service.received().toString()).toBe('');
    else {
      const token = ask.sni === github ? canaries.github : canaries.api;
      const last = request?.fields
        .filter(([name]) => !/^(content-length|transfer-encoding)$/i.test(name))
        .at(-1);
      expect(last).toEqual(['authorization', `Bearer ${token}`]);
      expect(valuesOf(request?.fields ?? [], 'host')).toEqual([ask.sni]);
      expect(request?.target).toBe(ask.path);
      expect(request?.body.toString()).toBe('body' in ask ? ask.body : '');
    }
    await expectNoCanary(got);
  });
});
