import { type AgentRequest, decodeUtf8, isPaiError, readDecoded, readJson, readMediaType } from '@pai/core';

/** Content up to this size is looked through, in bytes; more is taken to name anything. */
const most = 1_048_576;

/**
 * The JSON content of a request; undefined when there is none, and `unknown` when it is too long to read or of another type,
 * which Google may read all the same. Throws `malformed_request` for JSON that can be read in two ways.
 */
export async function readContent(request: AgentRequest): Promise<object | 'unknown' | undefined> {
  const { body } = request;
  if (body.length === 0) return undefined;
  if (body.length !== undefined && body.length > most) return 'unknown';
  const bytes = await readDecoded(request, most).catch((thrown: unknown) => {
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

/** The text at `tableReference.tableId`. */
export function textAt(content: object, way: string): string | undefined {
  let value: unknown = content;
  for (const key of way.split('.')) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined;
    value = (value as Record<string, unknown>)[key];
  }
  return typeof value === 'string' ? value : undefined;
}
