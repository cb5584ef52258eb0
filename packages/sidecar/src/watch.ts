import { type FSWatcher, watch } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join, sep } from 'node:path';
import type { ResourceKind } from './config.ts';
import { factsNow, factsOfAll } from './file-facts.ts';
import { approvalsDirectory, kindDirectories } from './home.ts';
import { configFileName } from './plugin-config.ts';
import { keyFileName } from './vault.ts';

/** Directories of the home with what a sidecar serves from. */
const served = [
  ...(['ProviderType', 'Provider', 'Agent', 'Secret'] as const).map((kind) => kindDirectories[kind]),
  approvalsDirectory,
];

/** A watch that can be ended. */
export interface StateWatch {
  readonly close: () => void;
}

/** How often and how patiently to look. */
export interface WatchOptions {
  /** Milliseconds between two looks when the system reports nothing (network file systems). Default 750. */
  readonly interval?: number;
  /** Milliseconds between a report and the look, so that changes made together are seen together. Default 50. */
  readonly settle?: number;
  /** Whether something outside the home has changed that its Secrets are read from; asked at each look. Default: nothing has. */
  readonly hasChanged?: () => Promise<boolean>;
  /** What to watch. Default: everything that a sidecar serves from. */
  readonly kinds?: readonly ResourceKind[];
}

/**
 * Starts to watch, and resolves when every later change will be seen: load the state after that. Calls `onChange` within a second of any change to the Providers, Agents, Secrets or approvals of a home, once for changes made
 * together. It holds for files replaced, directories that appear later, and swapped symlinks, and does not keep the
 * process running.
 */
export function watchState(home: string, onChange: () => void, options?: WatchOptions): Promise<StateWatch> {
  return watchStateFrom(factsNow, home, onChange, options);
}

/** As `watchState`, but `firstLook`, for which a start waits, says what the files are at first. */
export async function watchStateFrom(
  firstLook: typeof factsNow,
  home: string,
  onChange: () => void,
  { interval = 750, settle = 50, hasChanged = async () => false, kinds }: WatchOptions = {},
): Promise<StateWatch> {
  const places = kinds?.map((kind) => kindDirectories[kind]) ?? served;
  let known: string | undefined;
  let isLooking = false;
  let isClosed = false;
  let timer: NodeJS.Timeout | undefined;
  let due = Infinity;

  // A report only ever brings the next look forward, so that no stream of reports puts it off.
  const schedule = (wait: number) => {
    const then = performance.now() + wait;
    if (isClosed || then >= due) return;
    clearTimeout(timer);
    due = then;
    timer = setTimeout(look, wait).unref();
  };
  const listeners = createListeners(() => schedule(settle));
  const look = async () => {
    due = Infinity;
    if (isLooking) return schedule(settle);
    isLooking = true;
    const [{ fingerprint, directories }, isOutsideChanged] = await Promise.all([
      survey(home, places, known === undefined ? firstLook : factsOfAll),
      hasChanged(),
    ]).finally(() => {
      isLooking = false;
    });
    if (isClosed) return;
    const isHomeChanged = known !== undefined && fingerprint !== known;
    known = fingerprint;
    // A directory with a new inode behind an old name needs a new listener.
    if (isHomeChanged) listeners.follow([]);
    listeners.follow(directories);
    schedule(interval);
    if (isHomeChanged || isOutsideChanged) onChange();
  };

  await look();
  return {
    close: () => {
      isClosed = true;
      clearTimeout(timer);
      listeners.follow([]);
    },
  };
}

/** Listens to the directories it was last told of, and to no others. */
function createListeners(report: () => void): { readonly follow: (directories: readonly string[]) => void } {
  const watchers = new Map<string, FSWatcher>();
  const drop = (directory: string) => {
    watchers.get(directory)?.close();
    watchers.delete(directory);
  };
  const add = (directory: string) => {
    try {
      const watcher = watch(directory, { persistent: false }, report);
      watchers.set(directory, watcher);
      watcher.on('error', () => drop(directory));
    } catch {
      // It is gone, or there are too many watches: the next look finds what changes.
    }
  };
  return {
    follow: (directories) => {
      for (const directory of [...watchers.keys()]) if (!directories.includes(directory)) drop(directory);
      for (const directory of directories) if (!watchers.has(directory)) add(directory);
    },
  };
}

/** What every file is at this moment, and the directories to listen to. */
async function survey(
  home: string,
  places: readonly string[],
  look: typeof factsOfAll | typeof factsNow,
): Promise<{ fingerprint: string; directories: string[] }> {
  const directories = [home];
  const files = [join(home, keyFileName), join(home, configFileName)];
  for (const kind of places) {
    const root = join(home, kind);
    for (const namespace of await namesIn(root)) {
      const directory = join(root, namespace);
      const names = await namesIn(directory);
      files.push(...names.map((name) => `${directory}${sep}${name}`));
      if (names.length > 0 || (await isDirectory(directory))) directories.push(directory);
    }
    if (await isDirectory(root)) directories.push(root);
  }
  const facts = await look(files);
  return { fingerprint: facts.map(({ state }) => state).join('\n'), directories };
}

async function namesIn(directory: string): Promise<string[]> {
  const names = await readdir(directory).catch(() => []);
  return names.filter((name) => !name.startsWith('.')).sort();
}

async function isDirectory(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined))?.isDirectory() ?? false;
}
