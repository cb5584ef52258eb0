import { PaiError } from '@pai/core';

/** The error of a request to Cloud Storage that has no one reading. */
export function unreadable(message: string): PaiError {
  return new PaiError('malformed_request', message);
}
