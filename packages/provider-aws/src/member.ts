import { PaiError, printable } from '@pai/core';

/**
 * The member `name` of an object in the shapes of JSON, undefined when there is none or `value` is no object. Throws
 * `malformed_request` when the object has the name in another case: some of AWS's parsers take that for it.
 */
export function memberOf(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  const folded = name.toLowerCase();
  for (const key of Object.keys(value)) {
    if (key !== name && key.length === name.length && key.toLowerCase() === folded) {
      throw new PaiError(
        'malformed_request',
        `${printable(key)} can be taken for ${name}; write it as ${name}`,
      );
    }
  }
  return Object.hasOwn(value, name) ? (value as Record<string, unknown>)[name] : undefined;
}
