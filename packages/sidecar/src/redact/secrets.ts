import { Secret, type SecretReader } from '@pai/core';
import type { StoredSecret } from '../secrets.ts';

/** A Provider's reader, and the credentials that it has handed out. */
export interface TrackedSecrets {
  readonly reader: SecretReader;
  /** The credentials that responses must not show: the same list until there is another. */
  readonly known: () => readonly Secret[];
}

/** Credentials that are remembered of each name: a service may still take the ones before the newest. */
const keptOfName = 3;

/** Remembers what `stored` gives, which changes with a renewal, and what is derived from it. */
export function trackSecrets(stored: StoredSecret): TrackedSecrets {
  const byName = new Map<string, readonly Secret[]>();
  let known: readonly Secret[] = [];
  const remember = (name: string, secret: Secret): Secret => {
    const former = byName.get(name) ?? [];
    if (former.at(-1)?.reveal() === secret.reveal()) return secret;
    byName.set(name, [...former, secret].slice(-keptOfName));
    known = [...byName.values()].flat();
    return secret;
  };
  return {
    known: () => known,
    reader: {
      read(key, options = {}) {
        const secret = stored.read(key, options);
        return options.isIdentifier === true ? secret : remember(`read ${key}`, secret);
      },
      derive: (name, value) => remember(`derived ${name}`, new Secret(name, value)),
    },
  };
}
