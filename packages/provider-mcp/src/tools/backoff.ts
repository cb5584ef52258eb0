/** Milliseconds before an attempt, from 0: half a second, then twice as long each time, at most 30 seconds. */
export function backoff(attempt: number): number {
  return Math.min(30_000, 500 * 2 ** Math.min(attempt, 6));
}
