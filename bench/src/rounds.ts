import { measure, type Rig, type Sample } from './measure.ts';
import type { Plan } from './plan.ts';
import { createSite } from './site.ts';
import type { Variant } from './variants.ts';
import { startLoad, startUpstream } from './workers.ts';

/** Samples by variant name; the same place in two lists is the same round. */
export type Rounds = Readonly<Record<string, readonly Sample[]>>;

/** Runs every round, with the variants of each in random order. */
export async function runRounds(
  variants: readonly Variant[],
  plan: Plan,
  note: (line: string) => void,
): Promise<Rounds> {
  const rig = await openRig();
  try {
    const samples: Record<string, Sample[]> = Object.fromEntries(variants.map(({ name }) => [name, []]));
    for (let round = 1; round <= plan.rounds; round += 1) {
      for (const variant of shuffled(variants)) {
        const sample = await measure(variant, rig, plan);
        samples[variant.name]?.push(sample);
        const cpu = sample.proxy === undefined ? '' : `, ${sample.proxy.cpu.toFixed(1)} us CPU a request`;
        note(`round ${round}: ${variant.name}: ${sample.rate.toFixed(0)} requests a second${cpu}`);
      }
    }
    return samples;
  } finally {
    await rig.close();
  }
}

/** Sets up everything that measurements stand on. `close` takes it down. */
export async function openRig(): Promise<Rig & { close(): Promise<void> }> {
  const site = await createSite();
  const closers: (() => void)[] = [];
  const close = async () => {
    for (const end of closers) end();
    await site.remove();
  };
  try {
    const upstream = await startUpstream(site.certFile, site.keyFile);
    closers.push(upstream.close);
    const load = await startLoad(site.caFile);
    closers.push(load.close);
    return { site, load, upstreamPort: upstream.port, close };
  } catch (thrown) {
    await close();
    throw thrown;
  }
}

function shuffled<T>(items: readonly T[]): T[] {
  return items
    .map((item) => ({ item, rank: Math.random() }))
    .sort((one, other) => one.rank - other.rank)
    .map(({ item }) => item);
}
