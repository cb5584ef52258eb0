import {
  type Action,
  type LocalResponse,
  PaiError,
  type RawHeaders,
  type Resolution,
  splitTarget,
} from '@pai/core';
import type { Answered } from './peer.ts';

/** What there is to say of an action without asking again. */
export interface Said {
  readonly outside?: { readonly rule: string; readonly reason: string };
  readonly services?: readonly [string, ...string[]];
}

/** An action's facts, by the very object that a resolution has. */
export type SaidOf = WeakMap<Action, Said>;

/** Most actions of one request, and characters of one of their texts. */
const mostActions = 10_000;
const longestText = 4_096;
const longestReason = 2_000;

/** Reads what a plugin made of a request; `said` takes what it says of each action. Throws `plugin_failed`. */
export function readResolution(value: unknown, said: SaidOf): Resolution {
  const { actions, unresolved } = record(value);
  if (typeof unresolved === 'string') return { unresolved: line(unresolved.slice(0, longestReason)) };
  if (!Array.isArray(actions) || actions.length > mostActions) throw nonsense('actions');
  const read = actions.map((item: unknown) => {
    const { action: inner, outside, services } = record(item);
    const action = readAction(inner);
    said.set(action, {
      ...(outside !== undefined && { outside: readOutside(outside) }),
      ...(services !== undefined && { services: readServices(services) }),
    });
    return action;
  });
  const [first, ...rest] = read;
  return first === undefined ? { unresolved: 'the resolver named no action' } : { actions: [first, ...rest] };
}

function readAction(value: unknown): Action {
  const { name, resource, part, hasNoPart, region, arguments: given, reach } = record(value);
  if (typeof name !== 'string' || name === '' || line(name) !== name || name.length > longestText)
    throw nonsense('an action');
  return {
    name,
    ...(resource !== undefined && { resource: text(resource) }),
    ...(part !== undefined && { part: text(part) }),
    ...(hasNoPart === true && { hasNoPart }),
    ...(region !== undefined && { region: text(region) }),
    ...(given !== undefined && { arguments: record(given) }),
    ...(reach !== undefined && { reach: 'any' as const }),
  };
}

function readOutside(value: unknown): { rule: string; reason: string } {
  const { rule, reason } = record(value);
  return { rule: line(text(rule)), reason: line(text(reason)) };
}

function readServices(value: unknown): readonly [string, ...string[]] {
  const [first, ...rest] = Array.isArray(value) ? value.map((one: unknown) => text(one)) : [];
  if (first === undefined) throw nonsense('the services of an action');
  return [first, ...rest];
}

/** Reads a response that a plugin made. Throws `plugin_failed`. */
export function readLocal(value: unknown, bytes: Buffer): LocalResponse {
  const { status, headers, isAfterContent } = record(value);
  if (!Number.isInteger(status) || (status as number) < 200 || (status as number) > 599)
    throw nonsense('a status');
  return {
    status: status as number,
    headers: readHeaders(headers),
    body: bytes,
    ...(isAfterContent === true && { isAfterContent }),
  };
}

/** Header fields as this process may write them (RFC 9110 section 5.5). Throws `plugin_failed`. */
export function readHeaders(value: unknown): RawHeaders {
  if (!Array.isArray(value) || value.length % 2 !== 0 || value.length > 2_000)
    throw nonsense('header fields');
  for (const [i, part] of value.entries()) {
    const fits = i % 2 === 0 ? fieldName : fieldValue;
    if (typeof part !== 'string' || !fits.test(part)) throw nonsense('a header field');
  }
  return value as RawHeaders;
}

const fieldName = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]{1,256}$/;
const fieldValue = /^[\t\x20-\x7e\x80-\xff]{0,65536}$/;

/** A head that a filter has seen: it may only have lost fields. Throws `plugin_failed`. */
export function readFiltered(
  value: unknown,
  sent: RawHeaders,
): { headers: RawHeaders; isTransforming: boolean } {
  const { headers: given, isTransforming } = record(value);
  const headers = readHeaders(given);
  let at = 0;
  for (let i = 0; i < headers.length; i += 2) {
    while (at < sent.length && (sent[at] !== headers[i] || sent[at + 1] !== headers[i + 1])) at += 2;
    if (at >= sent.length) throw nonsense('a response with more fields than it had');
    at += 2;
  }
  return { headers, isTransforming: isTransforming === true };
}

/** What an injector wrote. Throws `plugin_failed`. */
export function readInjected({ value }: Answered): {
  target: string;
  headers: RawHeaders;
  needsH2: boolean;
  hasContent: boolean;
} {
  const { target, headers, needsH2, hasContent } = record(value);
  const written = text(target, 65_536);
  splitTarget(written);
  return {
    target: written,
    headers: readHeaders(headers),
    needsH2: needsH2 === true,
    hasContent: hasContent === true,
  };
}

/** A value as a mapping. Throws `plugin_failed`. */
export function record(value: unknown): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw nonsense('an answer');
  return value as Record<string, unknown>;
}

/** A value as a text that is no longer than it should be. Throws `plugin_failed`. */
export function text(value: unknown, longest: number = longestText): string {
  if (typeof value !== 'string' || value.length > longest) throw nonsense('a text');
  return value;
}

function line(value: string): string {
  return value.replace(/\p{C}/gu, ' ');
}

function nonsense(what: string): PaiError {
  return new PaiError('plugin_failed', `the plugin gave ${what} that cannot be used`);
}
