/** How something is looked up. */
export interface LookupOptions<T> {
  readonly load: (base: string) => Promise<T>;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Milliseconds for which what was found holds. */
  readonly holds: number;
}

/** Milliseconds for which a failure is told to everyone who asks. */
const pause = 5_000;

/**
 * One load for all who ask at the same time under the same base. What was found holds for a while; a failure for a short
 * one.
 */
export function createLookup<T>({ load, now, holds }: LookupOptions<T>): (base: string) => Promise<T> {
  const known = new Map<string, { readonly result: Promise<T>; readonly since: number; holds: number }>();
  return (base) => {
    const found = known.get(base);
    const age = found === undefined ? undefined : now() - found.since;
    if (found !== undefined && age !== undefined && age >= 0 && age < found.holds) return found.result;
    const current = { result: load(base), since: now(), holds };
    current.result.catch(() => {
      current.holds = now() - current.since + pause;
    });
    known.set(base, current);
    return current.result;
  };
}
