import { writeFileSync } from 'node:fs';
import { monitorEventLoopDelay } from 'node:perf_hooks';

/** Preloaded into a proxy: on SIGUSR2 it writes the loop's longest stall since the last time, in ms, into a file. */
const file = process.env['PAI_BENCH_LOOP_FILE'];

const resolution = 1;
const delays = monitorEventLoopDelay({ resolution });
delays.enable();
process.on('SIGUSR2', () => {
  const stall = Math.max(0, delays.max / 1e6 - resolution);
  delays.reset();
  if (file !== undefined) writeFileSync(file, String(stall));
});
