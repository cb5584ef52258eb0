import { readdir } from 'node:fs/promises';
import { homedir } from 'node:os';
import { basename, isAbsolute, join, resolve, sep } from 'node:path';
import { PaiError, printable } from '@pai/core';
import { labelPattern, type ResourceId, type ResourceKind } from './config.ts';

/**
 * The directory that holds Pai's state: `chosen`, else `$PAI_HOME`, else the platform's usual place
 * (`$XDG_CONFIG_HOME/pai` or `~/.config/pai`, `~/Library/Application Support/pai`, `%APPDATA%\pai`). Absolute. Throws
 * `usage` where the user has none.
 */
export function findHome(
  chosen?: string,
  env: NodeJS.ProcessEnv = process.env,
  platform: NodeJS.Platform = process.platform,
): string {
  const named = chosen ?? env['PAI_HOME'] ?? '';
  if (named !== '') return resolve(named);
  if (platform === 'win32') return join(env['APPDATA'] ?? join(ownDirectory(), 'AppData', 'Roaming'), 'pai');
  if (platform === 'darwin') return join(ownDirectory(), 'Library', 'Application Support', 'pai');
  const xdg = env['XDG_CONFIG_HOME'] ?? '';
  return xdg.startsWith('/') ? join(xdg, 'pai') : join(ownDirectory(), '.config', 'pai');
}

function ownDirectory(): string {
  let own = '';
  try {
    own = homedir();
  } catch {
    // Neither the environment nor the system's list of users has one.
  }
  // One that is relative would be below the current directory, which may be a stranger's.
  if (isAbsolute(own)) return own;
  throw new PaiError(
    'usage',
    'this user has no home directory; name one for Pai with --home, or set PAI_HOME',
  );
}

/** The directory of each kind inside the home. */
export const kindDirectories: Readonly<Record<ResourceKind, string>> = {
  Provider: 'providers',
  Agent: 'agents',
  Secret: 'secrets',
  ProviderType: 'types',
  AccessKey: 'access-keys',
};

/** A kind as commands and sentences write it: `provider`, `access-key`. */
export function wordOf(kind: ResourceKind): string {
  return kind === 'AccessKey' ? 'access-key' : kind.toLowerCase();
}

/**
 * Where a resource is stored: `<home>/<kind>s/<namespace>/<name>.yaml`. Throws `config_invalid` for a name that is not a
 * DNS-1123 label, so that no name leads out of the home.
 */
export function resourcePath(home: string, { kind, namespace, name }: ResourceId): string {
  return pathIn(join(home, kindDirectories[kind]), namespace, name);
}

/** The directory of approved tools inside the home. */
export const approvalsDirectory = 'approvals';

/** Where the approvals of a Provider's tools are stored: `<home>/approvals/<namespace>/<name>.yaml`. Throws as `resourcePath`. */
export function approvalsPath(home: string, namespace: string, name: string): string {
  return pathIn(join(home, approvalsDirectory), namespace, name);
}

function pathIn(directory: string, namespace: string, name: string): string {
  const isLabel = new RegExp(labelPattern);
  const wrong = [namespace, name].find((text) => !isLabel.test(text));
  if (wrong === undefined) return join(directory, namespace, `${name}.yaml`);
  throw new PaiError(
    'config_invalid',
    `${printable(wrong)} is not a name; use lower-case letters, digits and dashes, at most 63, with no dash at either end`,
  );
}

/** A stored file and the resource that its place says it holds. */
export interface StoredFile {
  readonly id: ResourceId;
  readonly path: string;
}

/** The stored files of a kind, by namespace and name. Throws `state_corrupt` when a directory cannot be read. */
export async function listFiles(home: string, kind: ResourceKind): Promise<readonly StoredFile[]> {
  const root = join(home, kindDirectories[kind]);
  const files: StoredFile[] = [];
  for (const namespace of await visible(root)) {
    const directory = join(root, namespace);
    const names = (await visible(directory)).filter((file) => file.endsWith('.yaml'));
    for (const name of names.map((file) => basename(file, '.yaml')).sort()) {
      files.push({ id: { kind, namespace, name }, path: `${directory}${sep}${name}.yaml` });
    }
  }
  return files;
}

/** Names that do not begin with a dot: those are ours while we write, and Kubernetes' own in a mounted volume. */
async function visible(directory: string): Promise<readonly string[]> {
  const names = await readdir(directory).catch((thrown: NodeJS.ErrnoException) => {
    if (thrown.code === 'ENOENT' || thrown.code === 'ENOTDIR') return [];
    throw new PaiError(
      'state_corrupt',
      `${directory} cannot be read (${thrown.code}); make it readable for this user`,
    );
  });
  return names.filter((name) => !name.startsWith('.')).sort();
}
