import type { RenewSecret, SecretLookup } from '@pai/core';
import { withLock } from './lock.ts';
import { checkSecretValue } from './secret-value.ts';
import { type SecretName, type SecretWrite, writeSecret } from './secret-write.ts';

/** Milliseconds that one renewal waits for another: longer than a token endpoint has to answer. */
const patience = 40_000;

/**
 * Changes a Secret by what it holds then. One after the other, in all processes that share the home, so that what is used up
 * by being used (a refresh token that rotates) is used once. `onText` is that of `writeSecret`. Throws as that.
 */
export function changeSecret(
  home: string,
  place: SecretName,
  look: () => Promise<SecretLookup>,
  change: Parameters<RenewSecret>[0],
  onText?: SecretWrite['onText'],
): Promise<'created' | 'updated' | 'unchanged'> {
  const { namespace, name } = place;
  // Not the lock of writers: what goes on in here may take as long as a service takes to answer.
  const file = `.renew-${namespace}-${name}.lock`;
  const run = async () => {
    const data = await change(await look());
    for (const [key, value] of Object.entries(data)) {
      if (value !== undefined) checkSecretValue(name, key, value);
    }
    if (Object.keys(data).length === 0) return 'unchanged';
    return writeSecret(home, place, { data, ...(onText !== undefined && { onText }) });
  };
  return withLock(home, run, { patience, file });
}
