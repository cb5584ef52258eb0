import { timingSafeEqual } from 'node:crypto';
import type { PaiError } from '@pai/core';
import type { AccessKeyResource } from '../config.ts';
import { createStateReader, type State } from '../load-state.ts';
import { watchState } from '../watch.ts';
import { hashAccessKey, isAccessKey, readExpiryTime } from './access-key.ts';
import { createAlarm } from './alarm.ts';

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
  let begun = 0;
  let applied = 0;
  let retry: NodeJS.Timeout | undefined;
  let said = '';
  const expiry = createAlarm(now, onChange);

  const apply = ({ accessKeys, problems }: Found) => {
    const here = indexKeys(accessKeys.filter((one) => one.namespace === namespace));
    keys = here.keys;
    const reasons = [...problems.map(({ error }) => error.message), ...here.problems];
    const problem = reasons.map((reason) => `an access key is refused: ${reason}`).join('\n');
    if (problem !== said && problem !== '') log(problem);
    said = problem;
    // The reason may be a passing one.
    clearTimeout(retry);
    if (problems.length > 0) retry = setTimeout(() => void follow(), retryDelay).unref();
    expiry.set([...keys.values()].map(({ until }) => until));
  };
  const follow = async () => {
    begun += 1;
    const turn = begun;
    // What cannot be read might have been revoked.
    const found = await read().catch((error: PaiError) => ({ accessKeys: [], problems: [{ error }] }));
    // It was overtaken by a later look, and knows less.
    if (turn < applied) return;
    applied = turn;
    apply(found);
    onChange();
  };

  const watch = await watchState(home, () => void follow(), { kinds: ['AccessKey'] });
  const first = await read().catch((thrown: unknown) => {
    watch.close();
    throw thrown;
  });
  if (applied === 0) apply(first);
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
      applied = Number.POSITIVE_INFINITY;
      expiry.close();
      clearTimeout(retry);
      watch.close();
    },
  };
}

/** What a look at the home has found. */
interface Found extends Pick<State, 'accessKeys'> {
  readonly problems: readonly Pick<State['problems'][number], 'error'>[];
}

interface Held {
  readonly key: AccessKey;
  /** Milliseconds since the epoch. */
  readonly until: number;
}

/** Milliseconds after which keys that could not be read are tried again. */
const retryDelay = 2_000;

/** By the first half of the hash, whose time to be found tells nothing of a key; the whole is compared in constant time. */
function bucketOf(hash: Buffer): string {
  return hash.toString('latin1', 0, 16);
}

function indexKeys(resources: readonly AccessKeyResource[]): {
  readonly keys: ReadonlyMap<string, Held>;
  readonly problems: readonly string[];
} {
  const named = Map.groupBy(resources, ({ spec }) => spec.hash);
  const shared = [...named.values()].filter((same) => same.length > 1);
  const all = [...named.values()].flatMap(([one, ...others]): [string, Held][] => {
    if (one === undefined || others.length > 0) return [];
    const { hash: text, providers, maxRequestsPerDay, expires } = one.spec;
    const hash = Buffer.from(text.slice('sha256:'.length), 'hex');
    const key = { name: one.name, providers: new Set(providers), maxRequestsPerDay, hash };
    return [[bucketOf(hash), { key, until: untilOf(expires) }]];
  });
  return {
    keys: new Map(all),
    problems: shared.map(
      (same) =>
        `${same.map(({ name }) => name).join(' and ')} have one hash, so that none of them is in force; delete all but one`,
    ),
  };
}

/** A date that there is not ends the key at once. */
function untilOf(expires: string | undefined): number {
  if (expires === undefined) return Number.POSITIVE_INFINITY;
  const time = readExpiryTime(expires);
  return Number.isNaN(time) ? 0 : time;
}
