/** Encoded chunks that were searched, and wait with the last bytes that they decode to. */
export interface Searched {
  /** `length` is what `chunks` decode to. */
  add(chunks: readonly Buffer[], length: number): void;
  /** Takes those that the last `held` bytes do not stand in. */
  takeDecided(held: number): readonly Buffer[];
  /** What is left. */
  readonly all: () => readonly Buffer[];
}

/** None yet. */
export function createSearched(): Searched {
  const parts: { readonly chunks: readonly Buffer[]; readonly length: number }[] = [];
  return {
    add: (chunks, length) => void parts.push({ chunks, length }),
    takeDecided(held) {
      let undecided = 0;
      for (let left = held; left > 0 && undecided < parts.length; left -= parts.at(-undecided)?.length ?? 0)
        undecided += 1;
      return parts.splice(0, parts.length - undecided).flatMap(({ chunks }) => chunks);
    },
    all: () => parts.flatMap(({ chunks }) => chunks),
  };
}
