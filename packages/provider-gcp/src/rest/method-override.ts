import { type AgentRequest, findMethodOverride, getHeaders, PaiError } from '@pai/core';

/**
 * The methods that a request is judged as: its own, and the one that `X-HTTP-Method-Override` puts in place of POST, which
 * Google's front end applies where the service lets it. The header goes on, so that both readings have to be allowed.
 * Throws `malformed_request` for overrides that are not known to be applied.
 */
export function methodsOf(request: Pick<AgentRequest, 'method' | 'headers' | 'query'>): readonly string[] {
  const { method, headers } = request;
  const name = findMethodOverride(request);
  if (name === undefined) return [plain(method)];
  const values = getHeaders(headers, 'x-http-method-override');
  const [value = ''] = values;
  const isApplied =
    name.toLowerCase() === 'x-http-method-override' &&
    values.length === 1 &&
    countOverrides(headers) === 1 &&
    method === 'POST' &&
    /^(?:GET|HEAD|POST|PUT|PATCH|DELETE)$/.test(value);
  if (isApplied) return [...new Set(['POST', plain(value)])];
  throw new PaiError(
    'malformed_request',
    `${name} makes some servers read another method; send the method itself, or POST with one X-HTTP-Method-Override`,
  );
}

function countOverrides(headers: AgentRequest['headers']): number {
  return headers.filter(
    (name, i) => i % 2 === 0 && findMethodOverride({ headers: [name, ''], query: '' }) !== undefined,
  ).length;
}

function plain(method: string): string {
  return method === 'HEAD' ? 'GET' : method;
}
