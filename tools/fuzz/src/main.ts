import { type FuzzOptions, readOptions, usage } from './options.ts';
import { createReaders } from './readers.ts';
import { describeFailure } from './report.ts';
import { describeTally, writeResults } from './results-page.ts';
import { run } from './run.ts';

process.exitCode = await main(process.argv.slice(2));

async function main(args: readonly string[]): Promise<number> {
  let options: FuzzOptions;
  try {
    options = readOptions(args);
  } catch (thrown) {
    note(`${(thrown as Error).message}\n${usage}`);
    return 2;
  }
  const readers = createReaders(options.readers);
  for (const name of options.readers)
    if (!readers.some((reader) => reader.name === name))
      note(`${name} is not installed here and is left out`);
  note(`seed ${options.seed}, against ${readers.map(({ version }) => version).join(', ')}`);
  const result = await run(options, note);
  process.stdout.write(`\n${describeTally(result)}\n`);
  for (const failure of result.failures)
    process.stdout.write(`\n${await describeFailure(failure, readers)}\n`);
  for (const reader of readers) reader.close();
  if (options.isRecording) writeResults(options, readers, result);
  return result.failures.length === 0 ? 0 : 1;
}

function note(line: string): void {
  process.stderr.write(`${line}\n`);
}
