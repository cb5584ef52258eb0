import type { ReadonlyRawHeaders } from './headers.ts';

/**
 * A reading of header fields that is made once for an array that is frozen, since a connection sends the same fields again
 * and again. An array that could still change is read anew each time.
 */
export function rememberFields<T extends object>(
  read: (headers: ReadonlyRawHeaders) => T,
): (headers: ReadonlyRawHeaders) => T {
  const known = new WeakMap<ReadonlyRawHeaders, T>();
  return (headers) => {
    const found = known.get(headers);
    if (found !== undefined) return found;
    const made = read(headers);
    if (Object.isFrozen(headers)) known.set(headers, made);
    return made;
  };
}
