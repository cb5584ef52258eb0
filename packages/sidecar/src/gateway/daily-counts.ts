import { closeSync, fstatSync, mkdirSync, openSync, readdirSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { unwritable } from '../atomic-write.ts';

/** Something that may be used so many times a day. */
export interface Meter {
  /** Names its file: letters, digits, dots and dashes. */
  readonly id: string;
  /** Undefined: any number of times. */
  readonly limit: number | undefined;
  /** For the sentence that says it is used up. */
  readonly what: string;
}

/** Counts by day, in UTC. */
export interface DailyCounts {
  /** Counts one use of all the meters, or of none: then it gives one that is used up. Throws `state_unwritable`. */
  take(meters: readonly Meter[]): Meter | undefined;
  close(): void;
}

/**
 * Counts in files of `home`, one a meter and day: a byte is a use. Appending is one step for the system, so that
 * processes on one home count together and never past a limit, and a restart forgets nothing.
 */
export function createDailyCounts(home: string, now: () => number = Date.now): DailyCounts {
  const root = join(home, 'gateway', 'counts');
  const open = new Map<string, number>();
  let day = '';

  const close = () => {
    for (const file of open.values()) closeSync(file);
    open.clear();
  };
  const begin = (today: string) => {
    close();
    mkdirSync(join(root, today), { recursive: true, mode: 0o700 });
    // Another process's clock may not be past midnight yet.
    const kept = [today, dayOf(now() - 86_400_000)];
    const old = readdirSync(root).filter((name) => isDay.test(name) && name < (kept[1] ?? ''));
    for (const name of old) rmSync(join(root, name), { recursive: true, force: true });
    day = today;
  };
  const fileOf = (id: string): number => {
    const file = open.get(id) ?? openSync(join(root, day, id), 'a', 0o600);
    open.set(id, file);
    return file;
  };
  const isPast = (id: string, limit: number) => fstatSync(fileOf(id)).size > limit;

  return {
    take(meters) {
      const limited = meters.flatMap(({ id, limit, what }) =>
        limit === undefined ? [] : [{ id, limit, what }],
      );
      if (limited.length === 0) return undefined;
      try {
        const today = dayOf(now());
        if (today !== day) begin(today);
        const full = limited.find(({ id, limit }) => isPast(id, limit - 1));
        if (full !== undefined) return full;
        for (const { id } of limited) writeSync(fileOf(id), '.');
        return limited.find(({ id, limit }) => isPast(id, limit));
      } catch (thrown) {
        throw unwritable(root, thrown);
      }
    },
    close,
  };
}

/** Seconds from a time to the next day in UTC, at least one. */
export function secondsToMidnight(now: number): number {
  return Math.max(1, Math.ceil((86_400_000 - (now % 86_400_000)) / 1_000));
}

const isDay = /^\d{4}-\d{2}-\d{2}$/;

function dayOf(time: number): string {
  return new Date(time).toISOString().slice(0, 10);
}
