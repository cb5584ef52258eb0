import { PaiError } from '@pai/core';

/** An `upstream_protocol` error: the service sent `what`. */
export function protocolError(what: string): PaiError {
  return new PaiError(
    'upstream_protocol',
    `the service sent ${what}; nothing more of its response was passed on`,
  );
}

/** A `malformed_request` error: the agent sent `what`. */
export function malformed(what: string): PaiError {
  return new PaiError('malformed_request', `not HTTP/1.1: ${what} (RFC 9112)`);
}
