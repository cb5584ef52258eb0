import { setTimeout as delay } from 'node:timers/promises';

/** Waits until `find` gives something, and gives it. Throws, naming `what`, after ten seconds. */
export async function until<T>(what: string, find: () => T | undefined): Promise<T> {
  const deadline = performance.now() + 10_000;
  for (;;) {
    const found = find();
    if (found !== undefined) return found;
    if (performance.now() > deadline) throw new Error(`${what} did not come within ten seconds`);
    await delay(10);
  }
}
