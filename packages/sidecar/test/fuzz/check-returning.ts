import type { CheckedInput, Finding } from './check.ts';
import { findDifference } from './compare.ts';
import { inTurns } from './in-turns.ts';
import { justify } from './justified.ts';
import { readWithOurs } from './read-ours.ts';
import type { Input, Reader, Reading, ReadMessage } from './reading.ts';
import { returnWithOurs } from './return-ours.ts';

interface Answered {
  readonly finding: Finding;
  readonly input: Input;
  /** What Pai's own reader makes of what the agent got. */
  readonly expected: Reading;
}

/**
 * Passes the responses of `inputs` on to an agent, and adds to `findings` where that agent gets another response, or a
 * whole one in place of one that was cut off.
 */
export async function checkReturning(
  inputs: readonly CheckedInput[],
  findings: readonly Finding[],
  readers: readonly Reader[],
): Promise<void> {
  const answered: Answered[] = [];
  const answer = async (input: Input, finding: Finding) => {
    const { text, isStuck } = await returnWithOurs(input);
    const got: Input = { ...input, text, cuts: [] };
    const expected = readWithOurs(got);
    const sentence = isStuck ? 'it did not end' : compare(finding.ours, expected);
    if (sentence !== undefined)
      finding.problems.push({ by: 'response', sentence, theirs: expected, forwarded: text });
    finding.forwarded += 1;
    if (text.length > 0) answered.push({ finding, input: got, expected });
  };
  const pairs = inputs.flatMap((input, i) => {
    return input.isForwarded && input.kind === 'response' ? [[input, findings[i] as Finding] as const] : [];
  });
  await inTurns(pairs, 32, ([input, finding]) => answer(input, finding));
  await Promise.all(readers.map((reader) => readBack(reader, answered)));
}

async function readBack(reader: Reader, answered: readonly Answered[]): Promise<void> {
  if (!reader.kinds.includes('response')) return;
  const readings = await reader.read(answered.map(({ input }) => input));
  for (const [i, { finding, input, expected }] of answered.entries()) {
    const theirs = readings[i] as Reading;
    const difference = findDifference(expected, theirs, reader.hides);
    if (difference === undefined || justify(reader.name, difference) !== undefined) continue;
    const by = `${reader.name} behind Pai`;
    finding.problems.push({ by, sentence: difference.sentence, theirs, forwarded: input.text });
  }
}

/** How what the agent got is not what the service sent, in a sentence. */
function compare(sent: Reading, got: Reading): string | undefined {
  const [from, to] = [finalOf(sent), finalOf(got)];
  if (got.ending === 'refused') return `the agent got what is no HTTP: ${got.reason}`;
  if (to === undefined) return from?.isWhole === false ? undefined : 'the agent got no response';
  const isOurOwn = to.start === 'HTTP/1.1 502';
  if (from === undefined)
    return isOurOwn && got.ending === 'complete' ? undefined : `the agent got ${to.start}`;
  if (isOurOwn && from.isWhole !== true) return undefined;
  if (statusOf(from) !== statusOf(to)) return `${from.start} came as ${to.start}`;
  if (!from.isWhole) {
    if (to.isWhole) return 'a response that was cut off came as a whole one';
    return from.body.startsWith(to.body) ? undefined : 'other content came than was sent';
  }
  if (sent.ending === 'refused' && !to.isWhole) return undefined;
  if (!to.isWhole || got.ending !== 'complete') return 'a whole response came as one that is cut off';
  return from.body === to.body ? undefined : 'other content came than was sent';
}

function finalOf({ messages }: Reading): ReadMessage | undefined {
  const last = messages.at(-1);
  return last === undefined || /^HTTP\/1\.[01] 1/.test(last.start) ? undefined : last;
}

function statusOf({ start }: ReadMessage): string {
  return start.slice(-3);
}
