import { PaiError, type ProviderPlugin, toPaiError } from '@pai/core';
import type { ProviderResource } from './config.ts';
import { loginCommand, secretKeysOf } from './secret-keys.ts';
import type { SecretSource, StoredSecret } from './secrets.ts';

/** Opens the Provider's own Secret and no other. Throws `secret_missing`, with the command that makes it. */
export async function openSecrets(
  { name, namespace, spec }: ProviderResource,
  plugin: ProviderPlugin,
  secrets: SecretSource,
): Promise<StoredSecret> {
  const { secretRef } = spec.auth ?? {};
  if (secretRef === undefined) return noSecrets;
  try {
    return await secrets(namespace, secretRef, secretKeysOf(plugin, spec));
  } catch (thrown) {
    const error = toPaiError(thrown, `secret ${secretRef} cannot be read`);
    if (error.code !== 'secret_missing' || plugin.login?.(spec) === undefined) throw error;
    const remedy = `run: ${loginCommand(namespace, name)}`;
    throw new PaiError('secret_missing', `secret ${secretRef} is not there before a login; ${remedy}`, {
      cause: thrown,
    });
  }
}

const noSecrets: StoredSecret = {
  read: (key) => {
    const why = `key ${key} of a Secret is needed, but spec.auth.secretRef names none; add it`;
    throw new PaiError('secret_missing', why);
  },
};
