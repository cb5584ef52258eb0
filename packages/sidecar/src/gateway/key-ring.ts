import { timingSafeEqual } from 'node:crypto';
import type { AccessKeyResource } from '../config.ts';
import { createStateReader } from '../load-state.ts';
import { watchState } from '../watch.ts';
import { hashAccessKey, isAccessKey } from './access-key.ts';

/** A key that is in force. */
export interface AccessKey {
  readonly name: string;
  /** Names of Providers. */
  readonly providers: ReadonlySet<string>;
  readonly maxRequestsPerDay: number | undefined;
  /** SHA-256. */
  readonly hash: Buffer;
}

/** The access keys of one namespace, as they are now. */
export interface KeyRing {
  /** The key that a text is, while it is in force. */
  find(text: string): AccessKey | undefined;
  /** Whether a key that was found is in force, and opens what it opened then. */
  holds(key: AccessKey, provider: string | undefined): boolean;
  close(): void;
}

/** What a ring follows. */
export interface KeyRingOptions {
  readonly home: string;
  readonly namespace: string;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Called when a key has gone, expired or changed. */
  readonly onChange: () => void;
  /** Takes lines for people. */
  readonly log: (line: string) => void;
}

/** Follows the keys of a home within a second, whatever else in it is broken. A key whose file cannot be read opens nothing. */
export async function followKeys({ home, namespace, now, onChange, log }: KeyRingOptions): Promise<KeyRing> {
  const read = createStateReader(home, new Map(), ['AccessKey']);
  let keys: ReadonlyMap<string, Held> = new Map();
  let expiry: NodeJS.Timeout | undefined;
  let said = '';

  const load = async () => {
    const { accessKeys, problems } = await read();
    keys = indexKeys(accessKeys.filter((one) => one.namespace === namespace));
    const problem = problems.map(({ error }) => `an access key is refused: ${error.message}`).join('\n');
    if (problem !== said && problem !== '') log(problem);
    said = problem;
    scheduleExpiry();
  };
  const scheduleExpiry = () => {
    clearTimeout(expiry);
    const next = Math.min(...[...keys.values()].map(({ until }) => until).filter((until) => until > now()));
    if (next === Number.POSITIVE_INFINITY) return;
    expiry = setTimeout(onExpiry, Math.min(next - now(), longestTimer)).unref();
  };
  const onExpiry = () => {
    scheduleExpiry();
    onChange();
  };
  const follow = () =>
    load()
      .catch((thrown: Error) => {
        // What cannot be read might have been revoked.
        keys = new Map();
        log(`no access key can be read: ${thrown.message}`);
      })
      .finally(onChange);

  const watch = await watchState(home, () => void follow(), { kinds: ['AccessKey'] });
  await load();
  const current = (hash: Buffer): AccessKey | undefined => {
    const held = keys.get(bucketOf(hash));
    if (held === undefined || !timingSafeEqual(held.key.hash, hash)) return undefined;
    return now() < held.until ? held.key : undefined;
  };
  return {
    find: (text) => (isAccessKey(text) ? current(hashAccessKey(text)) : undefined),
    holds(key, provider) {
      const found = current(key.hash);
      return found?.name === key.name && (provider === undefined || found.providers.has(provider));
    },
    close() {
      clearTimeout(expiry);
      watch.close();
    },
  };
}

interface Held {
  readonly key: AccessKey;
  /** Milliseconds since the epoch. */
  readonly until: number;
}

/** What a timer takes. */
const longestTimer = 2 ** 31 - 1;

/** By the first half of the hash, whose time to be found tells nothing of a key; the whole is compared in constant time. */
function bucketOf(hash: Buffer): string {
  return hash.toString('latin1', 0, 16);
}

function indexKeys(resources: readonly AccessKeyResource[]): ReadonlyMap<string, Held> {
  const all = resources.map(({ name, spec }): [string, Held] => {
    const hash = Buffer.from(spec.hash.slice('sha256:'.length), 'hex');
    const { providers, maxRequestsPerDay, expires } = spec;
    const key = { name, providers: new Set(providers), maxRequestsPerDay, hash };
    return [bucketOf(hash), { key, until: untilOf(expires) }];
  });
  return new Map(all);
}

/** A date that there is not ends the key at once. */
function untilOf(expires: string | undefined): number {
  if (expires === undefined) return Number.POSITIVE_INFINITY;
  const time = Date.parse(expires);
  return Number.isNaN(time) ? 0 : time;
}
