import { type AgentRequest, readMediaType } from '@pai/core';

/**
 * Whether the content of a request is JSON in UTF-8, to whoever reads it. Throws `malformed_request` where it has not exactly one type.
 */
export function isJson(request: Pick<AgentRequest, 'headers'>): boolean {
  const { type, parameters } = readMediaType(request);
  const charset = parameters.get('charset') ?? 'utf-8';
  return /^(?:application|text)\/(?:[\w.-]+\+)?json$/.test(type) && /^utf-?8$/i.test(charset);
}
