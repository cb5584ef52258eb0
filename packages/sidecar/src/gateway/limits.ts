import { PaiError, type RawHeaders } from '@pai/core';
import type { ComposedProvider } from '../compose.ts';
import { type DailyCounts, type Meter, secondsToMidnight } from './daily-counts.ts';
import type { AccessKey } from './key-ring.ts';

/** What a request uses: the key, and the Provider where it is for one. */
export function readLimits(key: AccessKey, provider?: ComposedProvider): readonly Meter[] {
  const { name, hash, maxRequestsPerDay } = key;
  const ofKey = {
    id: `key.${name}.${hash.toString('hex', 0, 8)}`,
    limit: maxRequestsPerDay,
    what: `the access key ${name}`,
  };
  return provider === undefined ? [ofKey] : [ofKey, limitOf(provider)];
}

/** What a request to a Provider uses beside its key. */
export function limitOf({ name, resource }: ComposedProvider): Meter {
  return {
    id: `provider.${resource.namespace}.${name}`,
    limit: resource.spec.externalAccess?.maxRequestsPerDay,
    what: `the Provider ${name}`,
  };
}

/** Counts a use of all of `meters`, or throws `limit_reached` and says in `said.fields` when to come again. */
export function takeUse(
  counts: DailyCounts,
  meters: readonly Meter[],
  now: number,
  said: { fields: RawHeaders } = { fields: [] },
): void {
  const full = counts.take(meters);
  if (full === undefined) return;
  const seconds = secondsToMidnight(now);
  said.fields = ['retry-after', String(seconds)];
  throw new PaiError(
    'limit_reached',
    `${full.what} has had its ${full.limit} requests of today (maxRequestsPerDay); the next day begins at midnight UTC, in ${seconds} seconds`,
  );
}
