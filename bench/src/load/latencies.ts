import type { Latencies } from './protocol.ts';

/** Sums latencies up; sorts them where they are. All in milliseconds. */
export function summarise(latencies: Float64Array, elapsed: number): Latencies {
  const sorted = latencies.sort();
  const at = (share: number) => Math.round((sorted[Math.floor(sorted.length * share)] ?? 0) * 1_000);
  return { seconds: elapsed / 1_000, p50: at(0.5), p99: at(0.99) };
}
