import { parentPort, workerData } from 'node:worker_threads';
import { check, type Problem } from '../../../packages/sidecar/test/fuzz/check.ts';
import { type Generated, generate } from '../../../packages/sidecar/test/fuzz/generate.ts';
import type { Reading } from '../../../packages/sidecar/test/fuzz/reading.ts';
import type { FuzzOptions } from './options.ts';
import { createReaders } from './readers.ts';
import { count, createTally, type Tally } from './tally.ts';

/** An input that two readers take otherwise. */
export interface Failure {
  readonly index: number;
  readonly input: Generated;
  readonly ours: Reading;
  readonly problem: Problem;
}

/** What a worker says after every batch. */
export interface Progress {
  readonly tally: Tally;
  readonly failures: readonly Failure[];
}

/** What a worker is given: every `step`th batch is its own. */
export interface Share {
  readonly options: FuzzOptions;
  readonly first: number;
  readonly step: number;
}

const batchSize = 500;
/** While one batch waits for the readers in other processes, the next is made. */
const lanes = 3;

// Thousands of refusals a second need no stack.
Error.stackTraceLimit = 0;

const { options, first, step } = workerData as Share;
const readers = createReaders(options.readers);
let next = first;
await Promise.all(Array.from({ length: lanes }, runBatches));
for (const reader of readers) reader.close();

async function runBatches(): Promise<void> {
  for (;;) {
    const start = options.from + next * batchSize;
    const end = Math.min(start + batchSize, options.from + options.inputs);
    next += step;
    if (start >= end) return;
    parentPort?.postMessage(await runBatch(start, end));
  }
}

async function runBatch(start: number, end: number): Promise<Progress> {
  const inputs = Array.from({ length: end - start }, (_, i) => generate(options.seed, start + i));
  const isForwarded = (i: number) => (start + i) % options.forwardEvery === 0;
  const findings = await check(
    inputs.map((input, i) => ({ ...input, isForwarded: isForwarded(i) })),
    readers,
  );
  const tally = createTally();
  const failures: Failure[] = [];
  for (const [i, finding] of findings.entries()) {
    const input = inputs[i] as Generated;
    count(tally, input, finding);
    for (const problem of finding.problems)
      failures.push({ index: start + i, input, ours: finding.ours, problem });
  }
  return { tally, failures };
}
