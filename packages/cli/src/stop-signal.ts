/** Resolves with the first SIGTERM, SIGINT or SIGHUP, which a terminal sends when it is closed. */
export function stopSignal(): Promise<void> {
  return new Promise((resolve) => {
    const stop = () => {
      for (const signal of signals) process.off(signal, stop);
      resolve();
    };
    for (const signal of signals) process.on(signal, stop);
  });
}

const signals = ['SIGTERM', 'SIGINT', 'SIGHUP'] as const;
