import { getHeaders, type ReadonlyRawHeaders } from '@pai/core';

/** Parameters of a `Bearer` challenge (RFC 6750 section 3, RFC 9728 section 5.1), as the server wrote them. */
export interface Challenge {
  readonly error?: string;
  readonly scope?: string;
  readonly resource_metadata?: string;
}

/** The first `Bearer` challenge of a response; undefined when it has none. */
export function findChallenge(headers: ReadonlyRawHeaders): Challenge | undefined {
  const text = getHeaders(headers, 'www-authenticate').join(', ');
  const [start] = /(?:^|,\s*)bearer(?=\s|,|$)/i.exec(text) ?? [];
  if (start === undefined) return undefined;
  let rest = text.slice(text.indexOf(start) + start.length);
  const found: Record<string, string> = {};
  for (let match = parameter.exec(rest); match !== null; match = parameter.exec(rest)) {
    const [all, name = '', quoted, token = ''] = match;
    found[name.toLowerCase()] ??= quoted?.replace(/\\(.)/g, '$1') ?? token;
    rest = rest.slice(all.length);
  }
  return found;
}

/** One parameter, at the beginning (RFC 9110 section 11.2). What is none begins another challenge. */
const parameter = /^[\s,]*([\w!#$%&'*+.^`|~-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([\w!#$%&'*+.^`|~:/?-]+))/;

/** The scopes of a list (RFC 6749 section 3.3) that can be asked for and shown without harm, each once. */
export function readScopes(list: string | undefined): readonly string[] {
  const scopes = (list ?? '').split(' ').filter((scope) => plainScope.test(scope));
  return [...new Set(scopes)].slice(0, mostScopes);
}

/** A server's scopes end up in the sentence that says what to type, where `$(…)` would mean something. */
const plainScope = /^[A-Za-z0-9][A-Za-z0-9:._/*@+-]{0,199}$/;
const mostScopes = 100;
