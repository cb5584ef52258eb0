import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { createDesk } from './pai.ts';

const providers = `
apiVersion: pai.io/v1
kind: Provider
metadata: {name: github-writer}
spec:
  type: github
  auth: {type: pat, secretRef: github-pat}
  policy:
    allow: ["pulls:create", "pulls:comment", "issues:read", "contents:read"]
    deny: ["admin:*"]
  scope: {repositories: ["myorg/repo-a", "myorg/repo-b"]}
---
apiVersion: pai.io/v1
kind: Provider
metadata: {name: api}
spec:
  type: http-token
  host: api.example.com
  auth: {type: api-key, secretRef: api-key, param: key}
  policy:
    httpRules:
      - {effect: allow, methods: [GET], paths: ["/v1/**"]}
  audit: {enforcement: audit}
---
apiVersion: pai.io/v1
kind: Provider
metadata: {name: bot}
spec:
  type: telegram
  auth: {type: bot-token, secretRef: telegram-bot}
  policy: {allow: ["get*"]}
`;

async function createExplainDesk() {
  const desk = await createDesk();
  const file = join(desk.directory, 'providers.yaml');
  await writeFile(file, providers);
  return { ...desk, file };
}

describe('pai explain METHOD URL', () => {
  test('says what a request means, which rule lets it through and what would be injected', async () => {
    const { pai, file } = await createExplainDesk();
    const { status, out } = await pai([
      'explain',
      '-f',
      file,
      'GET',
      'https://api.github.com/repos/myorg/repo-a/issues',
    ]);
    expect(status).toBe(0);
    expect(out).toContain('provider   github-writer (github)');
    expect(out).toContain('issues:read on myorg/repo-a');
    expect(out).toContain('decision   allow by policy.allow[2]');
    expect(out).toContain('authorization: Bearer [secret github-pat/token]');
  });

  test.each([
    ['POST', 'https://api.github.com/repos/myorg/repo-a/hooks', 'deny by policy.deny[0]'],
    ['GET', 'https://api.github.com/repos/other/x/issues', 'deny by scope.repositories'],
    ['GET', 'https://api.github.com/repos/myorg/repo-a/../../other', 'deny by malformed_request'],
    ['GET', 'https://api.github.com.evil.example/repos/myorg/repo-a', 'deny by misdirected_request'],
    [
      'DELETE',
      'https://api.example.com/v1/x',
      'deny by policy.httpRules (enforcement: audit, so it is forwarded and logged)',
    ],
  ])('ends with 3 when %s %s is denied', async (method, url, decision) => {
    const { pai, file } = await createExplainDesk();
    const { status, out } = await pai(['explain', '-f', file, method, url]);
    expect({ status, out }).toEqual({ status: 3, out: expect.stringContaining(decision) });
  });

  test.each([
    ['', 'on //storage.googleapis.com/projects/_/buckets/my-bucket\n'],
    ['?prefix=a/', 'on //storage.googleapis.com/projects/_/buckets/my-bucket at a/\n'],
  ])('names the part of a bucket that a listing is of, if it is of one: %s', async (query, expected) => {
    const { pai } = await createDesk();
    const url = `https://storage.googleapis.com/storage/v1/b/my-bucket/o${query}`;
    const { out } = await pai(['explain', '--type', 'gcp', 'GET', url]);
    expect(out.split(expected)).toHaveLength(3);
    expect(out).not.toMatch(/decision|allow/);
  });

  test('shows a credential that goes into the query', async () => {
    const { pai, file } = await createExplainDesk();
    const { out } = await pai(['explain', '-f', file, 'GET', 'https://api.example.com/v1/x?key=mine&a=1']);
    expect(out).toContain('request-target /v1/x?a=1&key=[secret api-key/token]');
  });

  test('shows a target as it would be sent, whatever escapes it has', async () => {
    const { pai, file } = await createExplainDesk();
    const { out } = await pai(['explain', '-f', file, 'GET', 'https://api.example.com/v1/x?a=%E9%0A%1b']);
    expect(out).toContain('request-target /v1/x?a=%E9%0A%1b&key=[secret api-key/token]');
  });

  test('shows a credential that goes into the path', async () => {
    const { pai, file } = await createExplainDesk();
    const url = 'https://api.telegram.org/bot1234567890:mine/getMe';
    const { status, out } = await pai(['explain', '-f', file, 'GET', url]);
    expect(out).toContain('decision   allow by policy.allow[0]');
    expect(out).toContain('request-target /bot[secret telegram-bot/token]/getMe');
    expect(status).toBe(0);
  });

  test('shows no verdict of the policy on what Pai answers itself', async () => {
    const { pai, file } = await createExplainDesk();
    const url = 'https://ghcr.io/token?scope=repository:myorg/repo-a:pull';
    const { status, out } = await pai(['explain', '-f', file, 'GET', url]);
    expect(out).toContain('decision  allow by answer');
    expect(out).not.toContain('deny');
    expect(status).toBe(0);
  });

  test('says of a switch of protocols what becomes of it', async () => {
    const { pai, file } = await createExplainDesk();
    const url = 'https://api.example.com/v1/x';
    const { out } = await pai(['explain', '-f', file, 'GET', url, '-H', 'Upgrade: websocket']);
    expect(out).toContain('deny by upgrade_refused');
  });

  test('judges the fields that go on, without those that Connection takes away', async () => {
    const { pai, file } = await createExplainDesk();
    const fields = ['-H', 'Connection: x-http-method-override', '-H', 'X-HTTP-Method-Override: DELETE'];
    const url = 'https://api.github.com/repos/myorg/repo-a/issues';
    const { status, out } = await pai(['explain', '-f', file, 'GET', url, ...fields]);
    expect(out).toContain('decision   allow by policy.allow[2]');
    expect(status).toBe(0);
  });

  test.each([
    [['get', 'https://api.example.com/v1/x'], '"get" is not a method; methods are in upper case'],
    [['TRACE', 'https://api.example.com/v1/x'], 'TRACE is never forwarded (method_refused)'],
    [['GET', 'https://api.example.com/v1/a b'], 'has characters that no URL has'],
    [['GET', 'https://api.example.com/v1', '-H', 'Host: x.example'], '(misdirected_request)'],
    [['GET', 'https://api.example.com/v1', '-H', 'a b: c'], 'a malformed header line'],
  ])('refuses as a sidecar does what no rule can allow: %j', async (request, sentence) => {
    const { pai, file } = await createExplainDesk();
    const { status, err } = await pai(['explain', '-f', file, ...request]);
    expect({ status, err }).toEqual({ status: 1, err: expect.stringContaining(sentence) });
  });

  test('reads headers and content as an agent would send them', async () => {
    const { pai, file } = await createExplainDesk();
    const url = 'https://api.github.com/repos/myorg/repo-a/pulls/1/reviews';
    const { out } = await pai([
      'explain',
      '-f',
      file,
      'POST',
      url,
      '-H',
      'Content-Type: application/json',
      '-d',
      '{"event":"APPROVE"}',
      '-o',
      'json',
    ]);
    expect(JSON.parse(out)).toMatchObject({
      provider: 'github-writer',
      actions: [{ name: 'pulls:review' }, { name: 'pulls:approve' }],
      decision: { effect: 'deny', rule: 'policy.allow' },
    });
  });

  test.each([
    [['explain'], 'explain takes a method and a URL, or --requests FILE'],
    [['explain', 'GET', 'https://x', '-o', 'yaml'], "'yaml' is invalid; allowed choices are text, json"],
    [['explain', '--requests', '-', 'GET', 'https://x'], 'leave METHOD, -H and -d out (usage)'],
    [['explain', '--requests', '-', '-d', '{}'], 'leave METHOD, -H and -d out (usage)'],
    [['explain', 'GET', 'http://x'], '"http://x" is not an https URL'],
    [['explain', 'GET', 'https://x', '-H', 'nonsense'], '-H "nonsense" is not name: value'],
    [['explain', '--requests', '/nowhere', '--type', 'github'], '/nowhere cannot be read (ENOENT)'],
    [['explain', '--requests', '-', '--type', 'githb'], 'did you mean github'],
  ])('answers %j with one sentence', async (args, sentence) => {
    const { pai } = await createDesk();
    const { status, err } = await pai(args, ' ');
    expect({ status, err }).toEqual({
      status: expect.toSatisfy((value) => value > 0),
      err: expect.stringContaining(sentence),
    });
  });
});

describe('pai explain --requests', () => {
  const lines = [
    { id: 'a', method: 'GET', url: 'https://api.github.com/repos/myorg/repo-a/issues' },
    { id: 2, method: 'POST', url: 'https://api.github.com/repos/MyOrg/Repo-A/pulls', body: { title: 'x' } },
    { id: 'c', method: 'GET', url: 'https://api.github.com/search/code?q=x' },
    {
      id: 'd',
      method: 'POST',
      url: 'https://api.github.com/graphql',
      headers: { 'content-type': 'application/json' },
      body: '{}',
    },
    {
      id: 'e',
      method: 'POST',
      url: 'https://api.github.com/repos/o/r/pulls/1/reviews',
      bodyBase64: btoa('{"event":"approve"}'),
    },
  ];

  test('names what each request of a type means, in order, without any policy', async () => {
    const { pai } = await createDesk();
    const input = `${lines.map((line) => JSON.stringify(line)).join('\n')}\n\nnot json\n{"id":"g","url":"https://x"}\n`;
    const { status, out } = await pai(['explain', '--type', 'github', '--requests', '-'], input);
    expect(status).toBe(0);
    expect(
      out
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line)),
    ).toEqual([
      { id: 'a', actions: [{ name: 'issues:read', resource: 'myorg/repo-a' }] },
      { id: 2, actions: [{ name: 'pulls:create', resource: 'MyOrg/Repo-A' }] },
      { id: 'c', actions: [{ name: 'search:read' }] },
      { id: 'd', actions: [], unresolved: expect.any(String) },
      {
        id: 'e',
        actions: [
          { name: 'pulls:review', resource: 'o/r' },
          { name: 'pulls:approve', resource: 'o/r' },
        ],
      },
      { id: null, actions: [], unresolved: expect.stringContaining('line 7 is not JSON') },
      { id: 'g', actions: [], unresolved: 'line 8 has no method (a string)' },
    ]);
  });

  test('takes any host of a type, an Enterprise Server and a host of one’s own included', async () => {
    const { pai } = await createDesk();
    const one = (type: string, url: string) =>
      pai(['explain', '--type', type, '--requests', '-'], JSON.stringify({ id: 1, method: 'GET', url }));
    expect((await one('github', 'https://ghes.example/api/v3/repos/o/r/issues')).out).toContain(
      'issues:read',
    );
    expect((await one('github', 'https://raw.githubusercontent.com/o/r/main/a.txt')).out).toContain(
      'contents:read',
    );
    expect((await one('http-token', 'https://anything.example:8443/x')).out).toContain(
      '"actions":[{"name":"request"}]',
    );
  });

  test('says what a request means that the policy allows and that still cannot be sent', async () => {
    const { pai, directory } = await createExplainDesk();
    const file = join(directory, 'azure.yaml');
    await writeFile(
      file,
      `apiVersion: pai.io/v1
kind: Provider
metadata: {name: az}
spec:
  type: azure
  auth: {type: azure-client-credentials, secretRef: app}
  config: {tenantId: 11111111-2222-4333-8444-555555555555}
  policy: {allow: ["*/blobs/read"]}
`,
    );
    const { out } = await pai(['explain', '-f', file, 'GET', 'https://acct.blob.core.windows.net/data/x']);
    expect(out).toContain('blobs/read on acct.blob.core.windows.net/data/x');
    expect(out).toContain('deny by malformed_request');
    expect(out).toContain('send x-ms-version');
  });

  test('decides too with -f, and merges a config that the type knows', async () => {
    const { pai, file } = await createExplainDesk();
    const input = [...lines, { ...lines[0], id: 'config', config: { nonsense: 1 } }]
      .map((line) => JSON.stringify(line))
      .join('\n');
    const { out } = await pai(['explain', '-f', file, '--requests', '-'], input);
    const answers = out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(answers.map(({ id, decision }) => [id, decision.effect, decision.rule])).toEqual([
      ['a', 'allow', 'policy.allow[2]'],
      [2, 'allow', 'policy.allow[0]'],
      ['c', 'deny', 'policy.allow'],
      ['d', 'deny', 'unresolved'],
      ['e', 'deny', 'policy.allow'],
      ['config', 'deny', 'config_invalid'],
    ]);
    for (const { decision } of answers) expect(decision.reason).not.toBe('');
  });
});
