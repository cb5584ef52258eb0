import { PaiError } from '@pai/core';

/** `program_unavailable` of a Provider, with its name in front. */
export function unavailable(name: string, why: string, options?: ErrorOptions): PaiError {
  return new PaiError('program_unavailable', `${name}: ${why}`, options);
}
