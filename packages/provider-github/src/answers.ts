/** Answers to questions that are asked again and again, by key. */
export type Answers<T> = (key: string, ask: () => Promise<T>) => Promise<T>;

/** How long answers are kept, and how many. */
export interface AnswersOptions {
  /** Milliseconds. */
  readonly life: number;
  readonly most: number;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/** Keeps answers, the least recently used go first; all who ask at the same time share one question, and failures are forgotten. */
export function createAnswers<T>({ life, most, now }: AnswersOptions): Answers<T> {
  const kept = new Map<string, { readonly answer: Promise<T>; readonly since: number }>();
  return (key, ask) => {
    const known = kept.get(key);
    kept.delete(key);
    const age = known === undefined ? life : now() - known.since;
    const entry = known !== undefined && age >= 0 && age < life ? known : { answer: ask(), since: now() };
    kept.set(key, entry);
    if (entry === known) return entry.answer;
    entry.answer.catch(() => {
      if (kept.get(key) === entry) kept.delete(key);
    });
    const [oldest] = kept.keys();
    if (kept.size > most && oldest !== undefined) kept.delete(oldest);
    return entry.answer;
  };
}
