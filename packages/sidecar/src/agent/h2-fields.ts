import { getHeaders, isGrpc, type RawHeaders, type ReadonlyRawHeaders } from '@pai/core';
import { freezeFields } from '../http1/request-fields.ts';

/** A header list without its `:method` and `:path`, which are at those places in it. */
export interface H2Fields {
  readonly methodAt: number;
  readonly targetAt: number;
  readonly scheme: string;
  readonly authority: string | undefined;
  /** Ordinary fields, with the crumbs of a cookie put together again (RFC 9113 section 8.2.3). */
  readonly headers: ReadonlyRawHeaders;
  /** Values of the `Host` fields. */
  readonly hosts: readonly string[];
  /** Bytes of all but the values of the two (RFC 9113 section 6.5.2). */
  readonly size: number;
  readonly isGrpc: boolean;
}

/** Reads a header list, as Node gives it: `[name, value, …]`, names in lower case. */
export type ReadH2Fields = (raw: readonly string[]) => H2Fields;

/**
 * A reader for one connection. Agents send the same fields again and again: those that came twice in a row, letter for
 * letter, are read for the last time then and frozen, so that nobody can change what the next request is judged by.
 */
export function createH2FieldsReader(): ReadH2Fields {
  let latest: readonly string[] = [];
  let known: H2Fields | undefined;
  return (raw) => {
    const isAgain = known !== undefined && isAlike(raw, latest, known);
    latest = raw;
    if (known === undefined || !isAgain) known = readH2Fields(raw);
    else if (!Object.isFrozen(known)) known = freezeFields(readH2Fields(raw));
    return known;
  };
}

function isAlike(
  raw: readonly string[],
  other: readonly string[],
  { methodAt, targetAt }: H2Fields,
): boolean {
  if (raw.length !== other.length) return false;
  for (let i = 0; i < raw.length; i += 1) {
    if (raw[i] !== other[i] && i !== methodAt && i !== targetAt) return false;
  }
  return true;
}

/** Reads a header list in one pass. */
export function readH2Fields(raw: readonly string[]): H2Fields {
  const at: Record<string, number> = {};
  const headers: RawHeaders = [];
  const crumbs: string[] = [];
  let size = 0;
  for (let i = 0; i < raw.length; i += 2) {
    const name = raw[i] as string;
    const value = raw[i + 1] as string;
    size += name.length + value.length + 32;
    if (name.startsWith(':')) at[name] = i + 1;
    else if (name === 'cookie') crumbs.push(value);
    else headers.push(name, value);
  }
  if (crumbs.length > 0) headers.push('cookie', crumbs.join('; '));
  const { ':method': methodAt = -1, ':path': targetAt = -1, ':scheme': schemeAt = -1 } = at;
  return {
    methodAt,
    targetAt,
    scheme: raw[schemeAt] ?? '',
    authority: raw[at[':authority'] ?? -1],
    headers,
    hosts: getHeaders(headers, 'host'),
    size: size - lengthAt(raw, methodAt) - lengthAt(raw, targetAt),
    isGrpc: isGrpc(headers),
  };
}

function lengthAt(raw: readonly string[], at: number): number {
  return raw[at]?.length ?? 0;
}
