import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { FuzzOptions } from './options.ts';
import { createTally, merge, type Tally } from './tally.ts';
import type { Failure, Progress, Share } from './worker.ts';

/** What a run found. */
export interface Run {
  readonly tally: Tally;
  /** The shortest of each sort. */
  readonly failures: readonly Failure[];
  readonly seconds: number;
}

/** Most sorts of failures that are kept. */
const mostFailures = 40;

/** Runs all inputs, on as many threads as were asked for, and says how far it is. */
export async function run(options: FuzzOptions, say: (line: string) => void): Promise<Run> {
  const started = performance.now();
  const tally = createTally();
  const failures = new Map<string, Failure>();
  const seconds = () => (performance.now() - started) / 1_000;
  const keep = (failure: Failure) => {
    const sort = sortOf(failure);
    const kept = failures.get(sort);
    if (kept === undefined) say(`input ${failure.index}: ${sort}`);
    if (
      kept === undefined ? failures.size < mostFailures : failure.input.text.length < kept.input.text.length
    )
      failures.set(sort, failure);
  };
  let saidAt = 0;
  const onProgress = (progress: Progress) => {
    merge(tally, progress.tally);
    for (const failure of progress.failures) keep(failure);
    if (seconds() - saidAt < 5) return;
    saidAt = seconds();
    const rate = Math.round(tally.inputs / saidAt);
    say(`${tally.inputs} of ${options.inputs} inputs, ${rate} a second, ${failures.size} sorts of failures`);
  };
  const work = async (first: number) => {
    const workerData: Share = { options, first, step: options.workers };
    const worker = new Worker(new URL('./worker.ts', import.meta.url), { workerData });
    worker.on('message', onProgress);
    const [code] = await once(worker, 'exit');
    if (code !== 0) throw new Error(`worker ${first} ended with ${code}`);
  };
  await Promise.all(Array.from({ length: options.workers }, (_, first) => work(first)));
  return { tally, failures: [...failures.values()], seconds: seconds() };
}

/** Failures that say the same but for the bytes. */
export function sortOf({ problem, input }: Pick<Failure, 'problem' | 'input'>): string {
  const shape = problem.sentence
    .replace(/"(?:[^"\\]|\\.)*"/g, '""')
    .replace(/\[[^\]]*\]/g, '[]')
    .replace(/\d+/g, '0');
  return `${input.kind} ${problem.by}: ${shape}`;
}
