import { getHeader, getHeaders, type ReadonlyRawHeaders } from '@pai/core';
import { parseFields } from './fields.ts';
import { type Framing, noContent, readFraming } from './framing.ts';
import { isPersistent } from './persistence.ts';
import { malformed } from './protocol-error.ts';

/** The fields of a request head, and what they say to the connection it came on. */
export interface RequestFields {
  /** Minor version of HTTP/1. */
  readonly minor: 0 | 1;
  readonly headers: ReadonlyRawHeaders;
  readonly framing: Framing;
  /** Values of the `Host` fields. */
  readonly hosts: readonly string[];
  /** The values of all `Upgrade` fields, so that a second one is no way around a decision about the first. */
  readonly upgrade: string | undefined;
  readonly expectsContinue: boolean;
  /** Whether the connection may carry another request after this one (RFC 9112 section 9.3). */
  readonly takesAnother: boolean;
}

/**
 * Reads the field lines of a head: `text` from `start` to its end. Throws `malformed_request` unless every line is
 * exactly by the grammar and the content can end in one place only.
 */
export function readRequestFields(text: string, start: number, minor: 0 | 1): RequestFields {
  const headers = parseFields(text, start, malformed);
  return {
    minor,
    headers,
    framing: readFraming(headers, minor, malformed) ?? noContent,
    hosts: getHeaders(headers, 'host'),
    upgrade: minor === 0 ? undefined : upgradeOf(headers),
    expectsContinue: minor === 1 && getHeader(headers, 'expect')?.toLowerCase() === '100-continue',
    takesAnother: isPersistent(headers, minor),
  };
}

/** Reads the field lines that `text` has from `start` on. */
export type ReadFields = typeof readRequestFields;

/**
 * A reader for one connection, or for several. Agents send the same fields again and again: those that came twice in a
 * row, byte for byte, are read for the last time then, by `read`, and frozen, so that nobody can change what the next
 * request is judged by.
 */
export function createFieldsReader(read: ReadFields = readRequestFields): ReadFields {
  let latest = '';
  let frozen: RequestFields | undefined;
  return (text, start, minor) => {
    // The version stands before the fields, and is part of what must be the same.
    const said = text.slice(start - versionLength);
    if (said !== latest) {
      latest = said;
      frozen = undefined;
      return read(text, start, minor);
    }
    frozen ??= freezeFields(read(text, start, minor));
    return frozen;
  };
}

const versionLength = 'HTTP/1.1\r\n'.length;

/** Fields that are given out again and again: nobody who gets them can change what the next request is judged by. */
export function freezeFields<Fields extends Pick<RequestFields, 'headers' | 'hosts'>>(
  fields: Fields,
): Fields {
  Object.freeze(fields.headers);
  Object.freeze(fields.hosts);
  return Object.freeze(fields);
}

/** RFC 9110 section 7.8: in HTTP/1.0 the field is ignored. */
function upgradeOf(headers: ReadonlyRawHeaders): string | undefined {
  if (getHeader(headers, 'upgrade') === undefined) return undefined;
  return getHeaders(headers, 'upgrade').join(', ');
}
