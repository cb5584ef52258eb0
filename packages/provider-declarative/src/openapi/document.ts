import { PaiError } from '@pai/core';

/** An object of a document that nobody has checked. */
export type Node = Readonly<Record<string, unknown>>;

/** A value as an object; an empty one when it is none. */
export function nodeOf(value: unknown): Node {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Node) : {};
}

/** A value as a list; an empty one when it is none. */
export function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** A value as text; undefined when it is none. */
export function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** A value with what its `$ref` names in the same document. Throws `config_invalid` for one that leads elsewhere, or round. */
export function follow(document: Node, value: unknown): Node {
  let node = nodeOf(value);
  for (let i = 0; i < 16; i += 1) {
    const reference = textOf(node['$ref']);
    if (reference === undefined) return node;
    if (!reference.startsWith('#/')) throw unusable(`$ref ${reference} leads out of the document`);
    const steps = reference.slice(2).split('/').map(unescapeStep);
    const found = steps.reduce<unknown>(
      (inner, step) => (Object.hasOwn(nodeOf(inner), step) ? nodeOf(inner)[step] : undefined),
      document,
    );
    if (found === undefined) throw unusable(`$ref ${reference} leads nowhere`);
    node = nodeOf(found);
  }
  throw unusable('a $ref leads round');
}

/** RFC 6901, in a fragment. */
function unescapeStep(step: string): string {
  let plain = step;
  try {
    plain = decodeURIComponent(step);
  } catch {
    // No escape, then: it stands as it is.
  }
  return plain.replaceAll('~1', '/').replaceAll('~0', '~');
}

/** `config_invalid` for a document that cannot be used. */
export function unusable(why: string, remedy = 'bundle it into one valid file first'): PaiError {
  return new PaiError('config_invalid', `the OpenAPI document: ${why.replaceAll(/\p{C}/gu, ' ')}; ${remedy}`);
}
