import { parseArgs } from 'node:util';
import { isReaderName, type ReaderName, readerNames } from './readers.ts';

/** What a run was asked for. */
export interface FuzzOptions {
  readonly inputs: number;
  readonly seed: number;
  readonly workers: number;
  readonly readers: readonly ReaderName[];
  /** The number of the first input. */
  readonly from: number;
  /** One in so many inputs is also sent through the sidecar. */
  readonly forwardEvery: number;
  /** Write RESULTS.md. */
  readonly isRecording: boolean;
}

/** How the fuzzer is called. */
export const usage = `usage: pnpm fuzz [--inputs N] [--seed N] [--from N] [--workers N] [--readers NAME,…] [--forward-every N] [--record]
  --inputs N    messages or sequences of them (default 100,000)
  --seed N      the same seed makes the same inputs (default 1)
  --from N      the number of the first input (default 0), to see one again
  --workers N   threads, each with its own readers (default 2)
  --readers …   whom Pai's reader is held against: ${readerNames.join(',')} (default all)
  --forward-every N  one in so many inputs is also sent through the sidecar (default 8)
  --record      write tools/fuzz/RESULTS.md
`;

/** Reads the command line. Throws for options, numbers and names that are none. */
export function readOptions(args: readonly string[]): FuzzOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      inputs: { type: 'string', default: '100000' },
      seed: { type: 'string', default: '1' },
      from: { type: 'string', default: '0' },
      workers: { type: 'string', default: '2' },
      readers: { type: 'string', default: readerNames.join(',') },
      'forward-every': { type: 'string', default: '8' },
      record: { type: 'boolean', default: false },
    },
  });
  return {
    inputs: readCount('inputs', values.inputs),
    seed: readCount('seed', values.seed),
    from: readCount('from', values.from),
    workers: Math.max(1, readCount('workers', values.workers)),
    readers: values.readers.split(',').map(readName),
    forwardEvery: Math.max(1, readCount('forward-every', values['forward-every'])),
    isRecording: values.record,
  };
}

function readCount(option: string, text: string): number {
  const count = Number(text.replaceAll('_', ''));
  if (Number.isSafeInteger(count) && count >= 0) return count;
  throw new Error(`--${option} ${text} is not a number`);
}

function readName(name: string): ReaderName {
  if (isReaderName(name)) return name;
  throw new Error(`--readers ${name} is not known; take some of ${readerNames.join(',')}`);
}
