import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { readDocuments } from '../src/documents.ts';
import { nearestKey } from '../src/nearest-key.ts';
import { builtinPlugins } from '../src/plugins.ts';
import { readResources } from '../src/resources.ts';
import { demoPlugins, demoProvider } from './demo-plugin.ts';
import { failureOf } from './temporary-home.ts';

const head = 'apiVersion: pai.io/v1\nkind: Provider\nmetadata: {name: api}\n';
const auth = '  auth: {type: bearer, secretRef: s}\n';
const good = `${head}spec:\n  type: demo\n  host: a.example\n${auth}`;

const bad: readonly [title: string, yaml: string, ...lines: string[]][] = [
  ['an unknown key', `${good}  polcy: {}`, 'f.yaml:8: spec.polcy is not a known key; did you mean policy'],
  [
    'an unknown key with no neighbour',
    `${good}  policy:\n    zebra: 1`,
    'f.yaml:9: spec.policy.zebra is not a known key; known keys here are allow, deny, httpRules',
  ],
  [
    'a misspelt required key, once',
    `${head}spec:\n  type: demo\n  hosts: a.example\n${auth}`,
    'f.yaml:6: spec.hosts is not a known key; did you mean host',
  ],
  [
    'an unknown key in a list',
    `${good}  policy:\n    httpRules:\n      - {effect: allow}\n      - {effect: deny,\n         path: [/a]}`,
    'f.yaml:12: spec.policy.httpRules[1].path is not a known key; did you mean paths',
  ],
  [
    'a wrong type',
    `${good}  policy:\n    allow: things`,
    'f.yaml:9: spec.policy.allow is a string, not a list; write a list',
  ],
  [
    'a wrong type in a list',
    `${good}  policy:\n    allow:\n      - a\n      - 1`,
    'f.yaml:11: spec.policy.allow[1] is a number, not a string; put it in quotes',
  ],
  [
    'yes, which YAML 1.2 reads as a string',
    `${good}  audit: {logRequests: yes}`,
    'f.yaml:8: spec.audit.logRequests is a string, not true or false; write true or false',
  ],
  [
    'a value that is not one of a few',
    `${good}  audit: {enforcement: adit}`,
    'f.yaml:8: spec.audit.enforcement is "adit"; use enforce or audit',
  ],
  [
    'an empty value',
    `${head}spec:\n  type: demo\n  host: ""\n${auth}`,
    'f.yaml:6: spec.host is empty; give it a value',
  ],
  [
    'a missing key',
    `${head}spec:\n  type: demo\n  host: a.example`,
    'f.yaml:4: spec.auth is missing; add it',
  ],
  [
    'a key missing in the branch that the value means',
    `${head}spec:\n  type: demo\n  host: a.example\n  auth: {type: api-key, secretRef: s}`,
    'f.yaml:7: spec.auth.header is missing; add it',
  ],
  [
    'an unknown key in the branch that the value means',
    `${head}spec:\n  type: demo\n  host: a.example\n  auth:\n    type: bearer\n    secretRef: s\n    secretkey: s`,
    'f.yaml:10: spec.auth.secretkey is not a known key; did you mean secretKey',
  ],
  ['no spec', head, 'f.yaml:1: spec is missing (what the Provider reaches and allows); add it'],
  ['an empty spec', `${head}spec:`, 'f.yaml:4: spec.type is missing or not a string; use one of demo'],
  [
    'a name that is no DNS label',
    good.replace('name: api', 'name: Api_1'),
    'f.yaml:3: metadata.name is "Api_1", which does not fit (a name of lower-case letters, digits and dashes, at most 63, with no dash at either end); change it',
  ],
  ['another apiVersion', good.replace('pai.io/v1', 'v1'), 'f.yaml:1: apiVersion is "v1"; use pai.io/v1'],
  [
    'an unknown kind',
    good.replace('kind: Provider', 'kind: Provder'),
    'f.yaml:2: kind "Provder" is not known; did you mean Provider',
  ],
  [
    'an access key in clear',
    'apiVersion: pai.io/v1\nkind: AccessKey\nmetadata: {name: a}\nspec: {hash: pak_x, providers: [b]}',
    'f.yaml:4: spec.hash is "pak_***", which does not fit (`sha256:` and the SHA-256 of the key, in lower-case hexadecimal); change it',
  ],
  ['a list', '- a', 'f.yaml:1: the document is not a mapping; start it with apiVersion: pai.io/v1'],
  [
    'an unknown type',
    good.replace('type: demo', 'type: dmeo'),
    'f.yaml:5: spec.type: "dmeo" is not a provider type; did you mean demo',
  ],
  [
    'a duplicate key',
    `${good}  host: b.example`,
    'f.yaml:8: host stands twice in one mapping; remove one of them',
  ],
  [
    'a duplicate resource',
    `${good}---\n${good}`,
    'f.yaml:11: metadata.name api is already taken by the Provider at f.yaml:3; rename or remove one',
  ],
  [
    'several faults, each on its line',
    `${good}  polcy: {}\n  audit: 1\n---\nkind: Agent\napiVersion: pai.io/v1\nmetadata: {name: a}\nspec: {provider: []}`,
    'f.yaml:8: spec.polcy is not a known key; did you mean policy',
    'f.yaml:9: spec.audit is a number, not a mapping; write a mapping',
    'f.yaml:14: spec.provider is not a known key; did you mean providers',
  ],
  [
    'a secret value that is a number, without the value',
    'apiVersion: pai.io/v1\nkind: Secret\nmetadata: {name: s}\nstringData: {token: 123456}',
    'f.yaml:4: stringData.token is a number, not a string; put it in quotes',
  ],
  [
    'a YAML 1.1 merge key',
    `${good}  policy: {<<: {allow: [a]}}`,
    'f.yaml:8: spec.policy["<<"] is not a known key; known keys here are allow, deny, httpRules',
  ],
];

describe('reading resources', () => {
  test.each(bad)('refuses %s', async (_title, text, ...lines) => {
    const failure = await failureOf(readResources([{ file: 'f.yaml', text }], { plugins: demoPlugins }));
    expect(failure.code).toBe('config_invalid');
    expect(failure.message.split('\n')).toEqual(lines);
  });

  test('names both files of a duplicate', async () => {
    const files = ['a.yaml', 'b.yaml'].map((file) => ({ file, text: good }));
    const { message } = await failureOf(readResources(files, { plugins: demoPlugins }));
    expect(message).toBe(
      'b.yaml:3: metadata.name api is already taken by the Provider at a.yaml:3; rename or remove one',
    );
  });

  test('takes one name in two kinds and in two namespaces', async () => {
    const agent = 'apiVersion: pai.io/v1\nkind: Agent\nmetadata: {name: api}\nspec: {}\n';
    const other = good.replace('name: api', 'name: api, namespace: other');
    const text = [good, agent, other].join('---\n');
    const resources = await readResources([{ file: 'f', text }], { plugins: demoPlugins, namespace: 'mine' });
    expect(resources.map(({ kind, namespace }) => `${kind} ${namespace}`)).toEqual([
      'Provider mine',
      'Agent mine',
      'Provider other',
    ]);
  });

  test('fills in the defaults of the schema and leaves what the user wrote alone', async () => {
    const [provider] = await readResources([{ file: 'f', text: good }], { plugins: demoPlugins });
    expect(provider).toMatchObject({
      spec: { audit: { enforcement: 'enforce' }, auth: { secretKey: 'token' } },
    });
    expect(provider?.document.text).toBe(good);
  });

  test('reads JSON', async () => {
    const text = JSON.stringify({
      apiVersion: 'pai.io/v1',
      kind: 'Agent',
      metadata: { name: 'a' },
      spec: {},
    });
    const resources = await readResources([{ file: 'f.json', text }], { plugins: demoPlugins });
    expect(resources).toMatchObject([{ kind: 'Agent', name: 'a' }]);
  });

  test('knows the types that it has without loading them', () => {
    expect([...builtinPlugins.keys()]).toEqual([
      'github',
      'slack',
      'http-token',
      'telegram',
      'aws',
      'azure',
      'gcp',
      'mcp',
    ]);
  });
});

describe('reading documents', () => {
  test('keeps the text of each document with its comments', () => {
    const text = `# one\na: 1 # x\n---\n# two\nb: 2\n...\n---\n# nothing\n---\nc: 3`;
    const { documents } = readDocuments('f', text);
    expect(documents.map((document) => document.text)).toEqual([
      '# one\na: 1 # x\n',
      '# two\nb: 2\n',
      'c: 3\n',
    ]);
    expect(documents.map((document) => document.placeOf([]).line)).toEqual([2, 5, 10]);
  });

  test('stays small and quick on a billion laughs', () => {
    const bomb = ['a: &a0 [x, x]', ...range(30, (i) => `b${i}: &a${i + 1} [*a${i}, *a${i}]`)].join('\n');
    expect(readDocuments('f', bomb)).toEqual({
      documents: [],
      problems: [{ file: 'f', line: 1, message: 'the document expands too many aliases; write them out' }],
    });
  });

  test.each([
    ['an open bracket', 'a: [1', 1],
    ['a tab', 'a:\n\tb: 1', 2],
    ['an alias without an anchor', 'token: *ghp_secret', 1],
    ['an unknown tag', 'token: !ghp_secret x', 1],
    ['bad indentation', 'a: 1\n  b: 2', 1],
    ['a quote that does not end', 'a: "ghp_secret', 1],
    ['a key that is a mapping', '{a: 1}: 2', 1],
  ])('refuses %s, with its line and without its text', (_title, text, line) => {
    const { documents, problems } = readDocuments('f', text);
    expect(documents).toEqual([]);
    expect(problems[0]).toMatchObject({ file: 'f', line });
    expect(JSON.stringify(problems)).not.toContain('ghp_secret');
  });

  test('reads back whatever YAML can hold, value for value and text for text', () => {
    fc.assert(
      fc.property(fc.array(fc.dictionary(fc.string(), fc.jsonValue()), { maxLength: 4 }), (values) => {
        const text = values.map((value) => stringify(value)).join('---\n');
        const { documents, problems } = readDocuments('f', text);
        expect(problems).toEqual([]);
        expect(documents.map(({ value }) => JSON.stringify(value))).toEqual(
          values.map((v) => JSON.stringify(v)),
        );
        for (const document of documents) {
          expect(readDocuments('f', document.text).documents.map(({ value }) => value)).toEqual([
            document.value,
          ]);
        }
      }),
      { numRuns: 60 },
    );
  });
});

test.each([
  ['polcy', 'policy'],
  ['secretref', 'secretRef'],
  ['tpye', 'type'],
  ['alow', 'allow'],
  ['zebra', undefined],
])('nearest to %s is %s', (text, nearest) => {
  expect(nearestKey(text, ['policy', 'secretRef', 'type', 'allow', 'deny'])).toBe(nearest);
});

describe('a union', () => {
  const withAuth = (auth: string) =>
    `${head}spec:\n  type: github\n  auth: ${auth}\n  policy: {allow: ["*"]}\n`;

  test.each([
    ['{type: github-app, secretRef: s, appId: 1}', /^f:6: spec\.auth\.installationId is missing \(id of the/],
    [
      '{type: github-app, secretRef: s, appId: "1", installationId: 2}',
      /^f:6: spec\.auth\.appId is a string, not/,
    ],
    ['{type: pat, secretRef: s, appId: 1}', /^f:6: spec\.auth\.appId is not a known key/],
    ['{type: githubapp, secretRef: s}', /^f:6: spec\.auth\.type/],
  ])('is judged by the branch that is meant: %s', async (auth, message) => {
    const read = readResources([{ file: 'f', text: withAuth(auth) }], { plugins: builtinPlugins });
    expect((await failureOf(read)).message).toMatch(message);
  });

  test.each([
    ['{type: pat, secretRef: s}', 'token'],
    ['{type: github-app, secretRef: s, appId: 1, installationId: 2}', 'private-key'],
  ])('has the defaults of that branch: %s', async (auth, secretKey) => {
    const [provider] = await readResources([{ file: 'f', text: withAuth(auth) }], {
      plugins: builtinPlugins,
    });
    expect(provider).toMatchObject({ spec: { auth: { secretKey } } });
  });
});

test('the provider of these tests is a good one', async () => {
  const read = readResources([{ file: 'f', text: demoProvider('a') }], { plugins: demoPlugins });
  await expect(read).resolves.toHaveLength(1);
});

function range<T>(count: number, make: (i: number) => T): T[] {
  return Array.from({ length: count }, (_, i) => make(i));
}
