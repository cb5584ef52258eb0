import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PaiError, printable } from '@pai/core';
import { packageName } from './package-tree.ts';
import { runNpm } from './run-npm.ts';

/** What is installed, and where. */
export interface NpmInstall {
  /** Has a `package.json`, a lockfile and `node_modules` afterwards. */
  readonly directory: string;
  /** A name of the registry and one version: `name@1.2.3`, or a name alone for the newest. */
  readonly wanted: string;
  /** Where npm finds its own settings: the registry, credentials for it, a proxy. */
  readonly env: NodeJS.ProcessEnv;
}

/** A package that was installed. */
export interface Installed {
  readonly name: string;
  readonly version: string;
  /** Subresource Integrity of its archive, SHA-512. */
  readonly integrity: string;
}

/** A name and, after its last `@`, a version or a tag. */
const wantedPattern = new RegExp(`^(${packageName})(?:@([0-9A-Za-z][0-9A-Za-z.+-]*))?$`);

/** Splits `name@version`. Throws `usage` for what is no name of a registry: a URL, a path, a range, an alias. */
export function readWanted(wanted: string): { readonly name: string; readonly version: string | undefined } {
  const [, name, version] = wantedPattern.exec(wanted) ?? [];
  if (name !== undefined && wanted.length <= 256) return { name, version };
  throw new PaiError(
    'usage',
    `${printable(wanted)} is not the name of a package in a registry; write name or name@1.2.3`,
  );
}

/**
 * Installs one package with npm, which is run without a shell and runs no script of any package. Its development and
 * peer dependencies stay away. Throws `plugin_unknown` with what npm said.
 */
export async function npmInstall({ directory, wanted, env }: NpmInstall): Promise<Installed> {
  const { name } = readWanted(wanted);
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const manifest = join(directory, 'package.json');
  await writeFile(manifest, '{"private":true}\n', { mode: 0o600 });
  await runNpm(['install', '--prefix', directory, ...options, '--', wanted], {
    directory,
    env,
    deadline: patience,
    failure: (why, cause) =>
      new PaiError('plugin_unknown', `npm could not install ${wanted}: ${why}`, { cause }),
  });
  const lock = JSON.parse(await readFile(join(directory, 'package-lock.json'), 'utf8')) as Lockfile;
  const { version, integrity } = lock.packages?.[`node_modules/${name}`] ?? {};
  if (version !== undefined && integrity?.startsWith('sha512-') === true) return { name, version, integrity };
  throw new PaiError(
    'plugin_unknown',
    `npm installed ${wanted} without an integrity; use a registry that gives one`,
  );
}

interface Lockfile {
  readonly packages?: Readonly<Record<string, { readonly version?: string; readonly integrity?: string }>>;
}

const options = ['--ignore-scripts', '--omit=dev', '--omit=peer', '--save-exact', '--package-lock'];

/** Milliseconds in which npm has to be done. */
const patience = 300_000;
