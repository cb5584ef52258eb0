import { type BigIntStats, stat, statSync } from 'node:fs';

/** A file, or its absence, at one moment. */
export interface FileFacts {
  /**
   * Tells one state of a file from another. The change time is in it: two writes of the same length can fall into one
   * tick of the modification time.
   */
  readonly state: string;
  /** Whether every later write changes `state`: not yet for a file that was changed in this tick of its clock. */
  readonly isSettled: boolean;
}

/** Milliseconds that are longer than a tick of any file system's clock. */
const longestTick = 2_000;

/** What a file is at this moment. Never rejects. */
export function factsOf(path: string): Promise<FileFacts> {
  return new Promise((resolve) => {
    // Half the time of the one that gives a promise, which counts with a thousand files.
    stat(path, { bigint: true }, (error, facts) =>
      resolve(readFacts(path, error === null ? facts : undefined)),
    );
  });
}

/** What many files are, in their order, some at a time, so that the event loop turns in between. */
export async function factsOfAll(paths: readonly string[]): Promise<readonly FileFacts[]> {
  const facts: FileFacts[] = [];
  for (let at = 0; at < paths.length; at += atOnce) {
    facts.push(...(await Promise.all(paths.slice(at, at + atOnce).map(factsOf))));
  }
  return facts;
}

/** On one core, each wakes a thread that runs in place of this one. */
const atOnce = 16;

/**
 * What files are at this moment, in order, in a fifth of the time that `factsOfAll` takes; nothing else goes on
 * meanwhile. Never throws.
 */
export function factsNow(paths: readonly string[]): readonly FileFacts[] {
  return paths.map((path) => readFacts(path, lookAt(path)));
}

/** What `factsNow` gives, but of each file only once: for several who look when a home is read for the first time. */
export function createFirstLook(): typeof factsNow {
  const seen = new Map<string, FileFacts>();
  return (paths) =>
    paths.map((path) => {
      const facts = seen.get(path) ?? readFacts(path, lookAt(path));
      seen.set(path, facts);
      return facts;
    });
}

function lookAt(path: string): BigIntStats | undefined {
  try {
    return statSync(path, { bigint: true, throwIfNoEntry: false });
  } catch {
    return undefined;
  }
}

function readFacts(path: string, facts: BigIntStats | undefined): FileFacts {
  if (facts === undefined) return { state: `${path} -`, isSettled: false };
  const { dev, ino, size, mtimeNs, ctimeNs } = facts;
  const age = Date.now() - Number(ctimeNs / 1_000_000n);
  return { state: `${path} ${dev} ${ino} ${size} ${mtimeNs} ${ctimeNs}`, isSettled: age > longestTick };
}
