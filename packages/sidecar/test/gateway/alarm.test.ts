import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createAlarm } from '../../src/gateway/alarm.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** An alarm on the clock of the timers, and when it rang. */
function start(now: () => number = Date.now) {
  const begun = Date.now();
  const rung: number[] = [];
  const alarm = createAlarm(now, () => rung.push(Date.now() - begun));
  return { alarm, begun, rung };
}

test('it rings at each time, and at none that is over or was taken back', () => {
  const { alarm, begun, rung } = start();
  alarm.set([begun + 10]);
  alarm.set([begun - 5, begun + 40, begun + 20, begun + 2_500]);
  vi.advanceTimersByTime(5_000);
  expect(rung).toEqual([20, 40, 2_500]);
  alarm.set([begun + 6_000]);
  alarm.close();
  vi.advanceTimersByTime(5_000);
  expect(rung).toHaveLength(3);
});

test('a time that comes while the clock is being looked at rings too', () => {
  // The timer is a millisecond early, and that millisecond passes between two readings of the clock.
  const readings = [0, 49];
  const { alarm, rung } = start(() => readings.shift() ?? 50);
  alarm.set([50]);
  vi.advanceTimersByTime(1_000);
  expect(rung).toHaveLength(1);
});

test('a clock that is set back or ahead is followed within a second', () => {
  let ahead = 0;
  const { alarm, begun, rung } = start(() => Date.now() + ahead);
  alarm.set([begun + 10_000]);
  ahead = -5_000;
  vi.advanceTimersByTime(10_000);
  expect(rung).toEqual([]);
  ahead = 60_000;
  vi.advanceTimersByTime(1_000);
  expect(rung).toEqual([11_000]);
});
