import { writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { justified } from '../../../packages/sidecar/test/fuzz/justified.ts';
import type { Reader } from '../../../packages/sidecar/test/fuzz/reading.ts';
import type { FuzzOptions } from './options.ts';
import type { Run } from './run.ts';
import { type Counts, outcomes, type Tally } from './tally.ts';

/** What was counted, as Markdown. */
export function describeTally({ tally, seconds }: Run): string {
  const rate = Math.round(tally.inputs / seconds);
  const lines = [
    `${number(tally.inputs)} inputs in ${Math.round(seconds)} s (${number(rate)} a second), ${number(tally.forwarded)} messages sent through the sidecar and read again; problems: ${describeCounts(tally.problems)}.`,
    '',
    ...table(['', ...outcomes, 'messages read'], [rowOf('request', tally), rowOf('response', tally)]),
    '',
    ...table(['mutation', 'inputs', 'taken all the same'], mutationRows(tally)),
  ];
  return lines.join('\n');
}

/** Writes RESULTS.md. */
export function writeResults(options: FuzzOptions, readers: readonly Reader[], run: Run): void {
  const counted = run.tally.justified;
  const rows = justified.map(({ reader, what, section }) => [
    reader,
    what,
    section,
    number(counted[`${reader}: ${what}`] ?? 0),
  ]);
  const text = `# What the differential fuzzer found

Written by \`pnpm fuzz --record\`; not edited by hand.

- ${new Date().toISOString().slice(0, 10)}, ${cpus().length} CPUs, ${options.workers} workers
- seed ${options.seed}, inputs ${options.from} to ${options.from + options.inputs - 1}: \`pnpm fuzz --inputs ${options.inputs} --seed ${options.seed} --forward-every ${options.forwardEvery} --readers ${options.readers.join(',')}\`
- held against ${readers.map(({ version }) => version).join(', ')}

${describeTally(run)}

*taken*: every byte is HTTP by the grammar and may go on. *not forwarded*: every byte is HTTP, and a message asks for another
host, or for a method or target that is never sent on. *incomplete*: more bytes are wanted. *refused*: some byte is against the
grammar. The other readers are asked about every input of which Pai's reader takes a message or the head of one; where it takes
nothing, there is nothing that they could read otherwise. Every input is read twice by Pai's reader, whole and in pieces.

## Differences that are right

Whatever Pai's reader takes, the others take as the same message, but for these (\`packages/sidecar/test/fuzz/justified.ts\`):

${table(['reader', 'what ours takes', 'by', 'times'], rows).join('\n')}
`;
  writeFileSync(new URL('../RESULTS.md', import.meta.url), text);
}

function rowOf(kind: string, { outcomes: counts, messages }: Tally): string[] {
  const numbers = outcomes.map((outcome) => counts[`${kind} ${outcome}`] ?? 0);
  const all = numbers.reduce((sum, one) => sum + one, 0);
  return [
    `${kind}s`,
    ...numbers.map((one) => `${number(one)} (${percent(one, all)})`),
    number(messages[kind] ?? 0),
  ];
}

function mutationRows({ mutations, mutationsTaken }: Tally): string[][] {
  const byNumber = Object.entries(mutations).sort(([, a], [, b]) => b - a);
  return byNumber.map(([name, inputs]) => [name, number(inputs), percent(mutationsTaken[name] ?? 0, inputs)]);
}

function describeCounts(counts: Counts): string {
  const said = Object.entries(counts).map(([name, times]) => `${name} ${number(times)}`);
  return said.length === 0 ? 'none' : said.join(', ');
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)];
}

function number(value: number): string {
  return value.toLocaleString('en');
}

function percent(part: number, whole: number): string {
  return whole === 0 ? '–' : `${((part / whole) * 100).toFixed(1)} %`;
}
