import { commandIn, type ProviderPlugin, type SecretKey } from '@pai/core';
import type { ProviderSpec } from './config.ts';

/** Keys of one Secret. */
export type SecretKeys = readonly [SecretKey, ...SecretKey[]];

/** The keys that a Secret has when nothing else is known of it. */
export const usualKeys: SecretKeys = [{ key: 'token' }];

/** The keys that a Provider's Secret should have, as its type says; else the one that it names, or `token`. */
export function secretKeysOf({ secretKeys }: ProviderPlugin, spec: ProviderSpec): SecretKeys {
  if (secretKeys !== undefined) return secretKeys(spec);
  const { secretKey } = spec.auth ?? {};
  return secretKey === undefined ? usualKeys : [{ key: secretKey }];
}

/** The command by which a person logs in for a Provider. */
export function loginCommand(namespace: string, provider: string): string {
  return commandIn(namespace, `pai login ${provider}`);
}

/** The command that adds keys to a Secret, for people to complete. */
export function addCommand(namespace: string, name: string, keys: SecretKeys): string {
  const values = keys.map(({ key, isFile }) =>
    isFile === true ? `--from-file ${key}=PATH` : `--from-literal ${key}=…`,
  );
  return commandIn(namespace, `pai add secret ${name} ${values.join(' ')}`);
}
