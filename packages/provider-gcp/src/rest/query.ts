import { PaiError, printable, readForm } from '@pai/core';

/** The parameters of a query, by name. */
export type Query = ReadonlyMap<string, readonly string[]>;

/**
 * Reads the query of a REST request. Throws `malformed_request` for system parameters that can make Google read another
 * request than the one that was sent (Cloud APIs documentation, "System parameters").
 */
export function readQuery(query: string): Query {
  const found = new Map<string, string[]>();
  for (const [name, value] of readForm(query)) {
    if (name.startsWith('$') && !harmless.has(name)) {
      throw new PaiError(
        'malformed_request',
        `the parameter ${printable(name)} can change the request that Google reads; send the request without it`,
      );
    }
    found.set(name, [...(found.get(name) ?? []), value]);
  }
  return found;
}

/** What of the response is wanted, and how. */
const harmless = new Set([
  '$.xgafv',
  '$alt',
  '$callback',
  '$fields',
  '$key',
  '$apiKey',
  '$outputDefaults',
  '$prettyPrint',
  '$quotaUser',
  '$trace',
  '$unique',
  '$userProject',
]);

/**
 * The one value of a parameter, in either of the spellings that Google takes: `topicId`, `topic_id`. Throws
 * `malformed_request` when it occurs twice.
 */
export function oneOf(query: Query, name: string): string | undefined {
  const snake = name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
  const values = [...new Set([name, snake])].flatMap((one) => query.get(one) ?? []);
  if (values.length < 2) return values[0];
  throw new PaiError(
    'malformed_request',
    `the parameter ${name} is there ${values.length} times; send it once`,
  );
}
