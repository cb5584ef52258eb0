import { type AgentRequest, decodeUtf8, isPaiError, readDecoded, readJson, readMediaType } from '@pai/core';
import { longestSearched } from '../mentions.ts';

/**
 * The JSON content of a request; undefined when there is none, and `unknown` when it is too long to read or of another type,
 * which Google may read all the same. Throws `malformed_request` for JSON that can be read in two ways.
 */
export async function readContent(request: AgentRequest): Promise<object | 'unknown' | undefined> {
  const { body } = request;
  if (body.length === 0) return undefined;
  if (body.length !== undefined && body.length > longestSearched) return 'unknown';
  const bytes = await readDecoded(request, longestSearched).catch((thrown: unknown) => {
    if (isPaiError(thrown) && thrown.code === 'body_too_large') return undefined;
    throw thrown;
  });
  if (bytes === undefined) return 'unknown';
  if (bytes.length === 0) return undefined;
  const { type } = readMediaType(request);
  if (type !== 'application/json') return 'unknown';
  const value = readJson(decodeUtf8(bytes));
  return typeof value === 'object' && value !== null ? value : 'unknown';
}

/** The text at `tableReference.tableId`, in either of the spellings that Google takes; undefined where both are there. */
export function textAt(content: object, way: string): string | undefined {
  let value: unknown = content;
  for (const key of way.split('.')) {
    const inner = Object(value) as Readonly<Record<string, unknown>>;
    const snake = key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
    const [found, ...others] = [...new Set([key, snake])].filter((name) => Object.hasOwn(inner, name));
    if (found === undefined || others.length > 0) return undefined;
    value = inner[found];
  }
  return typeof value === 'string' ? value : undefined;
}
