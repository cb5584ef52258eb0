import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Packed } from './pack.ts';
import { readProgram } from './readme-program.ts';
import { mustRun, run } from './run.ts';

/** A stranger's folder, with every package installed from its tarball by plain npm. */
export interface Consumer {
  readonly directory: string;
  /** Runs the program of a package's README. Throws when it fails or prints something else than the README says. */
  readonly runReadme: (packed: Packed) => Promise<void>;
  /** Type checks the programs of all READMEs, declarations of the packages included. Throws with the errors. */
  readonly typeCheck: () => Promise<void>;
}

/** Makes the folder in `directory` and installs the packages; what they depend on comes from the registry. */
export async function createConsumer(
  root: string,
  directory: string,
  all: readonly Packed[],
): Promise<Consumer> {
  await mkdir(directory);
  const dependencies = Object.fromEntries(all.map(({ manifest, file }) => [manifest.name, `file:${file}`]));
  await writeFile(
    join(directory, 'package.json'),
    JSON.stringify({ private: true, type: 'module', dependencies }),
  );
  await mustRun(directory, 'npm', 'install', '--no-audit', '--no-fund', '--prefer-offline');

  return {
    directory,
    runReadme: async ({ manifest, entries }) => {
      const readme = entries.find(({ path }) => path === 'README.md')?.text ?? '';
      const { language, program, expected } = readProgram(readme);
      const file = `${manifest.name.replace('@pai/', '')}.${language}`;
      await writeFile(join(directory, file), program);
      const words = language === 'ts' ? ([process.execPath, file] as const) : (['sh', '-eu', file] as const);
      const {
        status,
        out: printed,
        all: everything,
      } = await run(directory, words[0] ?? '', ...words.slice(1));
      if (status !== 0) throw new Error(`the program ended with ${status}:\n${everything}`);
      if (printed !== expected)
        throw new Error(`the program printed\n${printed}and its README says\n${expected}`);
    },
    typeCheck: async () => {
      const options = [
        '--noEmit',
        '--strict',
        '--module',
        'nodenext',
        '--target',
        'es2024',
        '--types',
        'node',
      ];
      const programs = all
        .map(({ manifest }) => `${manifest.name.replace('@pai/', '')}.ts`)
        .filter((file) => existsSync(join(directory, file)));
      const typeRoots = ['--typeRoots', join(root, 'node_modules/@types')];
      await mustRun(directory, join(root, 'node_modules/.bin/tsc'), ...options, ...typeRoots, ...programs);
    },
  };
}
