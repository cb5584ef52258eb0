import { type AgentRequest, getHeaders, printable, readMediaType } from '@pai/core';
import { unclear } from './marks.ts';

/**
 * The media type of content in UTF-8, in lower case. Throws `malformed_request` unless there is exactly one, without
 * parameters but that charset.
 */
export function contentTypeOf(request: Pick<AgentRequest, 'headers'>): string {
  const fields = getHeaders(request.headers, 'content-type');
  const usual = fields.length === 1 ? usualTypes.get(fields[0] ?? '') : undefined;
  if (usual !== undefined) return usual;
  const { type, parameters } = readMediaType(request);
  for (const [name, value] of parameters) {
    if (name !== 'charset' || !/^utf-?8$/i.test(value)) {
      throw unclear(`the content is ${type} with ${printable(`${name}=${value}`)}; send it in plain UTF-8`);
    }
  }
  return type;
}

/** As SDKs spell them, by heart. */
const usualTypes: ReadonlyMap<string, string> = new Map(
  ['application/x-amz-json-1.0', 'application/x-amz-json-1.1', 'application/x-www-form-urlencoded'].flatMap(
    (type) => [
      [type, type],
      [`${type}; charset=utf-8`, type],
    ],
  ),
);
