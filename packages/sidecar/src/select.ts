import type { PaiError } from '@pai/core';
import type { AgentResource, ProviderResource, ResourceKind } from './config.ts';
import type { State } from './load-state.ts';
import { missingResource } from './state.ts';

/** Which Providers of a home: by name, by an Agent that names them, or all. */
export interface Selection {
  /** Default `default`. */
  readonly namespace?: string | undefined;
  readonly names?: readonly string[] | undefined;
  readonly agent?: string | undefined;
  /** Of those, which. Default all. */
  readonly isWanted?: ((provider: ProviderResource) => boolean) | undefined;
}

/** Decides whether what is not there is left out (`true`) or is an error (`false`). */
export type LeavesOut = (error: PaiError, resource?: ProviderResource) => boolean;

/**
 * The selected Providers, in the order in which they were named, and a warning for each file that is broken but not
 * needed. Throws `state_corrupt`, and `resource_missing` for what `leavesOut` does not leave out.
 */
export function selectProviders(
  state: State,
  { namespace = 'default', names, agent, isWanted = () => true }: Selection,
  leavesOut: LeavesOut = () => false,
): { readonly providers: readonly ProviderResource[]; readonly warnings: readonly string[] } {
  const orLeftOut = <T>(find: () => T): T | undefined => {
    try {
      return find();
    } catch (thrown) {
      const error = thrown as PaiError;
      if (error.code === 'resource_missing' && leavesOut(error)) return undefined;
      throw thrown;
    }
  };
  const inNamespace = state.providers.filter((provider) => provider.namespace === namespace);
  const all = () => {
    const broken = state.problems.find((problem) => isOne(problem, 'Provider', namespace));
    if (broken !== undefined) throw broken.error;
    return inNamespace.map(({ name }) => name);
  };
  const ofAgent = (name: string) => orLeftOut(() => findAgent(state, namespace, name))?.spec.providers ?? [];
  const wanted = names ?? (agent === undefined ? all() : ofAgent(agent));
  const byName = new Map(inNamespace.map((provider) => [provider.name, provider]));
  const named = (name: string) => byName.get(name) ?? fail(state, 'Provider', namespace, name);
  const providers = wanted.flatMap((name) => orLeftOut(() => named(name)) ?? []).filter(isWanted);
  const warnings = state.problems.map(({ error }) => error.message);
  return { providers: [...new Set(providers)], warnings };
}

/** The Agent called `name`. Throws why it cannot be had: `state_corrupt` or `resource_missing`. */
export function findAgent(state: State, namespace: string, name: string): AgentResource {
  const found = state.agents.find((agent) => agent.namespace === namespace && agent.name === name);
  return found ?? fail(state, 'Agent', namespace, name);
}

function fail(state: State, kind: ResourceKind, namespace: string, name: string): never {
  const broken = state.problems.find((problem) => isOne(problem, kind, namespace) && problem.name === name);
  if (broken !== undefined) throw broken.error;
  const others = kind === 'Agent' ? state.agents : state.providers;
  throw missingResource({ kind, namespace, name }, others);
}

function isOne(
  problem: { kind: ResourceKind; namespace: string },
  kind: ResourceKind,
  namespace: string,
): boolean {
  return problem.kind === kind && problem.namespace === namespace;
}
