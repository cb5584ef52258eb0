import type { Results } from '../rounds.ts';

/** One measure of one peer, round by round; undefined where there is no number. */
export type Series = readonly (number | undefined)[];

/** Reads a measure's series. */
export function seriesOf(results: Results, id: string, peer: string, measure: string): Series {
  const samples = results[id]?.samples[peer] ?? [];
  return samples.map((sample) => {
    const value = sample?.[measure];
    return value === undefined || Number.isNaN(value) ? undefined : value;
  });
}

/** Puts two series together round by round; a round that lacks either lacks the result. */
export function combine(one: Series, other: Series, by: (a: number, b: number) => number): Series {
  return one.map((a, i) => {
    const b = other[i];
    return a === undefined || b === undefined ? undefined : by(a, b);
  });
}

/** The median of the numbers of a series; undefined when there are none. */
export function medianOf(series: Series): number | undefined {
  const numbers = series.filter((value) => value !== undefined);
  return numbers.length === 0 ? undefined : median(numbers);
}

/** The median. NaN of nothing. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((one, other) => one - other);
  const middle = (sorted.length - 1) / 2;
  const pair = [sorted[Math.floor(middle)] ?? Number.NaN, sorted[Math.ceil(middle)] ?? Number.NaN];
  return ((pair[0] ?? 0) + (pair[1] ?? 0)) / 2;
}
