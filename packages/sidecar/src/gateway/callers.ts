import { formatAuthority, getHeader, getHeaders, PaiError, parseAuthority, printable } from '@pai/core';
import type { RequestHead } from '../agent/read-request.ts';

/** Who may ask, by what a request says of the way it came. */
export interface Callers {
  /** Host names that are the gateway's, in lower case. */
  readonly names: readonly [string, ...string[]];
  /** Origins whose pages may ask: `vscode-file://vscode-app`. */
  readonly origins: readonly string[];
}

/**
 * Keeps out requests for other hosts (DNS rebinding), and those of web pages, by the fields that browsers add (Fetch
 * standard, Fetch Metadata). Throws `malformed_request`, `misdirected_request` and `origin_refused`.
 */
export function readCaller({ names, origins }: Callers, { hosts, headers }: RequestHead): void {
  const [named, ...others] = hosts;
  if (named === undefined || others.length > 0)
    throw new PaiError('malformed_request', 'the request has no Host field, or more than one');
  const { host, port } = parseAuthority(named, 443);
  if (!names.includes(host)) {
    const asked = printable(formatAuthority({ host, port }));
    throw new PaiError(
      'misdirected_request',
      `this gateway is not ${asked}; use a name that it was started with, or start it with --host`,
    );
  }
  const given = getHeaders(headers, 'origin');
  if (given.length > 0 && given.every((origin) => origins.includes(origin))) return;
  const field = ['origin', 'sec-fetch-site'].find((name) => getHeader(headers, name) !== undefined);
  if (field === undefined) return;
  throw new PaiError(
    'origin_refused',
    `the request has the field ${field}, as those of web pages do, and the gateway is for programs; start it with --allow-origin if this one may`,
  );
}
