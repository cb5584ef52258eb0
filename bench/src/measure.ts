import { setTimeout as delay } from 'node:timers/promises';
import type { Plan } from './plan.ts';
import { cpuMicroseconds, memoryOf } from './process-cost.ts';
import { type RunningProxy, startProxy } from './proxy.ts';
import type { Site } from './site.ts';
import type { Variant } from './variants.ts';
import type { Load } from './workers.ts';

/** What one round says of one variant. Microseconds, MiB and, for `startMs`, milliseconds. */
export interface Sample {
  /** Requests per second on all connections. */
  readonly rate: number;
  /** Latency of one connection. */
  readonly p50: number;
  readonly p99: number;
  /** What only a proxy has. */
  readonly proxy?: ProxySample;
}

/** What a round says of a proxy's process, children included. */
export interface ProxySample {
  /** CPU per request under load. */
  readonly cpu: number;
  /** From spawn to the first proxied 200. */
  readonly startMs: number;
  /** Memory after the first answer. */
  readonly idleRss: number;
  readonly idleAnon: number;
  /** Memory after the load. */
  readonly loadedRss: number;
}

/** Everything a measurement stands on. */
export interface Rig {
  readonly site: Site;
  readonly load: Load;
  readonly upstreamPort: number;
}

/** Measures one variant once. Rejects when any answer is not the 200 that only the real credential gets. */
export async function measure(
  variant: Variant,
  { site, load, upstreamPort }: Rig,
  plan: Plan,
): Promise<Sample> {
  const proxy = await startProxy(variant, site, upstreamPort);
  try {
    if (proxy !== undefined && proxy.status !== 200) throw new Error(`the first answer was ${proxy.status}`);
    const port = proxy?.port ?? upstreamPort;
    await delay(plan.settling);
    const idle = proxy && memoryOf(proxy.pid);
    await load.open(port, 1, variant.token);
    await load.run(Math.ceil(plan.warmUp / 4));
    const single = await load.run(plan.single);
    await load.open(port, plan.connections, variant.token);
    await load.run(plan.warmUp);
    const before = proxy && cpuMicroseconds(proxy.pid);
    const many = await load.run(plan.requests);
    const cpu = proxy && (cpuMicroseconds(proxy.pid) - (before ?? 0)) / plan.requests;
    await load.rest();
    await delay(plan.settling);
    return {
      rate: plan.requests / many.seconds,
      p50: single.p50,
      p99: single.p99,
      ...(proxy !== undefined &&
        idle !== undefined &&
        cpu !== undefined && { proxy: { cpu, ...costOf(proxy), idleRss: idle.rss, idleAnon: idle.anon } }),
    };
  } catch (thrown) {
    throw new Error(`${variant.name}: ${(thrown as Error).message}`, { cause: thrown });
  } finally {
    await load.rest().catch(() => {});
    await proxy?.stop();
  }
}

function costOf({ pid, startMs }: RunningProxy): Pick<ProxySample, 'startMs' | 'loadedRss'> {
  return { startMs, loadedRss: memoryOf(pid).rss };
}
