import {
  type Attack,
  type Check,
  type Failure,
  type Group,
  type Tally,
  tallyAttack,
  tallyCheck,
} from './conformance-case.ts';

/** How many checks and attacks of one kind went how. */
export interface GroupScore {
  readonly group: Group;
  readonly passed: number;
  readonly failed: number;
  /** Attacks that say nothing about this provider: on what it does not read, at hosts that are its own. */
  readonly notApplicable: number;
}

/** What the conformance kit found. */
export interface ConformanceReport {
  /** `spec.type` of the plugin. */
  readonly type: string;
  readonly groups: readonly GroupScore[];
  readonly failures: readonly Failure[];
}

/** Runs everything, one after the other. Never throws. */
export async function createReport(
  type: string,
  checks: readonly Check[],
  attacks: readonly Attack[],
): Promise<ConformanceReport> {
  const tallies: Tally[] = [];
  for (const check of checks) tallies.push(await tallyCheck(check));
  for (const attack of attacks) tallies.push(await tallyAttack(attack));
  const groups = [...new Set(tallies.map(({ group }) => group))];
  return {
    type,
    groups: groups.map((group) => scoreOf(group, tallies)),
    failures: tallies.flatMap(({ failures }) => failures),
  };
}

/** The report in lines: a score by group, then each failure with the request that shows it. */
export function formatReport({ type, groups, failures }: ConformanceReport): string {
  const all = (key: 'passed' | 'failed' | 'notApplicable') =>
    groups.reduce((sum, score) => sum + score[key], 0);
  const total = {
    group: 'all',
    passed: all('passed'),
    failed: all('failed'),
    notApplicable: all('notApplicable'),
  };
  const rows = [...groups, total].map(({ group, passed, failed, notApplicable }) =>
    [group.padEnd(12), passed, failed, notApplicable].map((cell) => String(cell).padStart(8)).join(' '),
  );
  const head = [' '.repeat(12), 'passed', 'failed', 'n/a'].map((cell) => cell.padStart(8)).join(' ');
  const verdict =
    total.failed === 0 ? `${type} passes` : `${type} fails ${total.failed} of ${total.passed + total.failed}`;
  return [head, ...rows, '', verdict, ...failures.flatMap(formatFailure)].join('\n');
}

/** A failure in lines. */
export function formatFailure({ group, name, reason, curl }: Failure): string[] {
  return [
    '',
    `${group}: ${name}`,
    `  ${reason.replaceAll('\n', '\n  ')}`,
    ...(curl === undefined ? [] : [`  ${curl}`]),
  ];
}

function scoreOf(group: Group, tallies: readonly Tally[]): GroupScore {
  const own = tallies.filter((tally) => tally.group === group);
  const sum = (count: (tally: Tally) => number) => own.reduce((total, tally) => total + count(tally), 0);
  return {
    group,
    passed: sum(({ passed }) => passed),
    failed: sum(({ failures }) => failures.length),
    notApplicable: sum(({ notApplicable }) => notApplicable),
  };
}
