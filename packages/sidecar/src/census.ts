import type { ComposedProvider } from './compose.ts';
import type { ResourceKind } from './config.ts';
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
  const holds = (kind: ResourceKind, wanted: string) =>
    [...state.providers, ...state.agents, ...state.types, ...state.problems].some(
      (held) => held.kind === kind && held.namespace === namespace && held.name === wanted,
    );
  const members = state.agents.find((held) => held.name === agent && held.namespace === namespace)?.spec
    .providers;
  return attached.filter(({ name, resource }) => {
    const secret = resource.spec.auth?.secretRef;
    const hasSecret =
      secret === undefined || secrets.some((held) => held.name === secret && held.namespace === namespace);
    const isMember = agent === undefined || (holds('Agent', agent) && members?.includes(name) !== false);
    const hasType = resource.plugin === undefined || holds('ProviderType', resource.spec.type);
    const held = state.providers.find((one) => one.name === name && one.namespace === namespace);
    const isHeld = held === undefined ? holds('Provider', name) : isWanted(held);
    return isHeld && hasType && hasSecret && isMember;
  });
}
