/** How something is looked up. */
export interface LookupOptions<T> {
  readonly load: () => Promise<T>;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Milliseconds for which what was found holds. */
  readonly holds: number;
}

/** Milliseconds for which a failure is told to everyone who asks. */
const pause = 5_000;

/** One load for all who ask at the same time. What was found holds for a while; a failure for a short one. */
export function createLookup<T>({ load, now, holds }: LookupOptions<T>): () => Promise<T> {
  let found: { readonly result: Promise<T>; readonly since: number; holds: number } | undefined;
  return () => {
    const age = found === undefined ? undefined : now() - found.since;
    if (found !== undefined && age !== undefined && age >= 0 && age < found.holds) return found.result;
    const current = { result: load(), since: now(), holds };
    current.result.catch(() => {
      current.holds = now() - current.since + pause;
    });
    found = current;
    return current.result;
  };
}
