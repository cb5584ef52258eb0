import { isIPv6 } from 'node:net';

/** Counts of what was refused, by address. */
export interface Failures {
  /** Counts one. False when the address has had too many. */
  note(address: string | undefined): boolean;
}

/** Refusals that an address gets an explanation for, and milliseconds until it is forgotten. */
const most = 30;
const memory = 60_000;

/** Most addresses that are remembered. */
const mostAddresses = 10_000;

/**
 * Limits what one address (of IPv6, one /64) can make the gateway do without a key. A key cannot be guessed; this keeps the
 * trying cheap. Whoever has a key is never kept out by others at the same address.
 */
export function createFailures(now: () => number): Failures {
  const known = new Map<string, { count: number; readonly until: number }>();
  return {
    note(address = '') {
      const group = groupOf(address);
      const found = known.get(group);
      const entry = found !== undefined && now() < found.until ? found : { count: 0, until: now() + memory };
      entry.count += 1;
      known.delete(group);
      known.set(group, entry);
      const [oldest] = known.keys();
      if (known.size > mostAddresses && oldest !== undefined) known.delete(oldest);
      return entry.count <= most;
    },
  };
}

function groupOf(address: string): string {
  const plain = address.replace(/^::ffff:(?=\d+\.)/, '').replace(/%.*$/, '');
  if (!isIPv6(plain)) return plain;
  const [before = '', after] = plain.split('::');
  const head = before.split(':');
  const tail = after === undefined ? [] : after.split(':');
  const zeros = Array.from({ length: Math.max(0, 8 - head.length - tail.length) }, () => '0');
  return [...head, ...zeros, ...tail].slice(0, 4).join(':');
}
