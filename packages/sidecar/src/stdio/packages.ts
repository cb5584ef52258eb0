import { createHash } from 'node:crypto';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PaiError, toPaiError } from '@pai/core';
import type { AgentPackages } from '../config.ts';
import { withLock } from '../lock.ts';
import { type NpmRun, npmSettings, runNpm } from '../run-npm.ts';
import { programEnvironment } from './environment.ts';
import { refuseUnverified } from './npm-lock.ts';

/** What packages are installed with. */
export interface PackagesOptions {
  readonly home: string;
  readonly namespace: string;
  /** The Agent that names them. */
  readonly agent: string | undefined;
  readonly log: (line: string) => void;
  /** The sidecar's environment, of which npm gets its own settings. Default this process's. */
  readonly ambient?: NodeJS.ProcessEnv;
}

/** Milliseconds after which packages that could not be installed are tried again. */
const retryAfter = 30_000;
/** Milliseconds for another sidecar to install them, and for one command of npm. */
const patience = 600_000;

/**
 * Gives directories of the programs in an Agent's packages once they are installed, in `<home>/packages`. Rejects with
 * `program_unavailable` when they cannot be.
 */
export function createPackages(
  options: PackagesOptions,
): (packages: AgentPackages | undefined) => Promise<readonly string[]> {
  const { home, namespace, agent, log } = options;
  const known = new Map<string, Promise<readonly string[]>>();
  return (packages) => {
    const wanted = packages?.npm ?? [];
    if (agent === undefined || wanted.length === 0) return Promise.resolve([]);
    const key = JSON.stringify(packages);
    const directory = join(home, 'packages', namespace, agent);
    const ready =
      known.get(key) ??
      install(directory, wanted, packages?.allowScripts ?? [], options).catch((thrown: unknown) => {
        setTimeout(() => known.delete(key), retryAfter).unref();
        const error = toPaiError(thrown, 'they could not be installed', 'program_unavailable');
        log(`packages of agent ${agent}: ${error.message}`);
        throw new PaiError(
          'program_unavailable',
          `the packages of agent ${agent} could not be installed; the log says why`,
          { cause: thrown },
        );
      });
    known.set(key, ready);
    return ready;
  };
}

/** One installation at a time; one that is whole is not repeated. */
async function install(
  directory: string,
  wanted: readonly string[],
  allowScripts: readonly string[],
  { log, agent, ambient = process.env }: PackagesOptions,
): Promise<readonly string[]> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const file = (name: string) => join(directory, name);
  const paths = [file('node_modules/.bin')];
  const dependencies = Object.fromEntries(wanted.map(readSpec));
  const manifest = `${JSON.stringify({ private: true, dependencies }, null, 2)}\n`;
  const marker = async () => {
    const lock = await readText(file('package-lock.json'));
    const digest = createHash('sha256')
      .update(lock ?? '')
      .digest('hex');
    return JSON.stringify({ dependencies, allowScripts, lock: digest, abi: process.versions.modules });
  };
  const isDone = async () => (await readText(file('installed.json'))) === (await marker());
  if (await isDone()) return paths;
  await withLock(
    directory,
    async () => {
      if (await isDone()) return;
      log(`installing the packages of agent ${agent}: ${wanted.join(', ')}`);
      await rm(file('installed.json'), { force: true });
      const isNew = (await readText(file('package.json'))) !== manifest;
      await writeFile(file('package.json'), manifest);
      const npm = (words: readonly string[], env: NodeJS.ProcessEnv = npmSettings(ambient)) =>
        runNpm(words, { directory, env, deadline: patience, failure: failureOf(words) });
      if (isNew || (await readText(file('package-lock.json'))) === undefined) {
        await npm(['install', '--package-lock-only', '--ignore-scripts']);
      }
      refuseUnverified((await readText(file('package-lock.json'))) ?? '');
      await npm(['ci', '--ignore-scripts']);
      if (allowScripts.length > 0) {
        // What runs here is the packages' own, and gets what programs get.
        const base = programEnvironment({ ambient, home: directory, paths });
        await npm(['rebuild', '--ignore-scripts=false', '--', ...allowScripts], base);
      }
      await writeFile(file('installed.json'), await marker());
      log(`the packages of agent ${agent} are installed`);
    },
    { patience },
  );
  return paths;
}

function failureOf([command]: readonly string[]): NpmRun['failure'] {
  return (why, cause) => new PaiError('program_unavailable', `npm ${command}: ${why}`, { cause });
}

/** `@scope/name@range` in two; without a range whatever is newest when it is installed first. */
function readSpec(spec: string): [string, string] {
  const at = spec.indexOf('@', 1);
  return at === -1 ? [spec, '*'] : [spec.slice(0, at), spec.slice(at + 1)];
}

async function readText(path: string): Promise<string | undefined> {
  return readFile(path, 'utf8').catch((thrown: NodeJS.ErrnoException) => {
    if (thrown.code === 'ENOENT') return undefined;
    throw thrown;
  });
}
