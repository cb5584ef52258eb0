import { PaiError } from '@pai/core';
import { nearestKey, type ResourceKind } from '@pai/sidecar';

const words: Readonly<Record<string, ResourceKind>> = {
  provider: 'Provider',
  providers: 'Provider',
  service: 'Provider',
  services: 'Provider',
  agent: 'Agent',
  agents: 'Agent',
  secret: 'Secret',
  secrets: 'Secret',
  providertype: 'ProviderType',
  providertypes: 'ProviderType',
  type: 'ProviderType',
  types: 'ProviderType',
  'access-key': 'AccessKey',
  'access-keys': 'AccessKey',
};

/** The kind that a word on the command line means. Throws `usage` for any other word. */
export function kindOf(word: string): ResourceKind {
  const kind = Object.hasOwn(words, word) ? words[word] : undefined;
  if (kind !== undefined) return kind;
  const nearest = nearestKey(word, Object.keys(words));
  const remedy =
    nearest === undefined
      ? 'use provider, agent, secret, providertype or access-key'
      : `did you mean ${nearest}`;
  throw new PaiError('usage', `${JSON.stringify(word)} is not a kind of resource; ${remedy}`);
}
