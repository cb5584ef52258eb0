import { takePriority } from './cpus.ts';
import { builtState } from './installed.ts';
import { type BenchOptions, readOptions, usage } from './plan.ts';
import { writeResultsPage } from './results/page.ts';
import { findRegressions, type Record, readRecord, recordOf, writeRecord } from './results/record.ts';
import { formatGoals, formatScenarios } from './results/tables.ts';
import { runRounds } from './rounds.ts';

process.exitCode = await main(process.argv.slice(2));

async function main(args: readonly string[]): Promise<number> {
  let options: BenchOptions;
  let known: Record | undefined;
  try {
    options = readOptions(args);
    known = options.isChecking ? readRecord() : undefined;
  } catch (thrown) {
    note(`${(thrown as Error).message}\n${usage}`);
    return 2;
  }
  const { plan, hasPriority, isRecording } = options;
  // Whatever was started is ended by its own exit handler.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));
  const isFirst = hasPriority && takePriority();
  if (hasPriority && !isFirst) note('--priority is not possible here');
  if (builtState() === 'stale')
    note('dist is older than the sources; run pnpm build to measure what they say');
  const absent = Object.fromEntries(
    options.peers.flatMap(({ name, obstacle }) => {
      const reason = obstacle?.();
      return reason === undefined ? [] : [[name, reason]];
    }),
  );
  for (const [name, reason] of Object.entries(absent)) note(`${name} is left out: ${reason}`);
  const peers = options.peers.filter(({ name }) => !(name in absent));
  const run = await runRounds({ ...options, peers }, note);
  const { results } = run;
  const record = recordOf(run, plan, peers, absent, isFirst);
  process.stdout.write(`\n${formatScenarios(results)}\n\n${formatGoals(results)}\n`);
  const regressions = known === undefined ? [] : findRegressions(results, known.results);
  for (const sentence of regressions) note(sentence);
  if (isRecording) {
    writeRecord(record);
    writeResultsPage(record);
  }
  const failed = Object.values(results).some(({ failures }) => Object.keys(failures).length > 0);
  return regressions.length === 0 && !failed ? 0 : 1;
}

function note(line: string): void {
  process.stderr.write(`${line}\n`);
}
