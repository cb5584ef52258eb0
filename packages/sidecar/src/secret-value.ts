import { PaiError, Secret } from '@pai/core';
import { secretKeyPattern } from './config.ts';

/** Refuses a key that no Secret may have. Throws `secret_invalid`, naming the Secret only: the key may be its value. */
export function checkSecretKey(name: string, key: string): void {
  if (new RegExp(secretKeyPattern).test(key)) return;
  throw new PaiError(
    'secret_invalid',
    `secret ${name} has a key that is not letters, digits, dots, dashes and underscores; rename that key`,
  );
}

/**
 * Refuses a value that no Provider could use. Throws `secret_invalid`, naming the Secret and its key only. A line
 * break is taken only in a PEM or JSON value, unless `isMultiline` says that the user gave a whole file.
 */
export function checkSecretValue(name: string, key: string, value: string, isMultiline = false): void {
  checkSecretKey(name, key);
  const multiline = isMultiline || /^\s*(?:-----BEGIN |[{[])/.test(value);
  // What Secret refuses here it would refuse again when a Provider reads the value.
  new Secret(`${name}/${key}`, value, { multiline });
}
