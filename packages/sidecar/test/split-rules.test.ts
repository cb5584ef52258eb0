import { createHmac } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import type { AgentRequest } from '@pai/core';
import { ruleChecker } from '@pai/policy';
import { expect, test } from 'vitest';
import { compiledPath } from '../src/compiled-file.ts';
import { composeProviders } from '../src/compose.ts';
import { readDocuments } from '../src/documents.ts';
import { resourcePath } from '../src/home.ts';
import { loadState } from '../src/load-state.ts';
import { builtinPlugins } from '../src/plugins.ts';
import { readResources } from '../src/resources.ts';
import { createSecretStore } from '../src/secrets.ts';
import { applyResources } from '../src/state.ts';
import { temporaryHome } from './temporary-home.ts';

const providerWith = (rule: string) => `apiVersion: pai.io/v1
kind: Provider
metadata: {name: a}
spec:
  type: http-token
  host: a.example.com
  auth: {type: bearer, secretRef: s}
  policy:
    httpRules:
      - ${rule}
      - {methods: [GET], paths: ["/v1/**"], effect: allow}
`;

const text = providerWith('{methods: [DELETE], effect: deny}');

async function createHome() {
  const home = await temporaryHome();
  await createSecretStore(home).put('default', 's', { token: 'canary-0123456789' });
  await applyResources(home, await readResources([{ file: 'f.yaml', text }], { plugins: builtinPlugins }));
  const path = resourcePath(home, { kind: 'Provider', namespace: 'default', name: 'a' });
  const compiled = compiledPath(home, path);
  /** Lays the form that `change` makes of the lines of the stored one, with the tag that only this home can make. */
  const forge = async (content: string, change: (lines: string[]) => void) => {
    const [, ...lines] = (await readFile(compiled, 'utf8')).split('\n');
    change(lines);
    const body = lines.join('\n');
    const key = Buffer.from((await readFile(`${home}/secret.key`, 'utf8')).trim(), 'hex');
    const place = JSON.stringify(['pai.io/compiled/v3', 'providers/default/a.yaml', content.length]);
    const tag = createHmac('sha256', key).update(`${place}\n`).update(content).update(body).digest('hex');
    await writeFile(path, content);
    await writeFile(compiled, `${tag}\n${body}`);
  };
  const load = async () => {
    const state = await loadState(home, builtinPlugins);
    return {
      provider: state.providers[0],
      problems: state.problems.map(({ error }) => error.message),
      state,
    };
  };
  const compose = async () =>
    composeProviders({
      state: (await load()).state,
      plugins: builtinPlugins,
      secrets: createSecretStore(home).reader,
    });
  return { compiled, forge, load, compose };
}

function requestWith(method: string): AgentRequest {
  return { method, path: '/v1/things', target: '/v1/things' } as AgentRequest;
}

test('HTTP rules that were checked when they were stored are read by whoever looks at them first', async () => {
  const { load } = await createHome();
  const { provider } = await load();
  const [expected] = readDocuments('f', text).documents;
  const { spec } = (expected?.value ?? {}) as { spec: { policy: object } };
  expect(provider?.laterRules).toMatchObject({ hasAllow: true });
  expect(provider?.spec.policy).toEqual(spec.policy);
  expect(Object.keys(provider?.spec.policy ?? {})).toEqual(Object.keys(spec.policy));
  expect(provider?.spec.policy?.httpRules).toBe(provider?.spec.policy?.httpRules);
  expect(structuredClone(provider?.spec)).toMatchObject(spec);
  expect(provider?.document.value).toEqual(expected?.value);
  expect(provider?.document.placeOf(['spec', 'policy', 'httpRules', 1]).line).toBe(11);
});

test('they judge as they did before they were stored', async () => {
  const { compose } = await createHome();
  const { attached, warnings } = await compose();
  expect(warnings).toEqual([]);
  const verdict = (method: string) =>
    attached[0]?.decide(requestWith(method), { actions: [{ name: 'request' }] });
  expect(['DELETE', 'GET', 'PUT'].map((method) => verdict(method)?.rule)).toEqual([
    'policy.httpRules[0]',
    'policy.httpRules[1]',
    'policy.httpRules',
  ]);
});

test('rules that another check has passed are checked at the load', async () => {
  const { forge, load, compose } = await createHome();
  const wrong = providerWith('{methods: [DELETE], effect: dney}');
  const passedBy = (checker: string) =>
    forge(wrong, (lines) => {
      lines[1] = JSON.stringify({ checker, hasAllow: true });
      lines[2] = (lines[2] ?? '').replace('"deny"', '"dney"');
    });
  await passedBy(ruleChecker.replace(/^./, (digit) => (digit === '0' ? '1' : '0')));
  const { provider, problems } = await load();
  expect(provider).toBeUndefined();
  expect(problems).toEqual([
    expect.stringMatching(/a\.yaml:10: spec\.policy\.httpRules\[0\]\.effect is "dney"/),
  ]);
  // And once more by the first request, whatever has passed them.
  await passedBy(ruleChecker);
  const { attached } = await compose();
  expect(() => attached[0]?.decide(requestWith('GET'), { actions: [{ name: 'request' }] })).toThrow(
    'policy.httpRules',
  );
});

test('rules that were changed where they are stored are those of the YAML', async () => {
  const { compiled, load } = await createHome();
  await writeFile(compiled, (await readFile(compiled, 'utf8')).replace('"deny"', '"allow"'));
  const { provider } = await load();
  expect(provider?.laterRules).toBeUndefined();
  expect(provider?.spec.policy?.httpRules?.[0]?.effect).toBe('deny');
});
