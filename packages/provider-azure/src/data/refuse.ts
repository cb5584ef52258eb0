import { PaiError } from '@pai/core';

/** The error of a request to a data plane that has no one reading, or is none that is known. */
export function unreadable(message: string): PaiError {
  return new PaiError('malformed_request', message);
}
