import { setTimeout as delay } from 'node:timers/promises';
import type { Peer } from './peers/peer.ts';
import type { Plan } from './plan.ts';
import { cpuMicroseconds } from './process-cost.ts';
import type { RunningProxy } from './proxy.ts';
import type { Rig, Way, WayOptions } from './rig.ts';
import type { Service } from './services.ts';

/** What one round says of one peer, by the names of the scenario's measures. */
export type Sample = Readonly<Record<string, number>>;

/** A number that a scenario takes. */
export interface Measure {
  readonly name: string;
  /** With its unit, for the table. */
  readonly title: string;
  readonly digits: number;
}

/** The peers of a scenario that all of them can take part in. */
export const comparedPeers: readonly string[] = [
  'direct',
  'sidecar',
  'nginx',
  'haproxy',
  'tls-pipe',
  'go',
  'fastify',
  'srt',
  'mockttp',
  'mitmproxy',
];

/** One thing to measure, on every peer that has a place in it. */
export interface Scenario {
  /** `p1` and so on: the number of its goal. */
  readonly id: string;
  readonly title: string;
  /** How it is measured, in a sentence or two. */
  readonly method: string;
  /** The first one is also shown as a ratio to nginx's. */
  readonly measures: readonly Measure[];
  /** The first measure may be nothing at all, which no ratio can be of. */
  readonly hasNoRatio?: boolean;
  /** Names of the peers that have a place. */
  readonly peers: readonly string[];
  /** By peer, why it has no place though one might look for it. */
  readonly without?: Readonly<Record<string, string>>;
  /** Rounds of a full run. */
  readonly rounds: number;
  /**
   * Measures a peer once. Rejects when any answer is not the 200 that only the real credential gets. A function is the
   * part that may wait while others are measured.
   */
  readonly measure: (peer: Peer, rig: Rig, plan: Plan) => Promise<Sample | (() => Promise<Sample>)>;
}

/** Opens a way whose first answer was a 200, hands it on, and closes it. */
export async function onWay<Result>(
  rig: Rig,
  peer: Peer,
  service: Service,
  use: (way: Way) => Promise<Result>,
  options: WayOptions = {},
): Promise<Result> {
  const way = await rig.open(peer, service, options);
  try {
    expectAnswer(way);
    return await use(way);
  } finally {
    await rig
      .load()
      .do('close', {})
      .catch(() => {});
    await way.proxy?.stop();
  }
}

/** Rejects a way whose first answer was not a 200. */
export function expectAnswer({ proxy }: Way): void {
  if (proxy !== undefined && proxy.status !== 200) throw new Error(`the first answer was ${proxy.status}`);
}

/** How much of `full` a peer is asked for. */
export function amountFor({ pace = 1 }: Pick<Peer, 'pace'>, { scale }: Plan, full: number): number {
  return Math.max(1, Math.ceil(full * pace * scale));
}

/** CPU that a proxy uses for `work` and for `settling` milliseconds after it, in microseconds; 0 without one. */
export async function cpuOf(
  proxy: RunningProxy | undefined,
  { settling }: Plan,
  work: () => Promise<unknown>,
): Promise<number> {
  const before = proxy === undefined ? 0 : cpuMicroseconds(proxy.pid);
  await work();
  await delay(Math.min(settling, 100));
  return proxy === undefined ? 0 : cpuMicroseconds(proxy.pid) - before;
}
