/**
 * Whether some text that begins with `start` may fit a pattern of resources, in which `*` is any run of characters and `?` exactly one.
 * Its work grows with the product of their lengths.
 */
export function canBegin(pattern: string, start: string): boolean {
  let places = afterRuns(pattern, new Set([0]));
  for (let i = 0; i < start.length && places.size > 0; i++) {
    const next = new Set<number>();
    for (const place of places) {
      const token = pattern[place];
      if (token === '*') next.add(place);
      if (token === '?' || token === start[i]) next.add(place + 1);
    }
    places = afterRuns(pattern, next);
  }
  return places.size > 0;
}

/** A run may also be empty. */
function afterRuns(pattern: string, places: Set<number>): Set<number> {
  for (const place of places) if (pattern[place] === '*') places.add(place + 1);
  return places;
}
