import type { LeafStore } from './leaf-store.ts';

/** Most leaves that are made before an agent asks for them; each holds some 30 KiB. */
const most = 250;

/** Milliseconds to let a start come to its end with its first request, which would wait for all of them, and a reload's first requests pass. */
const patience = 250;

/**
 * Takes the hosts of a configuration and makes their leaves, so that the first agent does not wait for one: after the
 * start, and one in a turn of the event loop.
 */
export function createEarlyLeaves(leafFor: LeafStore): (hosts: Iterable<string>) => void {
  let waiting: string[] = [];
  let isScheduled = false;
  const next = () => {
    const host = waiting.shift();
    isScheduled = host !== undefined;
    if (host === undefined) return;
    leafFor(host).secureContext;
    setImmediate(next).unref();
  };
  return (hosts) => {
    waiting = firstOf(hosts);
    if (isScheduled) return;
    isScheduled = true;
    setTimeout(next, patience).unref();
  };
}

function firstOf(hosts: Iterable<string>): string[] {
  const found = new Set<string>();
  for (const host of hosts) {
    if (found.size === most) break;
    found.add(host);
  }
  return [...found];
}
