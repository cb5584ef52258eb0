import { type CredentialSlots, credentialHeaders } from './auth.ts';
import { PaiError } from './errors.ts';
import { connectionOptions, endToEnd, type ReadonlyRawHeaders } from './headers.ts';
import { printable } from './host.ts';
import { findPlaceholder } from './placeholder.ts';
import { rememberFields } from './remember-fields.ts';

/** The fields of an agent's request that go up to a service. */
export interface KeptFields {
  readonly fields: readonly string[];
  /** Whether one of them holds a placeholder. */
  readonly hasPlaceholder: boolean;
}

/**
 * The fields of a request without its credentials, what only proxies write and what ends at this hop. Throws
 * `malformed_request` where `Connection` would take away what the request was judged by.
 */
export function keptFields(headers: ReadonlyRawHeaders, slots: CredentialSlots): KeptFields {
  let read = readers.get(slots);
  if (read === undefined) {
    const credentials = credentialHeaders(slots);
    read = rememberFields((fields) => keep(fields, credentials));
    readers.set(slots, read);
  }
  return read(headers);
}

const readers = new WeakMap<CredentialSlots, (headers: ReadonlyRawHeaders) => KeptFields>();

function keep(headers: ReadonlyRawHeaders, credentials: ReadonlySet<string>): KeptFields {
  refuseHiding(headers);
  const fields = endToEnd(headers, (key) => credentials.has(key) || isProxyField(key));
  return { fields, hasPlaceholder: findPlaceholder(fields.join('\n')) !== undefined };
}

/** A field that the request was judged by goes up with it: `Connection` cannot take it away (RFC 9110 section 7.6.1). */
function refuseHiding(headers: ReadonlyRawHeaders): void {
  for (const option of connectionOptions(headers) ?? []) {
    if (!judged.test(option)) continue;
    throw new PaiError(
      'malformed_request',
      `Connection names ${printable(option)}, which is not for this connection only`,
    );
  }
}

/** Fields that say what a request is about, to some service. */
const judged = /^(?:host$|content-|range$|if-|accept|mcp-|x-amz-|x-ms-|x-goog-)/;

/** Written by proxies, and read by some servers in place of the request's own host, path or client. An agent's are dropped. */
export function isProxyField(key: string): boolean {
  return key.startsWith('x-forwarded-') || proxyFields.has(key);
}

/** `Expect` has been answered by then. */
const proxyFields = new Set([
  'forwarded',
  'via',
  'x-real-ip',
  'x-original-url',
  'x-rewrite-url',
  'x-original-uri',
  'expect',
]);
