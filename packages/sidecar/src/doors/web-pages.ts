import { isIPv4 } from 'node:net';
import { getHeader, PaiError, type ReadonlyRawHeaders } from '@pai/core';

/** Why a request is refused where only programs are served: it has a field that browsers add and pages cannot leave out (Fetch standard, Fetch Metadata). */
export function whyWebPage(headers: ReadonlyRawHeaders): PaiError | undefined {
  const field = ['origin', 'sec-fetch-site'].find((name) => getHeader(headers, name) !== undefined);
  if (field === undefined) return undefined;
  return new PaiError(
    'origin_refused',
    `the request has the field ${field}, as those of web pages do, and this door is for programs; use another door`,
  );
}

/** Whether an address is the machine's own, also as IPv6 writes those of IPv4. */
export function isLoopback(address: string): boolean {
  const bare = address.replace(/^::ffff:/i, '');
  return bare === '::1' || (isIPv4(bare) && bare.startsWith('127.'));
}

/** Whether a host in a `Host` field can only be the machine's own: no name that DNS could lead elsewhere. */
export function isLocalName(host: string): boolean {
  return host === 'localhost' || isLoopback(host.replace(/^\[|\]$/g, ''));
}
