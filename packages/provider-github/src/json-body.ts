import { type AgentRequest, getHeaders } from '@pai/core';
import { topLevelKeys } from './json-keys.ts';

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
  const isJson = types.length === 1 && /^application\/(?:[\w.-]+\+)?json\s*(?:;|$)/i.test(types[0] as string);
  if (!isJson && hasParameter(text, name)) {
    return unreadable('the body could be a form; send it as application/json');
  }
  return memberOf(text, name);
}

function memberOf(text: string, name: string): MemberReading {
  const keys = keysOf(text);
  if (keys === undefined) return unreadable('the body is not a JSON object');
  const [key, ...others] = keys.filter((candidate) => isSame(candidate, name));
  if (others.length > 0) return unreadable(`the body has more than one ${name}`);
  if (key === undefined) return { value: undefined };
  return { value: (JSON.parse(text) as Record<string, unknown>)[key] };
}

function keysOf(text: string): readonly string[] | undefined {
  try {
    return topLevelKeys(text);
  } catch {
    return undefined;
  }
}

function decode(bytes: Buffer): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
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
