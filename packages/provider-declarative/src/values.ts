import { isTakenFor, occurrencesOf, PaiError, type Parameter, printable, singleValue } from '@pai/core';

/** A place in a request that a route looks at. */
export interface Place {
  readonly in: 'query' | 'body';
  /** Of a member inside another one with dots: `outer.inner`. */
  readonly name: string;
}

/**
 * The texts at a place: none when it is not there, several for a list. Throws `malformed_request` for whatever could be
 * read in two ways: a name twice with different values, a name that can be taken for it, and what is neither text nor a number.
 */
export function textsAt(parameters: readonly Parameter[], { in: place, name }: Place): readonly string[] {
  const [first = '', ...inner] = place === 'body' ? name.split('.') : [name];
  const isHere = ({ place: where }: Parameter) => (where === 'query') === (place === 'query');
  // Some servers read what is in one place from the other too, and take dots in a name for members.
  singleValue(parameters, first);
  const dotted = inner.map((_, i) => name.split('.', i + 2).join('.'));
  const like = parameters.find(({ name: other }) => dotted.some((one) => isTakenFor(other, one)));
  if (place === 'body' && like !== undefined) throw unreadable(like.name, `can be taken for ${name}`);
  const here = occurrencesOf(parameters.filter(isHere), first);
  if (here.length === 0) return [];
  return textsOf(inner.reduce(memberOf, here[0]?.value), name);
}

function memberOf(value: unknown, key: string): unknown {
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'object' || Array.isArray(value)) throw unreadable(key, 'is not in a JSON object');
  const like = Object.keys(value).find((other) => other !== key && isTakenFor(other, key));
  if (like !== undefined) throw unreadable(like, `can be taken for ${key}`);
  return Object.hasOwn(value, key) ? (value as Record<string, unknown>)[key] : undefined;
}

function textsOf(value: unknown, name: string): readonly string[] {
  if (value === undefined || value === null) return [];
  return (Array.isArray(value) ? value : [value]).map((item: unknown) => {
    if (typeof item === 'string') return item;
    if (typeof item === 'number' || typeof item === 'bigint') return String(item);
    throw unreadable(name, 'is neither text nor a number');
  });
}

/** A value as it stands in the name of a resource, where a slash parts things: one inside a value is `%2F`, as in a path. */
export function asName(text: string, name: string): string {
  if (text === '') throw unreadable(name, 'is empty');
  if (/[\x00-\x1f\x7f]/.test(text)) throw unreadable(name, 'has a control character');
  if (/%(?:25)*2f/i.test(text)) throw unreadable(name, 'has an escaped slash');
  return text.replaceAll('/', '%2F');
}

function unreadable(name: string, why: string): PaiError {
  return new PaiError(
    'malformed_request',
    `the parameter ${printable(name)} ${why}; send it in its plain form`,
  );
}
