import { type Part, valueIn } from './template.ts';

/** How two path templates stand to each other: `narrower` is the first one inside the second. */
export type Relation = 'apart' | 'same' | 'narrower' | 'wider' | 'crossing';

/** Compares which paths two templates fit. `crossing`: some fit both, and neither is the closer one for all of them. */
export function compareTemplates(one: readonly Part[], other: readonly Part[]): Relation {
  const isLonger = one.length - other.length;
  const shorter = isLonger < 0 ? one : other;
  if (isLonger !== 0 && shorter.at(-1)?.kind !== 'many') return 'apart';
  let isNarrower = isLonger > 0;
  let isWider = isLonger < 0;
  for (let i = 0; i < Math.max(one.length, other.length); i += 1) {
    const relation = compareParts(partAt(one, i), partAt(other, i));
    if (relation === 'apart') return 'apart';
    isNarrower ||= relation === 'narrower' || relation === 'crossing';
    isWider ||= relation === 'wider' || relation === 'crossing';
  }
  if (isNarrower && isWider) return 'crossing';
  if (isNarrower) return 'narrower';
  return isWider ? 'wider' : 'same';
}

/** A long parameter goes on. */
function partAt(parts: readonly Part[], i: number): Part | undefined {
  return parts[i] ?? parts.at(-1);
}

function compareParts(one: Part | undefined, other: Part | undefined): Relation {
  if (one === undefined || other === undefined) return 'apart';
  if (one.kind === 'many' || other.kind === 'many') {
    if (one.kind === other.kind) return 'same';
    return other.kind === 'many' ? 'narrower' : 'wider';
  }
  if (one.kind === 'static' && other.kind === 'static') return one.text === other.text ? 'same' : 'apart';
  if (one.kind === 'static') return fits(one.text, other) ? 'narrower' : 'apart';
  if (other.kind === 'static') return fits(other.text, one) ? 'wider' : 'apart';
  return compareValues(one, other);
}

type Value = Extract<Part, { kind: 'one' }>;

function fits(text: string, part: Part): boolean {
  return part.kind === 'one' && valueIn(text, part) !== undefined;
}

/** An ending begins with a dot or a colon, so that no number has one. */
function compareValues(one: Value, other: Value): Relation {
  const isEnd = one.ending.endsWith(other.ending) || other.ending.endsWith(one.ending);
  if (!isEnd) return 'apart';
  const longer = one.ending.length - other.ending.length;
  if (longer > 0 && other.isNumber) return 'apart';
  if (longer < 0 && one.isNumber) return 'apart';
  if (one.isNumber === other.isNumber) return longer === 0 ? 'same' : longer > 0 ? 'narrower' : 'wider';
  const isNarrower = one.isNumber;
  if (longer === 0) return isNarrower ? 'narrower' : 'wider';
  return isNarrower === longer > 0 ? (isNarrower ? 'narrower' : 'wider') : 'crossing';
}
