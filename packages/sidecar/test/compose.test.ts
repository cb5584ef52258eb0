import { createPipeline, type PaiError } from '@pai/core';
import { describe, expect, test } from 'vitest';
import { composeFromDocuments, composeProviders } from '../src/compose.ts';
import { resourcePath } from '../src/home.ts';
import { loadState } from '../src/load-state.ts';
import { restrictFetch } from '../src/plugin-fetch.ts';
import { builtinPlugins } from '../src/plugins.ts';
import { readResources } from '../src/resources.ts';
import { createSecretStore } from '../src/secrets.ts';
import { applyResources } from '../src/state.ts';
import { demoPlugins, demoProvider } from './demo-plugin.ts';
import { failureOf, temporaryHome } from './temporary-home.ts';

const plugins = demoPlugins;

async function homeWith(...texts: string[]): Promise<string> {
  const home = await temporaryHome();
  const files = texts.map((text) => ({ file: 'f', text }));
  await applyResources(home, await readResources(files, { plugins }));
  return home;
}

async function compose(home: string, selection: { names?: string[]; agent?: string; namespace?: string }) {
  const { reader } = createSecretStore(home);
  return composeProviders({ state: await loadState(home, plugins), secrets: reader, plugins, ...selection });
}

const agent = (names: string) =>
  `apiVersion: pai.io/v1\nkind: Agent\nmetadata: {name: dev}\nspec: {providers: [${names}]}\n`;

describe('composing a home', () => {
  test('makes what a pipeline needs, with the real credential', async () => {
    const home = await homeWith(
      demoProvider('a', '  scope: {resources: []}\n  audit: {enforcement: audit, logRequests: false}'),
    );
    await createSecretStore(home).put('default', 'a-token', { token: 'the-real-one' });
    const { attached, warnings } = await compose(home, { names: ['a'] });
    expect(warnings).toEqual([]);
    expect(attached).toMatchObject([{ name: 'a', type: 'demo', enforcement: 'audit', isLogged: false }]);
    const upstream = {
      method: 'GET',
      host: 'a.example.com',
      port: 443,
      target: '/',
      headers: [] as string[],
    };
    await attached[0]?.provider.inject({ ...upstream, body: {} as never } as never);
    expect(createPipeline(attached).claims({ host: 'a.example.com', port: 443 })).toEqual(attached);
    const verdict = attached[0]?.decide({} as never, { actions: [{ name: 'things:read', resource: 'x' }] });
    expect(verdict).toMatchObject({ effect: 'deny', rule: 'scope.resources' });
  });

  test('tells a Provider its namespace, which the commands have that people are told to run', async () => {
    const home = await temporaryHome();
    const text = `apiVersion: pai.io/v1
kind: Provider
metadata: {name: tracker, namespace: team}
spec: {type: mcp, mcp: {url: "https://mcp.example.com/sse"}, auth: {type: oauth, secretRef: login}}
`;
    const builtin = { plugins: builtinPlugins };
    await applyResources(home, await readResources([{ file: 'f', text }], builtin));
    await createSecretStore(home).put('team', 'login', { client_secret: 'nobody-has-logged-in' });
    const { reader: secrets } = createSecretStore(home);
    const state = await loadState(home, builtinPlugins);
    const { attached } = await composeProviders({ state, secrets, ...builtin, namespace: 'team' });
    const refusal = attached[0]?.provider.rejects?.({ status: 401, headers: [] }, {} as never);
    expect(refusal?.message).toMatch(/; run: pai login tracker --namespace team$/);
  });

  test('takes the Providers of an Agent in its order, those of a list in its order, or all', async () => {
    const home = await homeWith(demoProvider('a'), demoProvider('b'), demoProvider('c'), agent('c, a'));
    for (const name of ['a', 'b', 'c'])
      await createSecretStore(home).put('default', `${name}-token`, { token: 'x-marks-it' });
    const names = async (selection: Parameters<typeof compose>[1]) =>
      (await compose(home, selection)).attached.map(({ name }) => name);
    expect(await names({ agent: 'dev' })).toEqual(['c', 'a']);
    expect(await names({ names: ['b', 'a', 'b'] })).toEqual(['b', 'a']);
    expect(await names({})).toEqual(['a', 'b', 'c']);
    expect(await names({ namespace: 'other' })).toEqual([]);
  });

  test('says which Provider misses which secret, where, and how to add it; of all of them', async () => {
    const home = await homeWith(demoProvider('a'), demoProvider('b'));
    await createSecretStore(home).put('default', 'b-token', { other: 'x' });
    const failure = await failureOf(compose(home, { names: ['a', 'b'] }));
    const at = (name: string) => resourcePath(home, { kind: 'Provider', namespace: 'default', name });
    expect(failure.code).toBe('secret_missing');
    expect(failure.message.split('\n')).toEqual([
      `${at('a')}:7: provider a: secret a-token does not exist; run: pai add secret a-token --from-literal token=…`,
      `${at('b')}:7: provider b: secret b-token has no key token; run: pai add secret b-token --from-literal token=…`,
    ]);
  });

  test('refuses a credential with a line break, without showing it', async () => {
    const home = await homeWith(demoProvider('a'));
    await createSecretStore(home).put('default', 'a-token', { token: 'ghp_\nCanary' });
    const failure = await failureOf(compose(home, { names: ['a'] }));
    expect(failure.code).toBe('secret_invalid');
    expect(failure.message).toMatch(/a\.yaml:7: provider a: secret a-token\/token contains a line break/);
    expect(failure.message).not.toContain('Canary');
  });

  test('fails for a broken file only when it is needed, and warns of it otherwise', async () => {
    const home = await homeWith(demoProvider('a'), demoProvider('b'));
    await createSecretStore(home).put('default', 'a-token', { token: 'x-marks-it' });
    const { writeFile } = await import('node:fs/promises');
    await writeFile(resourcePath(home, { kind: 'Provider', namespace: 'default', name: 'b' }), 'x: [');
    const { attached, warnings } = await compose(home, { names: ['a'] });
    expect(attached.map(({ name }) => name)).toEqual(['a']);
    expect(warnings).toMatchObject([expect.stringContaining('b.yaml:1: not valid YAML')]);
    expect(await failureOf(compose(home, { names: ['a', 'b'] }))).toMatchObject({ code: 'state_corrupt' });
    expect(await failureOf(compose(home, {}))).toMatchObject({ code: 'state_corrupt' });
  });

  test.each([
    [{ names: ['aa'] }, 'provider aa does not exist in namespace default; did you mean a'],
    [{ agent: 'dve' }, 'agent dve does not exist in namespace default; did you mean dev'],
    [{ agent: 'dev' }, 'provider gone does not exist in namespace default; there are a'],
  ])('says what does not exist for %j', async (selection, message) => {
    const home = await homeWith(demoProvider('a'), agent('gone'));
    expect(await failureOf(compose(home, selection))).toMatchObject({ code: 'resource_missing', message });
  });
});

describe('composing documents', () => {
  const place = 'f.yaml';

  test.each([
    ['a bad allow pattern', '    deny: []\n    allow: [ok, "b d"]', 10, 'policy.allow[1]'],
    ['a bad deny pattern', '    deny:\n      - x\n      - ""', 11, 'policy.deny[1]'],
    [
      'a bad path',
      '    httpRules:\n      - effect: allow\n        paths: [/a]\n      - effect: deny\n        paths:\n          - /a\n          - b',
      15,
      'policy.httpRules[1].paths[1]',
    ],
    [
      'a bad scope',
      '    allow: []\n  scope:\n    resources:\n      - ok\n      - ""',
      13,
      'scope.resources[1]',
    ],
  ])('names file and line of %s', async (_title, policy, line, rule) => {
    const text = demoProvider('a').replace(/ {2}policy: .*/, `  policy:\n${policy}`);
    const failure = await failureOf(composeFromDocuments([{ file: place, text }], { plugins }));
    expect(failure.code).toBe('config_invalid');
    expect(failure.message).toContain(`f.yaml:${line}: provider a: ${rule}: `);
  });

  test('names file and line of a bad host', async () => {
    const text = demoProvider('a').replace('a.example.com', 'https://a.example');
    const failure = await failureOf(composeFromDocuments([{ file: place, text }], { plugins }));
    expect(failure.message).toContain('f.yaml:6: provider a: "https://a.example" is not a host');
  });

  test('puts a visible stand-in where a credential would be', async () => {
    const { attached } = await composeFromDocuments([{ file: place, text: demoProvider('a') }], { plugins });
    const request = {
      method: 'GET',
      host: '',
      port: 443,
      target: '/',
      headers: [] as string[],
      body: {} as never,
    };
    await attached[0]?.provider.inject(request);
    expect(request.headers).toEqual(['authorization', 'Bearer [secret a-token/token]']);
  });

  test('passes on what the policy warns of', async () => {
    const text = demoProvider('a').replace(/ {2}policy: .*\n/, '');
    const { warnings } = await composeFromDocuments([{ file: place, text }], { plugins });
    expect(warnings).toEqual([expect.stringContaining('everything is denied')]);
  });
});

describe('the fetch of a plugin', () => {
  const answer = async () => new Response('ok');

  test.each([
    ['https://login.example/token', true],
    ['https://LOGIN.example:443/token', true],
    ['http://login.example/token', false],
    ['https://login.example:8443/token', false],
    ['https://other.example/', false],
    ['https://login.example.evil.com/', false],
    ['http://169.254.169.254/', false],
  ])('reaches %s: %s', async (url, isReached) => {
    const { fetch, permit } = restrictFetch('a', answer);
    permit([{ host: 'login.example' }]);
    const outcome = fetch(url).then(
      () => true,
      (thrown: PaiError) => (thrown.code === 'destination_forbidden' ? false : thrown),
    );
    expect(await outcome).toBe(isReached);
  });

  const metadata = { host: '169.254.169.254', port: 80, isMetadata: true };
  test.each([
    ['http://169.254.169.254/token', [metadata], true],
    ['http://169.254.169.254:80/token', [metadata], true],
    ['http://169.254.169.254:8080/token', [metadata], false],
    ['https://169.254.169.254/token', [metadata], false],
    ['http://169.254.170.2/token', [metadata], false],
    ['http://169.254.169.254/token', [{ ...metadata, isMetadata: false }], false],
    ['http://login.example/', [{ ...metadata, host: 'login.example' }], false],
    ['http://169.254.169.254/token', [{ ...metadata, host: '**.254' }], false],
  ])('asks %s of %j in clear: %s', async (url, tokenHosts, isReached) => {
    const { fetch, permit } = restrictFetch('a', answer);
    permit([{ host: '169.254.169.254', port: 80, isAnswered: true }], tokenHosts);
    const outcome = await fetch(url).catch((thrown: PaiError) => thrown.code);
    expect(outcome instanceof Response ? true : outcome).toBe(isReached || 'destination_forbidden');
  });

  test('follows no redirect, whatever the plugin asks for', async () => {
    const seen: string[] = [];
    const { fetch, permit } = restrictFetch('a', async (input) => {
      seen.push((input as Request).redirect);
      return new Response('');
    });
    permit([{ host: 'login.example' }]);
    await fetch('https://login.example/', { redirect: 'follow' });
    expect(seen).toEqual(['manual']);
  });

  test('reaches nothing before the hosts are known', async () => {
    const failure = await failureOf(restrictFetch('a', answer).fetch('https://login.example/'));
    expect(failure.code).toBe('destination_forbidden');
  });
});
