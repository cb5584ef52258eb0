import { Readable } from 'node:stream';
import { type OperationSchema, type Schema, shapeOf } from './schema.ts';

/** What a member of text is given: by its name, and by the way to it for what stands deeper. */
export type TextFor = (member: string, depth: number) => string;

/** What an input may hold beside what it must. */
export interface SampleChoice {
  readonly textFor: TextFor;
  /** Whether a member that is not required is filled in all the same; asked for the outermost members only. */
  readonly isWanted: (member: string) => boolean;
}

/**
 * A small valid input: the required members all the way down, tokens that a client would make up at random, and the
 * outermost members that are wanted.
 */
export function sampleInput({ input }: OperationSchema, choice: SampleChoice): Record<string, unknown> {
  return structureSample(input, choice, 0) as Record<string, unknown>;
}

function structureSample(schema: Schema, choice: SampleChoice, depth: number): unknown {
  const shape = shapeOf(schema);
  if (shape.kind !== 'structure' && shape.kind !== 'union') return sampleOf(schema, '', choice, depth);
  const isGiven = (name: string, i: number) => {
    const member = shape.members[i];
    if (shape.kind === 'union') return i === 0;
    return member?.isRequired === true || member?.isToken === true || (depth === 0 && choice.isWanted(name));
  };
  const given = shape.members.filter(({ name }, i) => isGiven(name, i));
  return Object.fromEntries(
    given.map(({ name, schema: node }) => [name, sampleOf(node, name, choice, depth + 1)]),
  );
}

function sampleOf(schema: Schema, name: string, choice: SampleChoice, depth: number): unknown {
  if (depth > 12) return undefined;
  const shape = shapeOf(schema);
  switch (shape.kind) {
    case 'structure':
    case 'union':
      return structureSample(schema, choice, depth);
    case 'list':
      return [sampleOf(shape.element, name.replace(/(?<!s)s$/, ''), choice, depth)];
    case 'map':
      return { key: sampleOf(shape.element, name, choice, depth) };
    case 'events':
      return Readable.from([]);
    case 'blob':
    case 'stream':
      return Buffer.from('data');
    case 'boolean':
      return true;
    case 'number':
      return 1;
    case 'bigint':
      return 1n;
    case 'time':
      return new Date('2026-01-02T03:04:05Z');
    case 'document':
      return {};
    default:
      return choice.textFor(name, depth);
  }
}
