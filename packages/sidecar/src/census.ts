import type { ComposedProvider } from './compose.ts';
import type { ResourceId, ResourceKind } from './config.ts';
import type { State } from './load-state.ts';
import type { SecretEntry } from './secrets.ts';
import type { Selection } from './select.ts';

/**
 * The Providers that a home still holds, with their Agent and their Secret, whatever else in it is broken. A file that
 * cannot be read counts as held: it is a mistake in an edit, not a deletion.
 */
export function stillHeld(
  attached: readonly ComposedProvider[],
  state: State,
  secrets: readonly SecretEntry[],
  { namespace = 'default', agent, isWanted = () => true }: Selection,
): readonly ComposedProvider[] {
  const here = <T extends { readonly namespace: string }>(all: readonly T[]) =>
    all.filter((held) => held.namespace === namespace);
  const stored = here<ResourceId>([...state.providers, ...state.agents, ...state.types, ...state.problems]);
  const known = new Set(stored.map(({ kind, name }) => `${kind} ${name}`));
  const holds = (kind: ResourceKind, name: string) => known.has(`${kind} ${name}`);
  const secretNames = new Set(here(secrets).map(({ name }) => name));
  const providers = new Map(here(state.providers).map((held) => [held.name, held]));
  const named = here(state.agents).find(({ name }) => name === agent)?.spec.providers;
  const members = named && new Set(named);
  return attached.filter(({ name, resource }) => {
    const secret = resource.spec.auth?.secretRef;
    const hasSecret = secret === undefined || secretNames.has(secret);
    const isMember = agent === undefined || (holds('Agent', agent) && members?.has(name) !== false);
    const hasType = resource.plugin === undefined || holds('ProviderType', resource.spec.type);
    const held = providers.get(name);
    const isHeld = held === undefined ? holds('Provider', name) : isWanted(held);
    return isHeld && hasType && hasSecret && isMember;
  });
}
