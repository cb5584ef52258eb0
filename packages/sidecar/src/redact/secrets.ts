import { Secret, type SecretReader } from '@pai/core';
import type { StoredSecret } from '../secrets.ts';

/** A Provider's reader, and the credentials that it has handed out. */
export interface TrackedSecrets {
  readonly reader: SecretReader;
  /** The credentials that responses must not show: the same list until there is another. */
  readonly known: () => readonly Secret[];
}

/** Tokens that are remembered of each name: a service may still take the ones before the newest. */
const keptOfName = 3;

/** Remembers what `stored` gives and what is derived from it. */
export function trackSecrets(stored: StoredSecret): TrackedSecrets {
  let known: readonly Secret[] = [];
  const derived = new Map<string, readonly Secret[]>();
  return {
    known: () => known,
    reader: {
      read(key, options = {}) {
        const secret = stored.read(key, options);
        const isKnown = known.some(({ name }) => name === secret.name);
        if (options.isIdentifier !== true && !isKnown) known = [...known, secret];
        return secret;
      },
      derive(name, value) {
        const secret = new Secret(name, value);
        const former = derived.get(name) ?? [];
        const kept = [...former, secret].slice(-keptOfName);
        derived.set(name, kept);
        known = [...known.filter((one) => !former.includes(one)), ...kept];
        return secret;
      },
    },
  };
}
