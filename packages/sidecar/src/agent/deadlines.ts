import { createRegister, type Registered } from '../register.ts';

/**
 * What a connection waits for: its next request, the rest of a head or of content, the agent to take what was written,
 * the agent to hang up, or the service (which has deadlines of its own).
 */
export type Waiting = 'request' | 'head' | 'content' | 'taking' | 'farewell' | 'service';

/** Milliseconds for each. Those for `content` and `taking` begin anew with every byte. */
export type DeadlineLimits = Readonly<Record<Exclude<Waiting, 'service'>, number>>;

/** A connection as its deadlines see it. */
export interface Watched {
  waitingFor(): Waiting;
  /** A number that changes when what is waited for makes progress, or is another of its kind. */
  progress(waiting: Waiting): number;
  onLate(waiting: Waiting): void;
}

/** Watches connections with one timer for all of them, so that a request costs nothing. */
export interface Deadlines {
  /** Gives a function that ends the watch. */
  watch(watched: Watched): () => void;
}

interface Entry extends Registered {
  readonly watched: Watched;
  waiting: Waiting;
  progress: number;
  /** By `performance.now()`. */
  since: number;
  isWatched: boolean;
}

/** Deadlines that are kept to within a second, or to a quarter of the shortest. */
export function createDeadlines(limits: DeadlineLimits): Deadlines {
  const entries = createRegister<Entry>();
  const interval = Math.min(1_000, Math.max(10, Math.min(...Object.values(limits)) / 4));
  let timer: NodeJS.Timeout | undefined;

  const look = (entry: Entry, now: number) => {
    const waiting = entry.watched.waitingFor();
    const progress = entry.watched.progress(waiting);
    if (waiting !== entry.waiting || progress !== entry.progress) {
      Object.assign(entry, { waiting, progress, since: now });
      return;
    }
    if (waiting === 'service' || now - entry.since < limits[waiting]) return;
    entry.since = now;
    entry.watched.onLate(waiting);
  };
  const sweep = () => {
    const now = performance.now();
    for (const entry of entries.items()) if (entry.isWatched) look(entry, now);
  };
  return {
    watch(watched) {
      const entry: Entry = { watched, waiting: 'service', progress: -1, since: 0, isWatched: true, index: 0 };
      look(entry, performance.now());
      entries.add(entry);
      timer ??= setInterval(sweep, interval).unref();
      return () => {
        if (!entry.isWatched) return;
        entry.isWatched = false;
        entries.remove(entry);
        if (entries.size() > 0) return;
        clearInterval(timer);
        timer = undefined;
      };
    },
  };
}
