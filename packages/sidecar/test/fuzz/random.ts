/** Numbers that follow from a seed. */
export interface Random {
  /** An integer from 0 up to, not including, `limit`. */
  below(limit: number): number;
  pick<T>(list: readonly [T, ...T[]]): T;
  pick<T>(list: readonly T[]): T;
  /** True that many times in a hundred. */
  chance(percent: number): boolean;
}

/** The same numbers for the same `seed` and `index` (mulberry32), so that one input can be made without those before it. */
export function createRandom(seed: number, index = 0): Random {
  let state = Math.imul(seed ^ Math.imul(index, 0x9e3779b1), 0x85ebca6b) ^ (index >>> 16);
  const below = (limit: number) => {
    state = (state + 0x6d2b79f5) | 0;
    let value = Math.imul(state ^ (state >>> 15), 1 | state);
    value = (value + Math.imul(value ^ (value >>> 7), 61 | value)) ^ value;
    return ((value ^ (value >>> 14)) >>> 0) % limit;
  };
  return {
    below,
    pick: <T>(list: readonly T[]): T => list[below(list.length)] as T,
    chance: (percent) => below(100) < percent,
  };
}
