/** The least of the last values, at least `count` of them and at most twice as many; 0 until there have been so many. */
export function createRecentLeast(count: number): (value: number) => number {
  let [before, now, seen] = [0, Number.POSITIVE_INFINITY, 0];
  return (value) => {
    if (seen === count) [before, now, seen] = [now, Number.POSITIVE_INFINITY, 0];
    now = Math.min(now, value);
    seen += 1;
    return Math.min(before, now);
  };
}
