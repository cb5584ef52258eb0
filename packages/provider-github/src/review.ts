import { type AgentRequest, getHeaders } from '@pai/core';
import { topLevelKeys } from './json-keys.ts';

/** What a request to write a review does, or why that cannot be said. */
export type ReviewReading = 'approves' | 'reviews' | { readonly unresolved: string };

/**
 * Reads whether a review approves, from the `event` of its JSON body. Whatever GitHub could read in two ways is
 * unresolved. Throws `body_too_large` over 1 MiB.
 */
export async function readReview(request: AgentRequest): Promise<ReviewReading> {
  const encodings = getHeaders(request.headers, 'content-encoding').join(',');
  if (encodings !== '' && encodings.trim().toLowerCase() !== 'identity') {
    return unreadable('the review body is encoded; send it without content-encoding');
  }
  if (hasEvent(request.query)) return unreadable('event is in the query; send it in the JSON body');
  const bytes = await request.body.bytes(1 << 20);
  if (bytes.length === 0) return 'reviews';
  const text = decode(bytes);
  if (text === undefined) return unreadable('the review body is not UTF-8');
  const types = getHeaders(request.headers, 'content-type');
  const isJson = types.length === 1 && /^application\/(?:[\w.-]+\+)?json\s*(?:;|$)/i.test(types[0] as string);
  if (!isJson && hasEvent(text))
    return unreadable('the review body could be a form; send it as application/json');
  return readEvent(text);
}

function readEvent(text: string): ReviewReading {
  const keys = keysOf(text);
  if (keys === undefined) return unreadable('the review body is not a JSON object');
  const events = keys.filter(isEvent);
  if (events.length === 0) return 'reviews';
  if (events.length > 1) return unreadable('the review body has more than one event');
  const body = JSON.parse(text) as Record<string, unknown>;
  const event = body[events[0] as string];
  if (event === null) return 'reviews';
  const word = typeof event === 'string' ? event.trim().toUpperCase() : undefined;
  if (word === 'APPROVE') return 'approves';
  return word !== undefined && otherEvents.has(word)
    ? 'reviews'
    : unreadable('the event of the review is none that GitHub documents');
}

/** https://docs.github.com/rest/pulls/reviews; an empty event leaves the review pending. */
const otherEvents: ReadonlySet<string> = new Set(['', 'COMMENT', 'REQUEST_CHANGES', 'PENDING']);

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

function hasEvent(form: string): boolean {
  return [...new URLSearchParams(form.replaceAll(';', '&')).keys()].some(isEvent);
}

function isEvent(key: string): boolean {
  return key.trim().toLowerCase() === 'event';
}

function unreadable(unresolved: string): ReviewReading {
  return { unresolved };
}
