import { compileActionPattern } from '@pai/policy';

/** Whether the pattern of actions `wide` fits all that `narrow` fits; only ever false where that is hard to see. */
export function covers(wide: string, narrow: string): boolean {
  return compileActionPattern(wide, { isCaseSensitive: false })(narrow);
}

/** The patterns without those that another one covers, in order. */
export function withoutCovered(patterns: readonly string[]): string[] {
  return patterns.filter((pattern, i) =>
    patterns.every((other, j) => i === j || !covers(other, pattern) || (covers(pattern, other) && i < j)),
  );
}

/** Whether some text fits both patterns, without regard to case. `*` is any run of characters. */
export function overlap(one: string, other: string): boolean {
  const [a, b] = [one.toLowerCase(), other.toLowerCase()];
  const known = new Map<number, boolean>();
  const from = (i: number, j: number): boolean => {
    const key = i * (b.length + 1) + j;
    const found = known.get(key) ?? decide(i, j);
    known.set(key, found);
    return found;
  };
  const decide = (i: number, j: number): boolean => {
    if (a[i] === '*') return from(i + 1, j) || (j < b.length && from(i, j + 1));
    if (b[j] === '*') return from(i, j + 1) || (i < a.length && from(i + 1, j));
    if (i === a.length || j === b.length) return i === a.length && j === b.length;
    return a[i] === b[j] && from(i + 1, j + 1);
  };
  return from(0, 0);
}

/** What is left of a pattern behind each text that it fits and that begins with `literal`, as patterns. */
export function restsAfter(pattern: string, literal: string): string[] {
  let places = withRuns(pattern, [0]);
  for (const letter of literal.toLowerCase()) {
    const next = places.flatMap((place) => {
      if (pattern[place] === '*') return [place];
      return pattern[place]?.toLowerCase() === letter ? [place + 1] : [];
    });
    places = withRuns(pattern, next);
  }
  return withoutCovered([...new Set(places)].map((place) => pattern.slice(place)).filter(Boolean));
}

/** Places in the pattern with those that can be reached from them through empty runs. */
function withRuns(pattern: string, places: readonly number[]): number[] {
  return places.flatMap((place) =>
    pattern[place] === '*' ? [place, ...withRuns(pattern, [place + 1])] : [place],
  );
}
