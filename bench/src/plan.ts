import { parseArgs } from 'node:util';
import { type Variant, variants } from './variants.ts';

/** How much is measured. */
export interface Plan {
  readonly rounds: number;
  /** Kept-alive connections under load. */
  readonly connections: number;
  /** Requests before anything counts: the JIT is warm after them. */
  readonly warmUp: number;
  /** Requests that count under load. */
  readonly requests: number;
  /** Requests that count on one connection. */
  readonly single: number;
  /** Milliseconds between the first answer, or the load, and the look at the memory. */
  readonly settling: number;
}

/** What a run of the bench was asked for. */
export interface BenchOptions {
  readonly plan: Plan;
  readonly variants: readonly Variant[];
  /** Write what was measured into the record. */
  readonly isRecording: boolean;
  /** Compare what was measured with the record. */
  readonly isChecking: boolean;
}

const full: Plan = {
  rounds: 5,
  connections: 64,
  warmUp: 40_000,
  requests: 30_000,
  single: 3_000,
  settling: 500,
};
const quick: Plan = {
  rounds: 1,
  connections: 64,
  warmUp: 4_000,
  requests: 8_000,
  single: 1_000,
  settling: 500,
};

/** How the bench is called. */
export const usage = `usage: pnpm bench [--quick] [--rounds N] [--only NAME]... [--record] [--check]
  --quick     one short round
  --rounds N  rounds, each with every variant in random order (default ${full.rounds})
  --only NAME measure this variant (and direct): ${variants.map(({ name }) => name).join(', ')}
  --record    write bench/results.json and bench/RESULTS.md
  --check     fail when a ratio is much worse than the recorded one
`;

/** Reads the command line. Throws for options and names that are unknown. */
export function readOptions(args: readonly string[]): BenchOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      quick: { type: 'boolean', default: false },
      rounds: { type: 'string' },
      only: { type: 'string', multiple: true },
      record: { type: 'boolean', default: false },
      check: { type: 'boolean', default: false },
    },
  });
  const base = values.quick ? quick : full;
  return {
    plan: { ...base, rounds: values.rounds === undefined ? base.rounds : readCount(values.rounds) },
    variants: pick(values.only),
    isRecording: values.record,
    isChecking: values.check,
  };
}

function readCount(text: string): number {
  const count = Number(text);
  if (Number.isSafeInteger(count) && count > 0) return count;
  throw new Error(`--rounds ${text} is not a number of rounds`);
}

function pick(names: readonly string[] | undefined): readonly Variant[] {
  if (names === undefined) return variants;
  const unknown = names.find((name) => variants.every((variant) => variant.name !== name));
  if (unknown !== undefined) throw new Error(`--only ${unknown} is no variant; see the names below`);
  return variants.filter(({ name }) => name === 'direct' || names.includes(name));
}
