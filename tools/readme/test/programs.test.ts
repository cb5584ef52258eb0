import { execFile } from 'node:child_process';
import { globSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { readProgram } from '../../pack-check/src/readme-program.ts';

const root = join(import.meta.dirname, '../../..');

/** What a command prints, run to its end; rejects with what it complained of when it fails. */
function run(
  file: string,
  args: readonly string[],
  options: { cwd: string; env?: NodeJS.ProcessEnv },
): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = execFile(file, args, { timeout: 50_000, ...options }, (error, out, complaint) =>
      error === null ? resolve(out) : reject(new Error(complaint || error.message)),
    );
    child.stdin?.end();
  });
}

const readmes = globSync('packages/*/README.md', { cwd: root }).sort();
// From a clone it makes another thing than from the registry: `pack:check` runs it as it is published.
const runnable = readmes.filter((path) => !path.includes('create-pai-provider'));

test.concurrent.for(runnable)(
  'the program of %s prints what it says',
  { timeout: 60_000 },
  async (path, { onTestFinished }) => {
    const { language, program, expected } = readProgram(readFileSync(join(root, path), 'utf8'));
    if (language === 'ts') {
      // As in a folder where the package is installed: from there its names are found.
      const args = ['--input-type=module-typescript', '--eval', program];
      return expect(await run(process.execPath, args, { cwd: join(root, dirname(path)) })).toBe(expected);
    }
    const cwd = await mkdtemp(join(tmpdir(), 'pai-readme-'));
    onTestFinished(() => rm(cwd, { recursive: true, force: true }));
    // From its sources, as npx would run it from the registry.
    const npx = `npx() { shift; '${process.execPath}' '${join(root, 'packages/cli/src/main.ts')}' "$@"; }`;
    const env = { PATH: process.env['PATH'], HOME: cwd, PAI_HOME: join(cwd, 'home') };
    expect(await run('sh', ['-euc', `${npx}\n${program}`], { cwd, env })).toBe(expected);
  },
);

test('the program of the page of the libraries prints what it says', async () => {
  const { program, expected } = readProgram(readFileSync(join(root, 'docs/libraries.md'), 'utf8'));
  const args = ['--input-type=module-typescript', '--eval', program];
  expect(await run(process.execPath, args, { cwd: join(root, 'packages/sidecar') })).toBe(expected);
});

test('every README begins with its package, one paragraph and how to install it', () => {
  for (const path of readmes) {
    const [title = '', sentence = '', install = ''] = readFileSync(join(root, path), 'utf8').split('\n\n');
    const { name } = JSON.parse(readFileSync(join(root, dirname(path), 'package.json'), 'utf8'));
    expect(title).toBe(`# ${name}`);
    expect(sentence).toMatch(/^[A-Z][\s\S]*[.)]$/);
    expect(install).toMatch(new RegExp(`^\`\`\`sh\\n(?:npm install .*${name}|npm create )`));
  }
});
