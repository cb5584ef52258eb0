import { keyHolder, PaiError, type RawHeaders } from '@pai/core';
import type { Exchange } from '../agent/exchange.ts';
import { rewriteAnswer } from '../agent/rewrite-answer.ts';
import { createRegister, type Registered } from '../register.ts';
import type { AccessKey, KeyRing } from './key-ring.ts';
import type { Place } from './place.ts';
import { rewriteFields } from './response-fields.ts';

/** Whose a request is, and what it is for. */
export interface Visit {
  readonly key: AccessKey;
  /** The Provider's name; undefined: several. */
  readonly provider: string | undefined;
}

/** The requests that are under way. */
export interface Visits {
  /** The exchange of a visit, which ends when its key does. */
  enter(exchange: Exchange, visit: Visit): Exchange;
  readonly size: () => number;
  /** Cuts off everything whose key is in force no longer. */
  recheck(ring: Pick<KeyRing, 'holds'>): void;
}

interface UnderWay extends Registered, Visit {
  readonly exchange: Exchange;
  isCut: boolean;
}

/** Knows none. */
export function createVisits(): Visits {
  const underWay = createRegister<UnderWay>();
  return {
    enter(exchange, visit) {
      const current: UnderWay = { ...visit, exchange, isCut: false, index: 0 };
      underWay.add(current);
      let isOver = false;
      exchange.onClose(() => {
        if (!isOver) underWay.remove(current);
        isOver = true;
      });
      return {
        ...exchange,
        onClose: (listener) =>
          exchange.onClose((end) => listener(current.isCut ? revokedKey(visit.key) : end)),
      };
    },
    size: underWay.size,
    recheck(ring) {
      for (const current of underWay.items()) {
        if (ring.holds(current.key, current.provider)) continue;
        current.isCut = true;
        current.exchange.abort();
      }
    },
  };
}

/** Why nothing more comes with a key. */
export function revokedKey({ name }: AccessKey): PaiError {
  return new PaiError('access_key_refused', `the access key ${name} was revoked, changed or has expired`);
}

/** What makes an agent's exchange one of a Provider's. */
export interface GateOptions extends Visit {
  readonly place: Place;
  readonly origin: string;
  readonly isSticky: boolean;
}

/** The exchange as the engine is to see it: from the key's holder, for the Provider, and with URLs that lead back here. */
export function gateExchange(exchange: Exchange, { key, place, ...options }: GateOptions): Exchange {
  const agent = keyHolder(key.name);
  const { base } = place;
  const rewrite = (headers: RawHeaders) => rewriteFields([...headers], { ...options, place });
  return {
    ...rewriteAnswer(exchange, rewrite),
    facts: () => ({ ...exchange.facts(), agent }),
    read: () => ({
      ...exchange.read(),
      agent,
      provider: place.provider.name,
      ...(base !== undefined && { base }),
    }),
  };
}

/** The exchange of a request that is refused, with fields that say more. */
export function refuseExchange(
  exchange: Exchange,
  error: PaiError,
  fields: RawHeaders,
  agent: string | undefined,
): Exchange {
  return {
    ...exchange,
    facts: () => ({ ...exchange.facts(), ...(agent !== undefined && { agent }) }),
    read() {
      throw error;
    },
    start: (status, headers, isEmpty) => exchange.start(status, [...headers, ...fields], isEmpty),
  };
}
