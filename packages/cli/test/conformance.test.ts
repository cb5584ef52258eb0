import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createDesk } from './pai.ts';

const example = join(import.meta.dirname, '../../../examples/custom-provider');

const samples = (actions: string) => `spec:
  type: http-token
  host: api.example.com
  auth: {type: api-key, header: X-Api-Key, prefix: "", secretRef: api}
secrets: {token: canary-of-the-command-line}
samples:
  - {url: "https://api.example.com/v1/orders?x=1", actions: ${actions}}
  - {method: POST, url: "https://api.example.com/v1/orders", body: "{}", actions: [request]}
`;

test('prints the score of a package in a directory, with the requests that it brings', async () => {
  const { pai } = await createDesk();
  const { status, out, err } = await pai(['conformance', example]);
  expect({ status, err }).toEqual({ status: 0, err: '' });
  expect(out).toMatch(/^ +passed +failed +n\/a\ncontract +\d+ +0 +0\n/);
  expect(out).toMatch(/\nstripe passes\n$/);
  expect(Number(/^all +(\d+)/m.exec(out)?.[1])).toBeGreaterThan(1_000);
});

test('tests a provider type by a file of samples, and shows what fails and how to send it', async () => {
  const { pai, directory } = await createDesk();
  const file = join(directory, 'samples.yaml');
  await writeFile(file, samples('[request]'));
  expect(await pai(['conformance', 'http-token', '--samples', file])).toMatchObject({ status: 0, err: '' });
  await writeFile(file, samples('[other]'));
  const { status, out } = await pai(['conformance', 'http-token', '--samples', file]);
  expect(status).toBe(1);
  expect(out).toMatch(/http-token fails 1 of \d+\n\ncontract: resolves GET .* as told, every time/);
  expect(out).not.toContain('canary-of-the-command-line');
});

const broken = `import { conformance as good } from '${example}/src/conformance.ts';

export const conformance = {
  ...good,
  plugin: {
    ...good.plugin,
    create: (spec, context) => ({
      ...good.plugin.create(spec, context),
      hasOpaquePaths: true,
      resolve: ({ method }) => ({ actions: [{ name: method === 'GET' ? 'customers:read' : 'x', resource: 'x' }] }),
    }),
  },
};
`;

test('finds a package that is installed, and shows the requests that break it as curl', async () => {
  const { directory, childIn } = await createDesk();
  const home = join(directory, 'node_modules/pai-provider-broken');
  await mkdir(home, { recursive: true });
  await writeFile(join(home, 'conformance.js'), broken);
  const manifest = {
    type: 'module',
    exports: { './conformance': { types: './x.d.ts', default: './conformance.js' } },
  };
  await writeFile(join(home, 'package.json'), JSON.stringify(manifest));
  const { status, out, err } = await childIn(directory, ['conformance', 'pai-provider-broken']);
  expect({ status, err }).toEqual({ status: 1, err: '' });
  expect(out).toContain('path: takes no path that leads elsewhere');
  expect(out).toMatch(/^ {2}curl --path-as-is --globoff .*'?https:\/\/api\.stripe\.com/m);
});

test.each([
  ['github', 2, 'github brings no requests to be tested by'],
  ['pai-provider-nowhere', 1, 'is neither a provider type nor a package that is installed here'],
  ['../../etc', 1, 'has no package.json'],
])('for %s it says what is missing', async (what, status, sentence) => {
  const { pai } = await createDesk();
  const run = await pai(['conformance', what]);
  expect(run.status).toBe(status);
  expect(run.err).toContain(sentence);
});

test.each([
  ['- 1', 'holds no samples'],
  ['{', 'is not YAML'],
  ['samples: [{url: 1}]\nspec: {}', 'holds no samples'],
])('a file of samples that is %j is refused', async (text, sentence) => {
  const { pai, directory } = await createDesk();
  const file = join(directory, 'samples.yaml');
  await writeFile(file, text);
  const run = await pai(['conformance', 'http-token', '--samples', file]);
  expect(run.status).toBe(2);
  expect(run.err).toContain(sentence);
});
