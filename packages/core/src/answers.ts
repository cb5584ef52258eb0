/** Answers to questions that are asked again and again, by key. */
export type Answers<T> = (key: string, ask: () => Promise<T>) => Promise<T>;

/** How long answers are kept, and how many. */
export interface AnswersOptions {
  /** Milliseconds for which an answer holds. */
  readonly life: number;
  /** Milliseconds for which a failure is told to everyone who asks. Default 0: the next one asks again. */
  readonly pause?: number;
  /** Default 2,000. */
  readonly most?: number;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

interface Kept<T> {
  readonly answer: Promise<T>;
  /** Milliseconds since the epoch. */
  readonly since: number;
  until: number;
}

/**
 * Keeps what was asked of a service for a Provider: one question for all who ask it at the same time, and the least
 * recently used answer goes first.
 */
export function createAnswers<T>({ life, pause = 0, most = 2_000, now }: AnswersOptions): Answers<T> {
  const kept = new Map<string, Kept<T>>();
  const start = (answer: Promise<T>): Kept<T> => {
    const since = now();
    const entry: Kept<T> = { answer, since, until: since + life };
    answer.catch(() => {
      entry.until = now() + pause;
    });
    return entry;
  };
  return (key, ask) => {
    const known = kept.get(key);
    kept.delete(key);
    const holds = known !== undefined && now() >= known.since && now() < known.until;
    const entry = holds ? known : start(ask());
    kept.set(key, entry);
    const [oldest] = kept.keys();
    if (kept.size > most && oldest !== undefined) kept.delete(oldest);
    return entry.answer;
  };
}
