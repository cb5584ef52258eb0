import type { Peer } from './peers/peer.ts';
import type { Plan } from './plan.ts';
import { openRig, type Rig } from './rig.ts';
import type { Sample, Scenario } from './scenario.ts';
import { api } from './services.ts';
import { startUpstream } from './workers.ts';

/** What a run says of one scenario. */
export interface ScenarioResult {
  /** By peer; the same place in two lists is the same round, and null a round that failed or was skipped. */
  readonly samples: Readonly<Record<string, readonly (Sample | null)[]>>;
  /** Why a peer has no number, by peer. */
  readonly failures: Readonly<Record<string, string>>;
}

/** Results by scenario. */
export type Results = Readonly<Record<string, ScenarioResult>>;

interface Growing {
  readonly samples: Record<string, (Sample | null)[]>;
  readonly failures: Record<string, string>;
}

/** Everything that a run says. */
export interface Run {
  readonly results: Results;
  /** Peers that gave the credential to an impostor of the service, whose certificate nobody they trust has signed. */
  readonly trusting: readonly string[];
}

/** Runs every round, with the peers of each scenario in random order. */
export async function runRounds(
  { scenarios, peers, plan }: { scenarios: readonly Scenario[]; peers: readonly Peer[]; plan: Plan },
  note: (line: string) => void,
): Promise<Run> {
  const rig = await openRig();
  const results: Record<string, Growing> = Object.fromEntries(
    scenarios.map(({ id }) => [id, { samples: {}, failures: {} }]),
  );
  const roundsOf = (scenario: Scenario) => plan.rounds ?? scenario.rounds;
  const peersOf = (round: number) =>
    peers.filter(({ isForScale = false }) => round === 1 || plan.isFull || !isForScale);
  try {
    const trusting = await findTrusting(peers, rig);
    if (trusting.length > 0) note(`does not verify the upstream: ${trusting.join(', ')}`);
    for (let round = 1; round <= Math.max(...scenarios.map(roundsOf)); round += 1) {
      for (const scenario of scenarios.filter((each) => round <= roundsOf(each))) {
        const result = results[scenario.id];
        if (result !== undefined)
          await runRound(scenario, peersOf(round), rig, plan, result, (line) =>
            note(`round ${round}: ${line}`),
          );
      }
    }
    return { results, trusting };
  } finally {
    await rig.close();
  }
}

async function runRound(
  scenario: Scenario,
  peers: readonly Peer[],
  rig: Rig,
  plan: Plan,
  { samples, failures }: Growing,
  note: (line: string) => void,
): Promise<void> {
  const pending: Promise<void>[] = [];
  for (const peer of shuffled(peers.filter((each) => hasPlace(each, scenario)))) {
    const line = samples[peer.name] ?? [];
    samples[peer.name] = line;
    const at = line.push(null) - 1;
    if (failures[peer.name] !== undefined) continue;
    const say = (text: string) => note(`${scenario.id}: ${peer.name}: ${text}`);
    const take = (sample: Sample) => {
      line[at] = sample;
      say(shown(scenario, sample));
    };
    const fail = async (thrown: unknown) => {
      failures[peer.name] = (thrown as Error).message.trim().split('\n')[0] ?? '';
      say(`FAILED: ${(thrown as Error).message}`);
      await rig.renewLoad();
    };
    try {
      const sample = await scenario.measure(peer, rig, plan);
      if (typeof sample === 'function') pending.push(sample().then(take).catch(fail));
      else take(sample);
    } catch (thrown) {
      await fail(thrown);
    }
  }
  await Promise.all(pending);
}

async function findTrusting(peers: readonly Peer[], rig: Rig): Promise<string[]> {
  const impostor = await startUpstream(api, rig.site.impostors);
  try {
    const trusting: string[] = [];
    for (const peer of peers.filter(({ role, launch }) => launch !== undefined && role === 'inject'))
      if (await trusts(peer, rig, impostor.port)) trusting.push(peer.name);
    return trusting;
  } finally {
    impostor.close();
  }
}

/** Whether a peer's answer through an impostor is the impostor's. */
export async function trusts(peer: Peer, rig: Rig, impostorPort: number): Promise<boolean> {
  const { proxy } = await rig.open(peer, api, { upstreamPort: impostorPort });
  await proxy?.stop();
  return proxy !== undefined && proxy.status < 500;
}

/** A form of the sidecar that was asked for has the sidecar's place. */
function hasPlace({ name, isExtra }: Peer, { peers }: Scenario): boolean {
  return peers.includes(name) || (isExtra === true && peers.includes('sidecar'));
}

function shown({ measures }: Scenario, sample: Sample): string {
  return measures
    .flatMap(({ name, title, digits }) => {
      const value = sample[name];
      return value === undefined ? [] : [`${title} ${value.toFixed(digits)}`];
    })
    .join('; ');
}

function shuffled<T>(items: readonly T[]): T[] {
  return items
    .map((item) => ({ item, rank: Math.random() }))
    .sort((one, other) => one.rank - other.rank)
    .map(({ item }) => item);
}
