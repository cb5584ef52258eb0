/** Percent of what survived a collection by which V8 may let the old generation grow, and in which steps. */
const growing = { least: 50, most: 300, step: 25 };

/** Bytes that survive a collection from which V8 knows better. */
const large = 64 * 2 ** 20;

/**
 * V8's `--heap-growing-percent` that leaves `room` bytes beside `survivors`; 0 leaves it to V8. V8 counts the buffers of
 * streams with them, and would mark a small heap again and again; with everything that many connections have in flight it
 * would let one grow to four times its size.
 */
export function growingPercent(survivors: number, room: number): number {
  if (survivors >= large) return 0;
  const steps = Math.round(((room / survivors) * 100) / growing.step);
  return Math.min(growing.most, Math.max(growing.least, steps * growing.step));
}
