import { check } from '../../../packages/sidecar/test/fuzz/check.ts';
import { escapeBytes, type Reader, type Reading } from '../../../packages/sidecar/test/fuzz/reading.ts';
import { minimise } from './minimise.ts';
import { sortOf } from './run.ts';
import type { Failure } from './worker.ts';

/** A failure with its bytes made few, as text for people. */
export async function describeFailure(failure: Failure, readers: readonly Reader[]): Promise<string> {
  const smallest = await shorten(failure, readers);
  const { input, ours, problem, index } = smallest;
  const { theirs, forwarded } = problem;
  return [
    `${input.kind}${input.method === '' ? '' : ` to ${input.method}`}, input ${index}, ${problem.by}: ${problem.sentence}`,
    `  bytes   ${escapeBytes(input.text)}`,
    `  ours    ${describeReading(ours)}`,
    ...(forwarded === undefined ? [] : [`  sent    ${escapeBytes(forwarded)}`]),
    ...(theirs === undefined ? [] : [`  ${problem.by.padEnd(7)} ${describeReading(theirs)}`]),
  ].join('\n');
}

/** Pieces matter only where they are what fails; elsewhere the cuts are dropped. */
async function shorten(failure: Failure, readers: readonly Reader[]): Promise<Failure> {
  const sort = sortOf(failure);
  const isForwarded =
    ['connection', 'response'].includes(failure.problem.by) || failure.problem.forwarded !== undefined;
  let smallest = failure;
  const stillFails = async (text: string) => {
    const input = { ...failure.input, text, cuts: failure.input.cuts.filter((cut) => cut < text.length) };
    const [finding] = await check([{ ...input, isForwarded }], readers);
    const problem = finding?.problems.find((candidate) => sortOf({ problem: candidate, input }) === sort);
    if (finding === undefined || problem === undefined) return false;
    smallest = { ...failure, input, ours: finding.ours, problem };
    return true;
  };
  await minimise(failure.input.text, stillFails);
  return smallest;
}

function describeReading({ messages, ending, reason }: Reading): string {
  const said = messages.map(({ start, fields, body, isWhole, end }) => {
    const content = `${escapeBytes(body)}${isWhole ? '' : '…'}`;
    return `${escapeBytes(start)} ${escapeBytes(JSON.stringify(fields))} ${content}${end === undefined ? '' : ` to byte ${end}`}`;
  });
  return [...said, reason === undefined ? ending : `${ending}: ${reason}`].join('; ');
}
