import { execFile } from 'node:child_process';
import { globSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { createProvider } from '../src/create-provider.ts';

const template = join(import.meta.dirname, '../../../examples/custom-provider');
const main = join(import.meta.dirname, '../src/main.ts');

async function directory(): Promise<string> {
  const made = await mkdtemp(join(tmpdir(), 'pai-create-'));
  onTestFinished(() => rm(made, { recursive: true, force: true }));
  return made;
}

test('the template is copied with the new name everywhere, and its own nowhere', async () => {
  const target = join(await directory(), 'new');
  const files = createProvider({ name: 'acme-pay', template, target });
  expect(globSync('**/*.*', { cwd: target }).sort()).toEqual(
    files.filter((file) => file !== '.gitignore').sort(),
  );
  expect(files).toEqual(expect.arrayContaining(['package.json', 'src/routes.ts', 'test/plugin.test.ts']));
  expect(files).not.toContain('test/sdk.test.ts');
  const texts = await Promise.all(files.map((file) => readFile(join(target, file), 'utf8')));
  expect(texts.join('\n')).not.toMatch(/stripe|emulate/i);
  const text = (name: string) => texts[files.indexOf(name)] ?? '';
  expect(JSON.parse(text('package.json'))).toMatchObject({ name: 'pai-provider-acme-pay' });
  expect(JSON.parse(text('package.json'))).not.toHaveProperty('private');
  expect(text('src/plugin.ts')).toContain(
    "export const acmePayProvider = defineProvider({\n  apiVersion: 'v1',\n  type: 'acme-pay',",
  );
  expect(text('src/plugin.ts')).toContain("'ACME_PAY_API_KEY'");
  expect(text('src/index.ts')).toBe("export { acmePayProvider } from './plugin.ts';\n");
});

test.each(['Acme', 'a', '../x', 'a b', '-a', '1a', 'a-'])('%j is no name', async (name) => {
  const target = join(await directory(), 'new');
  expect(() => createProvider({ name, template, target })).toThrow(
    'is not a provider type; use lower-case letters',
  );
});

test('nothing is written over', async () => {
  const target = await directory();
  expect(() => createProvider({ name: 'acme', template, target })).toThrow('is there already');
});

test.each([
  [[], 2, 'name the service'],
  [['--help'], 0, 'Usage: create-pai-provider NAME [DIRECTORY]'],
  [['acme', '--force'], 2, 'name the service'],
  [['acme', 'here', 'there'], 2, 'name the service'],
  [['acme', 'elsewhere'], 1, 'elsewhere is not in packages of this clone'],
  [['acme', join(template, '../custom-proxy')], 1, 'is there already; choose another name or directory'],
])('the command with %j ends with %i', async (args, status, message) => {
  const cwd = await directory();
  const ended = await new Promise<{ code: unknown; text: string }>((resolve) => {
    execFile(process.execPath, [main, ...args], { cwd }, (error, out, err) =>
      resolve({ code: error === null ? 0 : error.code, text: out + err }),
    );
  });
  expect(ended.code).toBe(status);
  expect(ended.text).toContain(message);
});
