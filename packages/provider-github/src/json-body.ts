import { type AgentRequest, decodeUtf8, getHeaders, readJson } from '@pai/core';

/** A member of a JSON body, undefined where there is none, or why that cannot be said. */
export type MemberReading = { readonly value: unknown } | { readonly unresolved: string };

/** Most bytes of a JSON body that is read to judge a request. */
const maxBody = 1 << 20;

/**
 * Reads one member of the outermost object of a JSON body. Whatever GitHub could read in two ways is unresolved: the
 * name twice or in another case, the name in the query, an encoded body, a body that could be a form. Throws
 * `body_too_large` over 1 MiB.
 */
export async function readMember(request: AgentRequest, name: string): Promise<MemberReading> {
  const encodings = getHeaders(request.headers, 'content-encoding').join(',');
  if (encodings !== '' && encodings.trim().toLowerCase() !== 'identity') {
    return unreadable('the body is encoded; send it without content-encoding');
  }
  if (hasParameter(request.query, name))
    return unreadable(`${name} is in the query; send it in the JSON body`);
  const bytes = await request.body.bytes(maxBody);
  if (bytes.length === 0) return { value: undefined };
  const text = decode(bytes);
  if (text === undefined) return unreadable('the body is not UTF-8');
  const types = getHeaders(request.headers, 'content-type');
  if (types.length > 1 || !isJson(types[0] ?? '')) {
    if (otherCharset.test(types.join())) return unreadable('the body has a charset that is not UTF-8');
    if (hasParameter(text, name)) return unreadable('the body could be a form; send it as application/json');
  }
  return memberOf(text, name);
}

/** Whether a content-type is that of JSON, in UTF-8. */
export function isJson(type: string): boolean {
  const [essence = '', ...parameters] = type.split(';').map((part) => part.trim());
  if (!/^application\/(?:[\w.-]+\+)?json$/i.test(essence)) return false;
  return parameters.every((parameter) => /^(?:charset\s*=\s*"?utf-?8"?|)$/i.test(parameter));
}

/** In a content-type, a charset that is not UTF-8: programs that send text say `text/plain;charset=UTF-8`. */
export const otherCharset = /charset(?!\s*=\s*"?utf-?8"?\s*(?:[;,]|$))/i;

function memberOf(text: string, name: string): MemberReading {
  const value = parse(text);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return unreadable('the body is not a JSON object in which every key stands once');
  }
  const [found, ...others] = Object.entries(value).filter(([key]) => isSame(key, name));
  return others.length > 0 ? unreadable(`the body has more than one ${name}`) : { value: found?.[1] };
}

function parse(text: string): unknown {
  try {
    return readJson(text);
  } catch {
    return undefined;
  }
}

function decode(bytes: Buffer): string | undefined {
  try {
    return decodeUtf8(bytes);
  } catch {
    return undefined;
  }
}

function hasParameter(form: string, name: string): boolean {
  return [...new URLSearchParams(form.replaceAll(';', '&')).keys()].some((key) => isSame(key, name));
}

function isSame(key: string, name: string): boolean {
  return key.trim().toLowerCase() === name;
}

function unreadable(unresolved: string): MemberReading {
  return { unresolved };
}
