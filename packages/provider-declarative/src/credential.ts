import {
  type AuthInjector,
  basicInjector,
  type CredentialSlots,
  headerInjector,
  isFramingField,
  queryInjector,
  type Secret,
  type SecretReader,
  setHeader,
} from '@pai/core';
import type { Fault } from './faults.ts';
import type { SlotSpec } from './schema.ts';

/** What is wrong with the places for a credential. */
export function authFaults(slots: readonly SlotSpec[]): readonly Fault[] {
  return slots.flatMap((slot, i) => {
    const why = misfit(slot) ?? (isTaken(slots, i) ? 'is a place that another one has' : undefined);
    return why === undefined ? [] : [{ path: ['auth', i], message: `spec.auth[${i}] ${why}` }];
  });
}

function misfit({ in: place, name, prefix, user, userKey }: SlotSpec): string | undefined {
  if (place === 'basic') {
    if ((name ?? prefix) !== undefined) return 'is basic, which has no name and no prefix; remove them';
    return user !== undefined && userKey !== undefined ? 'has user and userKey; keep one' : undefined;
  }
  if ((user ?? userKey) !== undefined) return 'has a user, which only basic has; remove it';
  if (name === undefined) return `is in a ${place}, and has no name; add it`;
  if (place !== 'header')
    return prefix === undefined ? undefined : 'has a prefix, which only a header has; remove it';
  // A credential in a cookie is in a part of it.
  const isMisplaced = isFramingField(name) || name.toLowerCase() === 'cookie';
  return isMisplaced ? `names ${name}, which cannot hold a credential` : undefined;
}

function isTaken(slots: readonly SlotSpec[], at: number): boolean {
  const key = placeOf(slots[at]);
  return slots.slice(0, at).some((slot) => placeOf(slot) === key);
}

function placeOf(slot: SlotSpec | undefined): string {
  if (slot?.in === 'basic') return 'header authorization';
  const name = slot?.name?.toLowerCase() ?? '';
  return slot?.in === 'cookie' ? 'header cookie' : `${slot?.in} ${name}`;
}

/** What is emptied. The agent's own Authorization always is: a service might honour it beside the credential. */
export function slotsOf(slots: readonly SlotSpec[]): CredentialSlots {
  const named = (place: SlotSpec['in']) =>
    slots.flatMap((slot) => (slot.in === place ? (slot.name ?? []) : []));
  const cookie = slots.some((slot) => slot.in === 'cookie') ? ['cookie'] : [];
  return { headers: ['authorization', ...cookie, ...named('header')], query: named('query') };
}

/** The keys of the Secret that the places hold, each once. */
export function keysOf(slots: readonly SlotSpec[]): readonly string[] {
  return [...new Set(slots.flatMap((slot) => [slot.userKey ?? [], passwordKey(slot) ?? []].flat()))];
}

/** The key of what stands in the place; none where it is Basic with a user alone. */
function passwordKey({ in: place, userKey, secretKey }: SlotSpec): string | undefined {
  if (secretKey !== undefined) return secretKey;
  return place === 'basic' && userKey !== undefined ? undefined : 'token';
}

/** Fills every place. */
export function injectorOf(slots: readonly SlotSpec[], secrets: SecretReader): AuthInjector {
  const injectors = slots.map((slot) => injectorFor(slot, secrets));
  return async (request) => {
    for (const inject of injectors) await inject(request);
  };
}

function injectorFor(slot: SlotSpec, secrets: SecretReader): AuthInjector {
  const { in: place, name = 'authorization', prefix = '', user = '', userKey } = slot;
  const key = passwordKey(slot);
  if (place === 'basic' && userKey !== undefined) {
    return pairInjector(secrets.read(userKey), key === undefined ? undefined : secrets.read(key));
  }
  const secret = secrets.read(key ?? 'token');
  if (place === 'basic') return basicInjector(user, secret);
  if (place === 'query') return queryInjector(name, secret);
  return place === 'cookie'
    ? headerInjector('cookie', `${name}=`, secret)
    : headerInjector(name, prefix, secret);
}

/** HTTP Basic (RFC 7617) whose user name is confidential too. */
function pairInjector(user: Secret, password: Secret | undefined): AuthInjector {
  return ({ headers }) => {
    const pair = Buffer.from(`${user.reveal()}:${password?.reveal() ?? ''}`).toString('base64');
    setHeader(headers, 'authorization', `Basic ${pair}`);
  };
}
