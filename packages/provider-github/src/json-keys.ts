/**
 * The keys of the outermost object of a JSON text, decoded, in order, repeated ones included: `JSON.parse` keeps only
 * the last. Throws `SyntaxError` for what is not JSON (RFC 8259); gives undefined when it is not an object.
 */
export function topLevelKeys(text: string): readonly string[] | undefined {
  const value: unknown = JSON.parse(text);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  const keys: string[] = [];
  let depth = 0;
  for (const [token] of text.matchAll(tokens)) {
    if (token === '{' || token === '[') depth += 1;
    else if (token === '}' || token === ']') depth -= 1;
    else if (depth === 1 && token.endsWith(':')) keys.push(JSON.parse(token.slice(0, -1)) as string);
  }
  return keys;
}

/** A key that one object anywhere in a valid JSON text has twice, decoded; undefined when there is none. */
export function findRepeatedKey(text: string): string | undefined {
  const open: Set<string>[] = [];
  for (const [token] of text.matchAll(tokens)) {
    if (token === '{' || token === '[') open.push(new Set());
    else if (token === '}' || token === ']') open.pop();
    else if (token.endsWith(':')) {
      const key = JSON.parse(token.slice(0, -1)) as string;
      if (open.at(-1)?.has(key) === true) return key;
      open.at(-1)?.add(key);
    }
  }
  return undefined;
}

/** In a valid text: a string with the colon that makes it a key, any other string, or a bracket. */
const tokens = /"(?:[^"\\]|\\.)*"(?:[ \t\r\n]*:)?|[{}[\]]/g;
