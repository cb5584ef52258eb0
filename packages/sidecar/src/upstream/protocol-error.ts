import { PaiError } from '@pai/core';

/** An `upstream_protocol` error: the service sent `what`. */
export function protocolError(what: string): PaiError {
  return new PaiError(
    'upstream_protocol',
    `the service sent ${what}; nothing more of its response was passed on`,
  );
}
