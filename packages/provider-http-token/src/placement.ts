import {
  type AuthInjector,
  type CredentialSlots,
  headerInjector,
  isFramingField,
  PaiError,
  queryInjector,
  type Secret,
} from '@pai/core';

/** Where `spec.auth` says the key goes. */
export interface PlacementSpec {
  readonly type: 'bearer' | 'api-key';
  readonly header?: string;
  readonly prefix?: string;
  readonly param?: string;
}

/** Where the key is written, and what is emptied before. */
export interface Placement {
  readonly slots: CredentialSlots;
  readonly injectorFor: (secret: Secret) => AuthInjector;
}

/**
 * Reads where the key goes. The agent's own Authorization is always dropped, since a service might honour it beside the
 * key. Throws `config_invalid` for fields that contradict each other and for headers that frame the message.
 */
export function placementOf({ type, header, prefix, param }: PlacementSpec): Placement {
  if (type === 'bearer' && (header ?? prefix ?? param) !== undefined) {
    throw invalid('header, prefix and param do not go with type bearer', 'write type: api-key');
  }
  if (param !== undefined) {
    if ((header ?? prefix) !== undefined) {
      throw invalid('param does not go with header or prefix', 'keep the one the service reads');
    }
    return {
      slots: { headers: ['authorization'], query: [param] },
      injectorFor: (secret) => queryInjector(param, secret),
    };
  }
  const name = header ?? 'authorization';
  if (isFramingField(name))
    throw invalid(`header ${header} cannot hold a key`, 'name the one the service reads');
  return {
    slots: { headers: ['authorization', name] },
    injectorFor: (secret) => headerInjector(name, prefix ?? 'Bearer ', secret),
  };
}

function invalid(why: string, remedy: string): PaiError {
  return new PaiError('config_invalid', `spec.auth: ${why}; ${remedy}`);
}
