import type { ProxySample, Sample } from './measure.ts';
import type { Rounds } from './rounds.ts';

/** Medians over the rounds. */
export interface Row extends Omit<Sample, 'proxy'>, Partial<ProxySample> {
  /** Latency of one connection beyond the direct way's in the same round. */
  readonly addedP50?: number;
  readonly addedP99?: number;
}

/** Rows by variant name. */
export type Rows = Readonly<Record<string, Row>>;

/** Medians of what was measured. */
export function summarise(rounds: Rounds): Rows {
  return Object.fromEntries(
    Object.entries(rounds).map(([name, samples]) => [name, rowOf(samples, rounds['direct'] ?? [])]),
  );
}

/** The measures that are compared as ratios: below 1 the first variant needs less. */
export const comparedMeasures = ['cpu', 'startMs', 'idleRss', 'idleAnon', 'loadedRss'] as const;

/** Medians of the ratios of `name` to `other` in the same round; empty when either was not measured. */
export function ratiosOf(rounds: Rounds, name: string, other: string): Partial<Record<string, number>> {
  const pairs = (rounds[name] ?? []).flatMap(({ proxy }, i) => {
    const beside = rounds[other]?.[i]?.proxy;
    return proxy === undefined || beside === undefined ? [] : [{ proxy, beside }];
  });
  if (pairs.length === 0) return {};
  return Object.fromEntries(
    comparedMeasures.map((measure) => [
      measure,
      median(pairs.map(({ proxy, beside }) => proxy[measure] / beside[measure])),
    ]),
  );
}

function rowOf(samples: readonly Sample[], direct: readonly Sample[]): Row {
  const of = (pick: (sample: Sample) => number) => median(samples.map(pick));
  const plain = { rate: of(({ rate }) => rate), p50: of(({ p50 }) => p50), p99: of(({ p99 }) => p99) };
  const proxies = samples.flatMap(({ proxy }) => proxy ?? []);
  if (proxies.length === 0) return plain;
  const cost = Object.fromEntries(
    comparedMeasures.map((measure) => [measure, median(proxies.map((proxy) => proxy[measure]))]),
  );
  const added = (pick: (sample: Sample) => number) =>
    median(samples.flatMap((sample, i) => (direct[i] === undefined ? [] : pick(sample) - pick(direct[i]))));
  return { ...plain, ...cost, addedP50: added(({ p50 }) => p50), addedP99: added(({ p99 }) => p99) };
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((one, other) => one - other);
  const middle = (sorted.length - 1) / 2;
  const pair = [sorted[Math.floor(middle)] ?? Number.NaN, sorted[Math.ceil(middle)] ?? Number.NaN];
  return ((pair[0] ?? 0) + (pair[1] ?? 0)) / 2;
}
