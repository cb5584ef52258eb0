import { PaiError } from './errors.ts';
import { printable } from './host.ts';

/** The JSON object that stands for a number in this very spelling (ECMA-262, `JSON.rawJSON`). */
export const { rawJSON } = JSON as unknown as { readonly rawJSON: (source: string) => object };

/**
 * The value of a JSON text (RFC 8259) that has one reading. Whole numbers that a double cannot hold are a `bigint`, and
 * numbers in another spelling than JavaScript's own (`1e3`, `1.0`, `-0`), which some servers take for text, are
 * `rawJSON`. Throws `malformed_request` when it is not JSON, when an object repeats a key, or over 100 levels.
 */
export function readJson(text: string): unknown {
  const value = parse(text);
  refuseRepeatedKeys(text);
  return /\d{16}|\d[.eE]|-0/.test(text) ? JSON.parse(text, exactNumber) : value;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new PaiError(
      'malformed_request',
      'the content is not JSON (RFC 8259), which has no byte order mark',
    );
  }
}

function refuseRepeatedKeys(text: string): void {
  const open: Set<string>[] = [];
  for (const [token] of text.matchAll(tokens)) {
    if (token === '}' || token === ']') open.pop();
    else if (token === '{' || token === '[') {
      if (open.push(new Set()) > 100) throw new PaiError('malformed_request', 'the JSON has over 100 levels');
    } else if (token.endsWith(':')) {
      const key = JSON.parse(token.slice(0, -1)) as string;
      const keys = open.at(-1);
      if (keys?.has(key)) {
        throw new PaiError('malformed_request', `the JSON repeats the key ${printable(key)}; send it once`);
      }
      keys?.add(key);
    }
  }
}

/** In a valid text: a string with the colon that makes it a key, any other string, or a bracket. */
const tokens = /"(?:[^"\\]|\\.)*"(?:[ \t\r\n]*:)?|[{}[\]]/g;

function exactNumber(_key: string, value: unknown, context?: { readonly source?: string }): unknown {
  const source = context?.source;
  if (typeof value !== 'number' || source === undefined || source === String(value)) return value;
  return /^-?[1-9]\d*$/.test(source) ? BigInt(source) : rawJSON(source);
}
