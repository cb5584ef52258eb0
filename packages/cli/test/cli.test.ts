import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { apiProvider, createDesk } from './pai.ts';

const githubWriter = `apiVersion: pai.io/v1
kind: Provider
metadata: {name: github-writer}
spec:
  type: github
  auth: {type: pat, secretRef: github-pat}
  policy:
    allow: ["pulls:create", "pulls:comment", "issues:read", "contents:read"]
    deny: ["admin:*"]
  scope: {repositories: ["myorg/repo-a", "myorg/repo-b"]}
`;

describe('pai', () => {
  test('explains itself with an example', async () => {
    const { pai } = await createDesk();
    const help = await pai(['--help']);
    expect(help.status).toBe(0);
    expect(help.out).toContain('pai run --provider github-writer -- node agent.js');
    expect(await pai([])).toEqual(help);
    expect((await pai(['--version'])).out).toMatch(/^\d+\.\d+\.\d+\n$/);
  });

  test.each([
    [['aply'], "unknown command 'aply'; did you mean apply; see pai --help"],
    [['get'], "missing required argument 'kind'; see pai get --help"],
    [
      ['get', 'pods'],
      '"pods" is not a kind of resource; use provider, agent, secret, providertype or access-key (usage)',
    ],
    [['get', 'provders'], '"provders" is not a kind of resource; did you mean providers (usage)'],
    [['apply'], "required option '-f, --filename <path>' not specified; see pai apply --help"],
    [['get', 'secrets', '--wdie'], "unknown option '--wdie'; see pai get --help"],
    [
      ['run', '--provider', 'api', 'curl', '-sS', 'https://api.example.com'],
      "unknown option '-sS'; write -- before the command and its options; see pai run --help",
    ],
    [
      ['-n', 'x', 'access-key', 'create'],
      "required option '--name <name>' not specified; see pai access-key create --help",
    ],
    [
      ['env', '--provider', 'api', '--format', 'xml'],
      "option '--format <format>' argument 'xml' is invalid; allowed choices are sh, json, dotenv; see pai env --help",
    ],
    [
      ['sidecar', 'api'],
      "too many arguments for 'sidecar'; expected 0 arguments but got 1: api; see pai sidecar --help",
    ],
    [
      ['add', 'secret', 'x'],
      'secret x was given no value; add --from-literal KEY=VALUE, --from-file KEY=PATH, --from-env-file PATH or --from-path KEY=PATH (usage)',
    ],
    [
      ['add', 'secret', 'x', '--from-literal', 'ghp_Canary'],
      '--from-literal wants KEY=VALUE; write --from-literal token=… (usage)',
    ],
    [
      ['add', 'secret', 'x', 'token=ghp_Canary'],
      "too many arguments for 'secret'; expected 1 argument but got 2; give values with --from-file; see pai add secret --help",
    ],
    [['add', 'secret', 'x', '--token=ghp_Canary'], "unknown option '--token'; see pai add secret --help"],
    [['describe', 'secret', 'x'], 'describe shows providers only; use: pai get secret x -o yaml (usage)'],
    [['get', 'secrets', '--home', ''], '--home is empty; name a directory (usage)'],
  ])('ends %j with 2 and one sentence', async (args, sentence) => {
    const { pai } = await createDesk();
    expect(await pai(args)).toEqual({ status: 2, out: '', err: `pai: ${sentence}\n` });
  });

  test.each(['policy', 'logs'])('says that %s comes later', async (name) => {
    const { pai } = await createDesk();
    const { status, err } = await pai([name, 'x', '--flag', '-f']);
    expect(status).toBe(1);
    expect(err).toBe(`pai: ${name} is not in this version yet; see pai --help for what is\n`);
  });

  test('works as a process, with the same statuses', async () => {
    const { child } = await createDesk();
    expect(await child(['apply', '-f', '-'], apiProvider())).toEqual({
      status: 0,
      out: 'provider/api created\n',
      err: 'pai: warning: stdin:7: secret api-token does not exist yet; run: pai add secret api-token --from-literal token=…\n',
    });
    expect(await child(['apply', '-f', '-'], 'kind: [')).toMatchObject({ status: 1, out: '' });
    expect(await child(['nothing'])).toMatchObject({ status: 2, out: '' });
  });

  test('shows a stack only to those who ask', async () => {
    const { pai } = await createDesk();
    const args = ['delete', 'secret', 'x'];
    expect((await pai(args)).err.trim().split('\n')).toHaveLength(1);
    expect((await pai(args, '', { PAI_DEBUG: '1' })).err).toContain('PaiError');
  });
});

describe('pai apply', () => {
  test('says what it did to each resource, then what leads nowhere', async () => {
    const { pai, directory } = await createDesk();
    const agent =
      'apiVersion: pai.io/v1\nkind: Agent\nmetadata: {name: dev}\nspec: {providers: [api, gone]}\n';
    await writeFile(join(directory, 'all.yaml'), `${apiProvider()}---\n${agent}---\n${githubWriter}`);
    const path = join(directory, 'all.yaml');
    const warnings = [
      `pai: warning: ${path}:7: secret api-token does not exist yet; run: pai add secret api-token --from-literal token=…`,
      `pai: warning: ${path}:15: provider gone does not exist yet; apply it too`,
      `pai: warning: ${path}:22: secret github-pat does not exist yet; run: pai add secret github-pat --from-literal token=…`,
    ];
    const first = await pai(['apply', '-f', path]);
    expect(first).toEqual({
      status: 0,
      out: 'provider/api created\nagent/dev created\nprovider/github-writer created\n',
      err: `${warnings.join('\n')}\n`,
    });
    await pai(['add', 'secret', 'api-token', '--from-literal', 'token=x']);
    await pai(['add', 'secret', 'github-pat', '--from-literal', 'tokn=x']);
    const { out, err } = await pai(['apply', '-f', path]);
    expect(out).toBe('provider/api unchanged\nagent/dev unchanged\nprovider/github-writer unchanged\n');
    expect(err).toContain('secret github-pat has no key token; run: pai add secret github-pat');
  });

  test.each([
    ['aws', 'aws-sigv4', '', '--from-literal access_key_id=… --from-literal secret_access_key=…'],
    [
      'azure',
      'azure-client-credentials',
      ', config: {tenantId: contoso.com}',
      '--from-literal client_id=… --from-literal client_secret=…',
    ],
    ['gcp', 'gcp-service-account', '', '--from-file key.json=PATH'],
    ['github', 'pat', '', '--from-literal token=…'],
    ['slack', 'bot-token', '', '--from-literal token=…'],
  ])('says which keys the Secret of a Provider of %s has (%s%s)', async (type, auth, more, values) => {
    const { pai } = await createDesk();
    const spec = `{type: ${type}, auth: {type: ${auth}, secretRef: s}${more}}`;
    const text = `apiVersion: pai.io/v1\nkind: Provider\nmetadata: {name: p}\nspec: ${spec}\n`;
    const { err } = await pai(['apply', '-f', '-'], text);
    expect(err).toContain(`secret s does not exist yet; run: pai add secret s ${values}\n`);
  });

  test('reads a directory, several files and standard input', async () => {
    const { pai, directory } = await createDesk();
    await writeFile(join(directory, 'b.yml'), apiProvider('b'));
    await writeFile(join(directory, 'a.json'), JSON.stringify(parse(apiProvider('a'))));
    await writeFile(join(directory, 'notes.txt'), 'no YAML: [');
    const { out } = await pai(['apply', '-f', directory, '-f', '-'], apiProvider('c'));
    expect(out).toBe('provider/a created\nprovider/b created\nprovider/c created\n');
  });

  test('warns of a policy that denies everything', async () => {
    const { pai } = await createDesk();
    const { status, err } = await pai(
      ['apply', '-f', '-'],
      githubWriter.replace(/ {2}policy:[\s\S]*?(?= {2}scope)/, ''),
    );
    expect(status).toBe(0);
    expect(err).toContain('everything is denied');
  });

  test.each([
    [
      'an unknown key',
      apiProvider().replace('policy:', 'polcy:'),
      'stdin:8: spec.polcy is not a known key; did you mean policy (config_invalid)',
    ],
    [
      'a wrong type',
      apiProvider().replace('[GET]', 'GET'),
      'stdin:10: spec.policy.httpRules[0].methods is a string, not a list; write a list (config_invalid)',
    ],
    [
      'a bad pattern',
      apiProvider().replace('/v1/**', 'v1/**'),
      /^stdin:10: provider api: policy\.httpRules\[0\]\.paths\[0\]: .*v1\/\*\*.*\(config_invalid\)$/,
    ],
    [
      'a duplicate name',
      `${apiProvider()}---\n${apiProvider()}`,
      'stdin:14: metadata.name api is already taken by the Provider at stdin:3; rename or remove one (config_invalid)',
    ],
    [
      'a secret with a newline',
      secret('"ghp_Canary\\n"'),
      'stdin:4: secret s/token contains a line break; store the credential alone, without a newline at its end (secret_invalid)',
    ],
    ['an empty secret', secret('""'), 'stdin:4: secret s/token is empty; give it a value (secret_invalid)'],
    [
      'no resource',
      '# nothing\n',
      '- holds no resource; start one with apiVersion: pai.io/v1 (config_invalid)',
    ],
  ])('refuses %s with one sentence, and stores nothing of the rest', async (_title, text, sentence) => {
    const { pai, home } = await createDesk();
    const good = text.startsWith('#') ? '' : `---\n${apiProvider('good')}`;
    const { status, out, err } = await pai(['apply', '-f', '-'], text + good);
    expect([status, out]).toEqual([1, '']);
    const [line = '', ...more] = err.trimEnd().split('\n');
    expect(more).toEqual([]);
    if (typeof sentence === 'string') expect(line).toBe(`pai: ${sentence}`);
    else expect(line.replace('pai: ', '')).toMatch(sentence);
    expect(err).not.toContain('Canary');
    expect(await readdir(home, { recursive: true }).catch(() => [])).toEqual([]);
  });

  test('says that a file does not exist, is a wrong directory, or is no text', async () => {
    const { pai, directory } = await createDesk();
    await writeFile(join(directory, 'x.yaml'), Buffer.from([0xff, 0xfe, 0x00]));
    expect((await pai(['apply', '-f', join(directory, 'no.yaml')])).err).toContain(
      'no.yaml does not exist; check the path',
    );
    expect((await pai(['apply', '-f', join(directory, 'x.yaml')])).err).toContain('x.yaml cannot be read');
    const { status, err } = await pai(['apply', '-f', '/proc/self/task']);
    expect(status).toBe(1);
    expect(err).toContain('has no .yaml, .yml or .json file');
  });
});

describe('pai get, describe and delete', () => {
  async function desk() {
    const made = await createDesk();
    await made.pai(['add', 'secret', 'api-token', '--from-literal', 'token=ghp_Canary']);
    await made.pai(['apply', '-f', '-'], `${apiProvider()}---\n${githubWriter}`);
    return made;
  }

  test('lists in columns, wide ones too, under either name', async () => {
    const { pai } = await desk();
    const { out } = await pai(['get', 'providers']);
    expect(out).toBe(
      [
        'NAME           TYPE        HOST             SECRET      ENFORCEMENT',
        'api            http-token  api.example.com  api-token   enforce',
        'github-writer  github      standard         github-pat  enforce',
        '',
      ].join('\n'),
    );
    expect((await pai(['get', 'services'])).out).toBe(out);
    expect((await pai(['get', 'service', 'github-writer', '-o', 'wide'])).out).toContain(
      'repositories: myorg/repo-a,myorg/repo-b',
    );
  });

  test('gives JSON and YAML that can be applied again', async () => {
    const { pai } = await desk();
    const all = JSON.parse((await pai(['get', 'providers', '-o', 'json'])).out);
    expect(all).toMatchObject({
      kind: 'List',
      items: [{ metadata: { name: 'api', namespace: 'default' } }, {}],
    });
    const one = await pai(['get', 'provider', 'api', '-o', 'yaml']);
    expect((await pai(['apply', '-f', '-'], one.out)).out).toBe('provider/api configured\n');
  });

  test.each([['table'], ['wide'], ['json'], ['yaml']])(
    'never shows the value of a secret as %s',
    async (format) => {
      const { pai } = await desk();
      const { out } = await pai(['get', 'secrets', '-o', format]);
      expect(out).toContain('api-token');
      expect(out).not.toMatch(/Canary|v1:/);
    },
  );

  test('describes a Provider on one page', async () => {
    const { pai } = await desk();
    const { status, out } = await pai(['describe', 'provider', 'api']);
    expect(status).toBe(0);
    expect(out).toMatch(/^Hosts: +api\.example\.com$/m);
    expect(out).toMatch(/^Secret: +api-token \(keys: token\)$/m);
    expect(out).toMatch(/^Agent gets: +API_TOKEN=pai-placeholder-api$/m);
    expect(out).toMatch(/^HTTP rules: +allow GET \/v1\/\*\*$/m);
    expect(out).not.toContain('Canary');
    expect((await pai(['describe', 'service', 'github-writer'])).out).toMatch(
      /^Secret: +github-pat \(missing\)$/m,
    );
  });

  test('describes which tools of an MCP server an agent may call, and which services of a cloud', async () => {
    const { pai, directory } = await createDesk();
    const tracker = `apiVersion: pai.io/v1
kind: Provider
metadata: {name: tracker}
spec:
  type: mcp
  mcp: {transport: http, url: "https://mcp.example.com/mcp"}
  policy:
    mcp:
      deniedTools: [delete_issue]
      rules: [{tool: create_issue, arguments: {owner: "my*"}, effect: allow}]
`;
    const worker = `apiVersion: pai.io/v1
kind: Provider
metadata: {name: worker}
spec:
  type: aws
  auth: {type: aws-sigv4, secretRef: aws}
  config: {region: us-east-1, services: [s3, sqs]}
  policy: {allow: ["s3:*"]}
`;
    await writeFile(join(directory, 'all.yaml'), `${tracker}---\n${worker}`);
    await pai(['apply', '-f', join(directory, 'all.yaml')]);
    const { out } = await pai(['describe', 'provider', 'tracker']);
    expect(out).toMatch(/^Allowed tools: +all but those denied$/m);
    expect(out).toMatch(/^Denied tools: +delete_issue$/m);
    expect(out).toMatch(/^Tool rules: +allow create_issue owner=my\*$/m);
    const described = await pai(['describe', 'provider', 'worker']);
    expect(described.out).toMatch(/^Services: +s3\n +sqs$/m);
    expect(described.out).not.toContain('tools');
  });

  test('describes the credential of a type that is written down', async () => {
    const { pai, directory } = await createDesk();
    const type = `apiVersion: pai.io/v1
kind: ProviderType
metadata: {name: tickets}
spec:
  hosts: [tickets.example.com]
  auth: [{in: header, name: X-Key}]
  routes: [{method: GET, path: /t, action: "tickets:list"}]
`;
    const provider = `apiVersion: pai.io/v1
kind: Provider
metadata: {name: desk}
spec: {type: tickets, auth: {secretRef: key}, policy: {allow: ["*"]}}
`;
    await writeFile(join(directory, 'all.yaml'), `${type}---\n${provider}`);
    await pai(['apply', '-f', join(directory, 'all.yaml')]);
    const { out } = await pai(['describe', 'provider', 'desk']);
    expect(out).toMatch(/^Auth: +as type tickets has it$/m);
  });

  test('deletes, and says who still needs what is gone', async () => {
    const { pai } = await desk();
    expect(await pai(['delete', 'secret', 'api-token'])).toEqual({
      status: 0,
      out: 'secret/api-token deleted\n',
      err: 'pai: warning: provider/api still names it\n',
    });
    expect(await pai(['delete', 'service', 'api'])).toMatchObject({
      status: 0,
      out: 'provider/api deleted\n',
    });
    expect(await pai(['delete', 'provider', 'api'])).toMatchObject({
      status: 1,
      err: 'pai: provider api does not exist in namespace default; there are github-writer (resource_missing)\n',
    });
  });

  test('lists what can be read beside a corrupted file, and fails', async () => {
    const { pai, home } = await desk();
    const path = join(home, 'providers', 'default', 'api.yaml');
    await writeFile(path, 'apiVersion: pai.io/v1\nkind: [');
    const { status, out, err } = await pai(['get', 'providers']);
    expect(status).toBe(1);
    expect(out).toContain('github-writer');
    expect(err).toMatch(
      /^pai: .*api\.yaml:2: not valid YAML .*, or run: pai apply .* or: pai delete provider api \(state_corrupt\)\n$/,
    );
    expect(await pai(['get', 'provider', 'github-writer'])).toMatchObject({ status: 0, err: '' });
    expect(await pai(['describe', 'provider', 'github-writer'])).toMatchObject({ status: 0, err: '' });
    expect(await pai(['describe', 'provider', 'api'])).toMatchObject({ status: 1 });
    expect(await pai(['apply', '-f', '-'], apiProvider())).toMatchObject({
      status: 0,
      out: 'provider/api configured\n',
    });
    expect(await pai(['get', 'providers'])).toMatchObject({ status: 0, err: '' });
  });

  test('keeps namespaces and homes apart', async () => {
    const { pai, directory } = await desk();
    expect((await pai(['get', 'providers', '-n', 'team'])).err).toBe(
      'pai: there are no providers in namespace team\n',
    );
    await pai(['-n', 'team', 'apply', '-f', '-'], apiProvider('theirs'));
    expect((await pai(['get', 'providers', '--namespace', 'team'])).out).toContain('theirs');
    expect((await pai(['get', 'provider', 'api', '-n', 'team'])).err).toContain('use --namespace default');
    const other = join(directory, 'other');
    expect((await pai(['--home', other, 'get', 'providers'])).err).toContain('there are no providers');
    expect((await pai(['get', 'providers', '-n', '../x'])).status).toBe(2);
  });
});

function secret(value: string): string {
  return `apiVersion: pai.io/v1\nkind: Secret\nmetadata: {name: s}\nstringData: {token: ${value}}\n`;
}
