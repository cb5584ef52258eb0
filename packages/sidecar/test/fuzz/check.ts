import { findDifference, findInconsistency } from './compare.ts';
import { type Justified, justify } from './justified.ts';
import { readWithOurs } from './read-ours.ts';
import type { Input, Reader, Reading } from './reading.ts';

/** What was found of one input. */
export interface Finding {
  readonly ours: Reading;
  /** Each says who read what otherwise. */
  readonly problems: readonly Problem[];
  readonly justified: readonly Justified[];
}

/** A difference that is not right. */
export interface Problem {
  /** The name of a reader, or which property was broken. */
  readonly by: string;
  readonly sentence: string;
  /** What that reader made of it. */
  readonly theirs: Reading;
}

/**
 * Holds inputs against the properties of a strict reader: the pieces they come in make no difference, and what ours
 * takes is taken by every one of `readers` as the same.
 */
export async function check(inputs: readonly Input[], readers: readonly Reader[]): Promise<Finding[]> {
  const findings = inputs.map((input) => {
    const ours = readWithOurs({ ...input, cuts: [] });
    const inPieces = readWithOurs(input);
    const sentence = findInconsistency(ours, inPieces);
    const problems: Problem[] = sentence === undefined ? [] : [{ by: 'pieces', sentence, theirs: inPieces }];
    return { ours, problems, justified: [] as Justified[] };
  });
  const hold = async (reader: Reader) => {
    const asked = inputs.flatMap((input, i) => {
      const ours = findings[i]?.ours.messages ?? [];
      return ours.length > 0 && reader.kinds.includes(input.kind) ? [i] : [];
    });
    const readings = await reader.read(asked.map((i) => atEnds(inputs[i] as Input, findings[i]?.ours as Reading)));
    for (const [at, i] of asked.entries()) {
      const { ours, problems, justified } = findings[i] as (typeof findings)[number];
      const theirs = readings[at] as Reading;
      const difference = findDifference(ours, theirs, reader.hides);
      if (difference === undefined) continue;
      const reason = justify(reader.name, difference);
      if (reason === undefined) problems.push({ by: reader.name, sentence: difference.sentence, theirs });
      else justified.push(reason);
    }
  };
  await Promise.all(readers.map(hold));
  return findings;
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
