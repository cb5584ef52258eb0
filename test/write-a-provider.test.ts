import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { conformance } from '../examples/custom-provider/src/conformance.ts';
import { runConformance } from '../packages/core/src/conformance.ts';
import { createProvider } from '../packages/create-pai-provider/src/create-provider.ts';
import { root } from './sources.ts';

const page = readFileSync(join(root, 'docs/write-a-provider.md'), 'utf8');
const main = join(root, 'packages/cli/src/main.ts');

async function createDirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'pai-write-'));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  return directory;
}

function run(
  cwd: string,
  file: string,
  ...args: readonly string[]
): Promise<{ status: number; out: string }> {
  return new Promise((resolve) => {
    const env = { ...process.env, NO_COLOR: '1' };
    execFile(file, args, { cwd, env, timeout: 100_000 }, (error, out, err) => {
      resolve({ status: error === null ? 0 : Number(error.code ?? 1), out: out + err });
    });
  });
}

const excerpts = [...page.matchAll(/<!-- file: (\S+) -->\n```ts\n([\s\S]*?)```/g)];

test.each(excerpts.map(([, file = '', text = '']) => [file, text]))(
  'what the page shows of %s is in it',
  (file, text) => {
    expect(readFileSync(join(root, file), 'utf8')).toContain(text);
  },
);

test('the page shows something, and every file that it names is there', () => {
  expect(excerpts.length).toBeGreaterThan(1);
  const named = [...page.matchAll(/`((?:src|test)\/[\w.-]+)`/g)].map(([, file = '']) => file);
  expect(named.length).toBeGreaterThan(4);
  expect(named.filter((file) => !existsSync(join(root, 'examples/custom-provider', file)))).toEqual([]);
});

test('its first command makes a package that type checks and passes its tests', {
  timeout: 120_000,
}, async () => {
  const directory = await createDirectory();
  const [, name = ''] = /pnpm@12 create-provider (\S+)\n/.exec(page) ?? [];
  const at = join(directory, name);
  createProvider({ name, template: join(root, 'examples/custom-provider'), target: at });
  await symlink(join(root, 'examples/custom-provider/node_modules'), join(at, 'node_modules'));
  const bin = (tool: string) => join(root, 'node_modules/.bin', tool);
  expect(await run(at, bin('tsc'), '-p', 'tsconfig.json', '--noEmit')).toMatchObject({ status: 0, out: '' });
  const tested = await run(at, bin('vitest'), 'run', '--root', at);
  expect(tested.out).toMatch(/Tests +\d+ passed/);
  expect(tested.status).toBe(0);
});

test('pai conformance prints what the page says, from where it says', { timeout: 60_000 }, async () => {
  const [, line = '', shown = ''] = /```console\n\$ (pai conformance .*)\n([\s\S]*?)```/.exec(page) ?? [];
  const command = line.replace('pai ', `'${process.execPath}' '${main}' `);
  const { out } = await run(join(root, 'examples'), 'sh', '-c', command);
  expect(out).toBe(shown);
});

test('the page has every group of the score, and no other', { timeout: 60_000 }, async () => {
  const [, table = ''] = page.split('<!-- groups -->\n');
  const listed = [...(table.split('\n\n')[0] ?? '').matchAll(/^\| `(\w+)`/gm)].map(([, name]) => name);
  const { groups, failures } = await runConformance(conformance);
  expect(failures).toEqual([]);
  expect(listed.sort()).toEqual(groups.map(({ group }) => group).sort());
});

test('the file of samples on the page does', { timeout: 60_000 }, async () => {
  const directory = await createDirectory();
  const [, type = '', yaml = ''] = /<!-- samples: (\S+) -->\n```yaml\n([\s\S]*?)```/.exec(page) ?? [];
  await writeFile(join(directory, 'samples.yaml'), yaml);
  const ended = await run(
    directory,
    process.execPath,
    main,
    'conformance',
    type,
    '--samples',
    'samples.yaml',
  );
  expect(ended.out).toContain('http-token passes');
  expect(ended.status).toBe(0);
});
