/** Calls back at each of the times that it was last told of. */
export interface Alarm {
  /** Takes the place of the times before; milliseconds since the epoch. */
  set(times: readonly number[]): void;
  close(): void;
}

/** Milliseconds between two looks at the clock: it may be set, and timers stand still while a machine sleeps. */
const longestWait = 1_000;

/** Follows a clock in milliseconds since the epoch. */
export function createAlarm(now: () => number, onTime: () => void): Alarm {
  let timer: NodeJS.Timeout | undefined;
  /** One reading of the clock for both: a time between two would be neither awaited nor come. */
  const wait = (times: readonly number[], from: number) => {
    clearTimeout(timer);
    const next = Math.min(...times.filter((time) => time > from));
    if (next === Number.POSITIVE_INFINITY) return;
    const look = () => {
      const here = now();
      wait(times, here);
      if (here >= next) onTime();
    };
    timer = setTimeout(look, Math.min(next - from, longestWait)).unref();
  };
  return { set: (times) => wait(times, now()), close: () => clearTimeout(timer) };
}
