import { PaiError, toPaiError } from '@pai/core';

/** What `compile` gives; a `config_invalid` it throws gets `place`, e.g. `policy.deny[0]`, in front of its message. */
export function compileAt<T>(place: string, compile: () => T): T {
  try {
    return compile();
  } catch (thrown) {
    const error = toPaiError(thrown, 'the pattern could not be compiled');
    throw new PaiError(error.code, `${place}: ${error.message}`, { cause: thrown });
  }
}

/** An error in the configuration. */
export function configInvalid(message: string): PaiError {
  return new PaiError('config_invalid', message);
}

/** The error for a pattern that cannot be used: what it is, why, and the remedy. */
export function unusable(pattern: string, why: string, remedy: string): PaiError {
  return configInvalid(`pattern ${JSON.stringify(pattern)} ${why}; ${remedy}`);
}

/** Most characters of a pattern. */
export const longestPattern = 2_048;

/** Throws `config_invalid` for a pattern that is empty or has white space or control characters, with what to do about those. */
export function refuseUnreadable(pattern: string, remedy = 'remove that character'): void {
  if (pattern.length > longestPattern) {
    throw unusable(`${pattern.slice(0, 40)}…`, `is longer than ${longestPattern} characters`, 'shorten it');
  }
  if (pattern === '') throw unusable(pattern, 'is empty', 'remove it or write what it should match');
  if (/[\s\p{Cc}\p{Cf}]/u.test(pattern)) {
    throw unusable(pattern, 'has white space or a control character', remedy);
  }
}
