import { checkForwarding } from './check-forwarding.ts';
import { checkReturning } from './check-returning.ts';
import { findDifference, findInconsistency } from './compare.ts';
import { type Justified, justify } from './justified.ts';
import { readWithOurs } from './read-ours.ts';
import type { Input, Reader, Reading } from './reading.ts';

/** What was found of one input. */
export interface Finding {
  readonly ours: Reading;
  /** Each says who read what otherwise. */
  readonly problems: Problem[];
  readonly justified: Justified[];
  /** Messages that went through Pai. */
  forwarded: number;
}

/** A difference that is not right. */
export interface Problem {
  /** The name of a reader, or which property was broken. */
  readonly by: string;
  readonly sentence: string;
  /** What that reader made of it. */
  readonly theirs?: Reading;
  /** The bytes that Pai wrote, where those are what was read otherwise. */
  readonly forwarded?: string;
}

/** An input, and whether it goes through Pai as an agent's or a service's. */
export interface CheckedInput extends Input {
  readonly isForwarded: boolean;
}

/**
 * Holds inputs against the properties of a strict reader: the pieces they come in make no difference; what ours takes
 * is taken by every one of `readers` as the same; and each message that goes through Pai comes out as one that all of them
 * read as that one.
 */
export async function check(inputs: readonly CheckedInput[], readers: readonly Reader[]): Promise<Finding[]> {
  const findings = inputs.map((input): Finding => {
    const ours = readWithOurs({ ...input, cuts: [] });
    const inPieces = readWithOurs(input);
    const sentence = findInconsistency(ours, inPieces);
    const problems = sentence === undefined ? [] : [{ by: 'pieces', sentence, theirs: inPieces }];
    return { ours, problems, justified: [], forwarded: 0 };
  });
  await Promise.all([
    ...readers.map((reader) => holdAgainst(reader, inputs, findings)),
    checkForwarding(inputs, findings, readers),
    checkReturning(inputs, findings, readers),
  ]);
  return findings;
}

async function holdAgainst(reader: Reader, inputs: readonly Input[], findings: readonly Finding[]) {
  const asked: Finding[] = [];
  const questions: Input[] = [];
  for (const [i, finding] of findings.entries()) {
    const input = inputs[i] as Input;
    if (finding.ours.messages.length === 0 || !reader.kinds.includes(input.kind)) continue;
    asked.push(finding);
    questions.push(atEnds(input, finding.ours));
  }
  const readings = await reader.read(questions);
  for (const [i, finding] of asked.entries()) {
    const theirs = readings[i] as Reading;
    const difference = findDifference(finding.ours, theirs, reader.hides);
    if (difference === undefined) continue;
    const reason = justify(reader.name, difference);
    if (reason !== undefined) finding.justified.push(reason);
    else finding.problems.push({ by: reader.name, sentence: difference.sentence, theirs });
  }
}

/** Cut before and at the last byte of every message, so that a reader's ends are exact there. */
function atEnds(input: Input, { messages }: Reading): Input {
  const cuts = new Set<number>();
  for (const { end } of messages) {
    if (end === undefined) continue;
    cuts.add(end - 1);
    if (end < input.text.length) cuts.add(end);
  }
  return { ...input, cuts: [...cuts].sort((a, b) => a - b) };
}
