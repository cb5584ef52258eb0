import { readFileSync, writeFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { isPinned } from '../cpus.ts';
import type { Peer } from '../peers/peer.ts';
import type { Plan } from '../plan.ts';
import type { Results, Run } from '../rounds.ts';
import { standingsOf } from './goals.ts';

/** What a run measured, and on what. */
export interface Record extends Run {
  /** YYYY-MM-DD, UTC. */
  readonly date: string;
  readonly machine: {
    readonly cores: number;
    readonly isPinned: boolean;
    readonly hasPriority: boolean;
    /** Of the last fifteen minutes; the bench itself is about two of it. */
    readonly loadAverage: number;
  };
  readonly versions: Readonly<{ [name: string]: string }>;
  /** Peers that could not be measured, and why. */
  readonly absent: Readonly<{ [peer: string]: string }>;
  readonly plan: Plan;
}

const recordFile = new URL('../../results.json', import.meta.url);

/** Puts a run into a record. */
export function recordOf(
  run: Run,
  plan: Plan,
  measured: readonly Peer[],
  absent: Record['absent'],
  hasPriority: boolean,
): Record {
  const own = { node: process.versions.node, openssl: process.versions.openssl };
  return {
    date: new Date().toISOString().slice(0, 10),
    machine: { cores: cpus().length, isPinned, hasPriority, loadAverage: loadavg()[2] ?? 0 },
    versions: Object.assign(own, ...measured.map(({ versions }) => versions?.() ?? {})),
    absent,
    plan,
    ...run,
  };
}

/** The record that the repository holds. Throws when there is none of this form. */
export function readRecord(): Record {
  const record = JSON.parse(readFileSync(recordFile, 'utf8')) as Record;
  if (record.results === undefined)
    throw new Error('results.json is of another form; record a run with pnpm bench --record');
  return record;
}

/** Replaces the repository's record. */
export function writeRecord(record: Record): void {
  const rounded = (_key: string, value: unknown) =>
    typeof value === 'number' ? Math.round(value * 1_000) / 1_000 : value;
  writeFileSync(recordFile, `${JSON.stringify(record, rounded, 2)}\n`);
}

/** A ratio may be this much worse than the recorded one: neighbours on the same cores do as much. */
const tolerance = 1.5;

/** The ratios of `now` that are much worse than `known`'s, a sentence each. */
export function findRegressions(now: Results, known: Results): string[] {
  const before = standingsOf(known);
  return standingsOf(now).flatMap(({ goal: { unit, scenario, says }, value }, i) => {
    const recorded = before[i]?.value;
    if (unit !== 'x' || value === undefined || recorded === undefined) return [];
    if (value <= recorded * tolerance) return [];
    return [`${scenario}: ${says} is ${value.toFixed(2)}; recorded was ${recorded.toFixed(2)}`];
  });
}
