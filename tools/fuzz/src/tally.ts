import type { Finding } from '../../../packages/sidecar/test/fuzz/check.ts';
import type { Generated } from '../../../packages/sidecar/test/fuzz/generate.ts';
import type { Reading } from '../../../packages/sidecar/test/fuzz/reading.ts';

/** What became of an input, from best to worst. */
export const outcomes = ['taken', 'not forwarded', 'incomplete', 'refused'] as const;

/** One of {@link outcomes}. `not forwarded`: all of it is HTTP, and some message asks for what is never sent on. */
export type Outcome = (typeof outcomes)[number];

/** Numbers by name. */
export type Counts = Record<string, number>;

/** What was counted in some inputs. */
export interface Tally {
  inputs: number;
  /** Messages that went through the sidecar and were read again. */
  forwarded: number;
  /** By kind and outcome: `request taken`. */
  readonly outcomes: Counts;
  /** Messages that ours took, by kind. */
  readonly messages: Counts;
  /** Inputs by mutation, and by mutation those that were taken all the same. */
  readonly mutations: Counts;
  readonly mutationsTaken: Counts;
  /** By reader and what is said of the difference. */
  readonly justified: Counts;
  /** By property or reader. */
  readonly problems: Counts;
}

/** Nothing yet. */
export function createTally(): Tally {
  return {
    inputs: 0,
    forwarded: 0,
    outcomes: {},
    messages: {},
    mutations: {},
    mutationsTaken: {},
    justified: {},
    problems: {},
  };
}

/** Counts what was found of one input. */
export function count(
  tally: Tally,
  input: Generated,
  { ours, justified, problems, forwarded }: Finding,
): void {
  const outcome = outcomeOf(ours);
  tally.inputs += 1;
  tally.forwarded += forwarded;
  add(tally.outcomes, `${input.kind} ${outcome}`);
  add(tally.messages, input.kind, ours.messages.length);
  const names = input.mutations.length === 0 ? ['none'] : new Set(input.mutations);
  for (const name of names) {
    add(tally.mutations, name);
    if (outcome === 'taken') add(tally.mutationsTaken, name);
  }
  for (const { reader, what } of justified) add(tally.justified, `${reader}: ${what}`);
  for (const { by } of problems) add(tally.problems, by);
}

/** Adds what was counted elsewhere. */
export function merge(tally: Tally, other: Tally): void {
  tally.inputs += other.inputs;
  tally.forwarded += other.forwarded;
  for (const part of [
    'outcomes',
    'messages',
    'mutations',
    'mutationsTaken',
    'justified',
    'problems',
  ] as const)
    for (const [name, number] of Object.entries(other[part])) add(tally[part], name, number);
}

function add(counts: Counts, name: string, number = 1): void {
  counts[name] = (counts[name] ?? 0) + number;
}

function outcomeOf({ ending, messages }: Reading): Outcome {
  if (ending === 'refused' || ending === 'incomplete') return ending;
  return messages.some(({ isRefused }) => isRefused === true) ? 'not forwarded' : 'taken';
}
