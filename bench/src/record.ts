import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { availableParallelism } from 'node:os';
import { isPinned } from './cpus.ts';
import type { Plan } from './plan.ts';
import type { Rounds } from './rounds.ts';
import { type Rows, ratiosOf, summarise } from './summary.ts';

/** What a run measured, and on what. */
export interface Record {
  /** YYYY-MM-DD, UTC. */
  readonly date: string;
  readonly machine: { readonly cores: number; readonly isPinned: boolean };
  readonly versions: Readonly<{ [name: string]: string }>;
  readonly plan: Plan;
  readonly medians: Rows;
  /** Of the sidecar to another proxy, by the other's name. */
  readonly ratios: Readonly<{ [other: string]: Partial<{ [measure: string]: number }> }>;
  readonly rounds: Rounds;
}

const recordFile = new URL('../results.json', import.meta.url);

/** The proxies that the sidecar is compared with. */
const others = ['fastify', 'nginx'] as const;

/** Puts a run into a record. */
export function recordOf(rounds: Rounds, plan: Plan): Record {
  const ratios = others.map((other) => [other, ratiosOf(rounds, 'sidecar', other)] as const);
  return {
    date: new Date().toISOString().slice(0, 10),
    machine: { cores: availableParallelism(), isPinned },
    versions: versions(rounds),
    plan,
    medians: summarise(rounds),
    ratios: Object.fromEntries(ratios.filter(([, ratio]) => Object.keys(ratio).length > 0)),
    rounds,
  };
}

/** The record that the repository holds. */
export function readRecord(): Record {
  return JSON.parse(readFileSync(recordFile, 'utf8')) as Record;
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
export function findRegressions(now: Pick<Record, 'ratios'>, known: Pick<Record, 'ratios'>): string[] {
  return Object.entries(known.ratios).flatMap(([other, recorded]) =>
    Object.entries(recorded).flatMap(([measure, before]) => {
      const ratio = now.ratios[other]?.[measure];
      if (ratio === undefined || before === undefined || ratio <= before * tolerance) return [];
      return [`${measure} is ${ratio.toFixed(2)}x ${other}'s; recorded was ${before.toFixed(2)}x`];
    }),
  );
}

function versions(rounds: Rounds): { [name: string]: string } {
  const found = { node: process.versions.node, openssl: process.versions.openssl };
  const fastify = { fastify: versionOf('fastify'), '@fastify/http-proxy': versionOf('@fastify/http-proxy') };
  return {
    ...found,
    ...('fastify' in rounds && fastify),
    ...('nginx' in rounds && { nginx: nginxVersion() }),
  };
}

function versionOf(name: string): string {
  const { version } = createRequire(import.meta.url)(`${name}/package.json`) as { version: string };
  return version;
}

function nginxVersion(): string {
  const said = execFileSync('sh', ['-c', 'nginx -v 2>&1'], { encoding: 'utf8' });
  return /nginx\/([\d.]+)/.exec(said)?.[1] ?? 'unknown';
}
