/** Keeps what fails at once from being tried all the time. */
export interface Backoff {
  /** Milliseconds until it may be tried. */
  readonly wait: () => number;
  readonly failed: () => void;
  readonly succeeded: () => void;
}

const first = 1_000;
const longest = 60_000;

/** The first failure costs no wait; each further one in a row doubles it, up to a minute. */
export function createBackoff(now: () => number): Backoff {
  let failures = 0;
  let until = 0;
  return {
    wait: () => Math.max(0, until - now()),
    failed() {
      failures += 1;
      if (failures > 1) until = now() + Math.min(longest, first * 2 ** (failures - 2));
    },
    succeeded() {
      failures = 0;
      until = 0;
    },
  };
}
