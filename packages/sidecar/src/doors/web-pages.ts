import { getHeader, PaiError, type ReadonlyRawHeaders } from '@pai/core';
import { isLoopback } from '../loopback.ts';

/** Why a request is refused where only programs are served: it has a field that browsers add and pages cannot leave out (Fetch standard, Fetch Metadata). */
export function whyWebPage(headers: ReadonlyRawHeaders): PaiError | undefined {
  const field = ['origin', 'sec-fetch-site'].find((name) => getHeader(headers, name) !== undefined);
  if (field === undefined) return undefined;
  return new PaiError(
    'origin_refused',
    `the request has the field ${field}, as those of web pages do, and this door is for programs; use another door`,
  );
}

/** Whether a host in a `Host` field can only be the machine's own: no name that DNS could lead elsewhere. */
export function isLocalName(host: string): boolean {
  return host === 'localhost' || isLoopback(host.replace(/^\[|\]$/g, ''));
}
