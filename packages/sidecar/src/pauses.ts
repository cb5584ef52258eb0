/** Milliseconds of work between two turns of the event loop: what is being served goes on in between. */
const longest = 1;

/** Makes what long work waits for at each of its steps: the next turn of the event loop, where this one has lasted. */
export function createPauses(): () => Promise<void> | undefined {
  let last = performance.now();
  return () => {
    if (performance.now() - last < longest) return undefined;
    return new Promise((resolve) => {
      setImmediate(() => {
        last = performance.now();
        resolve();
      });
    });
  };
}
