import { parseArgs } from 'node:util';
import type { Peer } from './peers/peer.ts';
import { peers } from './peers.ts';
import type { Scenario } from './scenario.ts';
import { scenarios } from './scenarios.ts';

/** How much is measured. */
export interface Plan {
  /** In place of every scenario's own number of rounds. */
  readonly rounds?: number;
  /** Whether peers that are there for scale are in every round. */
  readonly isFull: boolean;
  /** The share of every amount of work. */
  readonly scale: number;
  /** Connections of P11. */
  readonly many: number;
  /** Event streams of P7. */
  readonly streams: number;
  /** Seconds that they are silent. */
  readonly silence: number;
  /** Seconds of rest after a load, of P9. */
  readonly rest: number;
  /** Providers of P14. */
  readonly providers: number;
  /** Milliseconds to wait before memory is looked at. */
  readonly settling: number;
}

/** What a run of the bench was asked for. */
export interface BenchOptions {
  readonly plan: Plan;
  readonly scenarios: readonly Scenario[];
  readonly peers: readonly Peer[];
  /** Take the cores from the neighbours. */
  readonly hasPriority: boolean;
  /** Write what was measured into the record. */
  readonly isRecording: boolean;
  /** Compare what was measured with the record. */
  readonly isChecking: boolean;
}

const normal: Plan = {
  isFull: false,
  scale: 1,
  many: 1_000,
  streams: 1_000,
  silence: 0,
  rest: 30,
  providers: 1_000,
  settling: 500,
};
const quick: Plan = { ...normal, rounds: 1, scale: 0.2, streams: 200, rest: 5 };
const full: Plan = { ...normal, isFull: true, streams: 5_000, silence: 900, rounds: 5 };

/** How the bench is called. */
export const usage = `usage: pnpm bench [--quick | --full] [--only P,…] [--peers NAME,…] [--rounds N] [--priority] [--record] [--check]
  --quick       a fifth of the work, one round
  --full        five rounds, 5,000 event streams that are silent for 15 minutes
  --only P,…    these scenarios: ${scenarios.map(({ id }) => id).join(', ')}
  --peers N,…   beside direct and the sidecar: ${peers.map(({ name }) => name).join(', ')}
  --rounds N    rounds of every scenario, each with its peers in random order
  --priority    take the cores from whatever else runs here (root)
  --record      write bench/results.json and bench/RESULTS.md, of a whole run
  --check       fail when a ratio is much worse than the recorded one
`;

/** Reads the command line. Throws for options and names that are unknown. */
export function readOptions(args: readonly string[]): BenchOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      quick: { type: 'boolean', default: false },
      full: { type: 'boolean', default: false },
      only: { type: 'string', multiple: true },
      peers: { type: 'string', multiple: true },
      rounds: { type: 'string' },
      priority: { type: 'boolean', default: false },
      record: { type: 'boolean', default: false },
      check: { type: 'boolean', default: false },
    },
  });
  if (values.record && (values.only ?? values.peers) !== undefined)
    throw new Error('--record takes a whole run; leave out --only and --peers');
  const sized = values.full ? full : normal;
  const base = values.quick ? quick : sized;
  return {
    plan: { ...base, ...(values.rounds !== undefined && { rounds: readCount(values.rounds) }) },
    scenarios: pick('--only', values.only, scenarios, ({ id }) => id),
    peers: pickPeers(values.peers),
    hasPriority: values.priority,
    isRecording: values.record,
    isChecking: values.check,
  };
}

function readCount(text: string): number {
  const count = Number(text);
  if (Number.isSafeInteger(count) && count > 0) return count;
  throw new Error(`--rounds ${text} is not a number of rounds`);
}

function pickPeers(named: readonly string[] | undefined): readonly Peer[] {
  if (named === undefined) return peers.filter(({ isExtra }) => isExtra !== true);
  return pick('--peers', [...named, 'direct', 'sidecar'], peers, ({ name }) => name);
}

function pick<T>(
  option: string,
  named: readonly string[] | undefined,
  all: readonly T[],
  nameOf: (item: T) => string,
): readonly T[] {
  if (named === undefined) return all;
  const names = named.flatMap((each) => each.split(','));
  const unknown = names.find((name) => all.every((item) => nameOf(item) !== name));
  if (unknown !== undefined) throw new Error(`${option} ${unknown} is not known; see the names below`);
  return all.filter((item) => names.includes(nameOf(item)));
}
