import { builtState } from './installed.ts';
import { type BenchOptions, readOptions, usage } from './plan.ts';
import { findRegressions, readRecord, recordOf, writeRecord } from './record.ts';
import { formatRatios, formatTable } from './report.ts';
import { writeResultsPage } from './results-page.ts';
import { runRounds } from './rounds.ts';

process.exitCode = await main(process.argv.slice(2));

async function main(args: readonly string[]): Promise<number> {
  let options: BenchOptions;
  try {
    options = readOptions(args);
  } catch (thrown) {
    note(`${(thrown as Error).message}\n${usage}`);
    return 2;
  }
  const { plan, variants, isRecording, isChecking } = options;
  if (builtState() === 'stale')
    note('dist is older than the sources; run pnpm build to measure what they say');
  const measurable = variants.filter(({ name, obstacle }) => {
    const reason = obstacle?.();
    if (reason !== undefined) note(`${reason}; ${name} is left out`);
    return reason === undefined;
  });
  const record = recordOf(await runRounds(measurable, plan, note), plan);
  process.stdout.write(`\n${formatTable(record)}\n\n${formatRatios(record)}\n`);
  const regressions = isChecking ? findRegressions(record, readRecord()) : [];
  for (const sentence of regressions) note(sentence);
  if (isRecording) {
    writeRecord(record);
    writeResultsPage(record);
  }
  return regressions.length === 0 ? 0 : 1;
}

function note(line: string): void {
  process.stderr.write(`${line}\n`);
}
