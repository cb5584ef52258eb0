import { PaiError } from '@pai/core';

/** What a reader throws for a request that has no one meaning; it leaves the request unresolved, with `why`. */
export function unreadable(why: string): PaiError {
  return new PaiError('malformed_request', why);
}
