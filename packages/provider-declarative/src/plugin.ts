import { defineProvider, PaiError, type ProviderPlugin, parseHostPattern, placeholderFor } from '@pai/core';
import { compileResourcePattern, createScope, credentialFields, providerSpec } from '@pai/policy';
import { Type } from 'typebox';
import { injectorOf, keysOf, slotsOf } from './credential.ts';
import { createDeny } from './denial.ts';
import { findTypeFaults } from './faults.ts';
import { createResolver } from './resolve.ts';
import type { ProviderTypeSpec } from './schema.ts';

const { secretRef, agentEnvVar } = credentialFields;

const auth = Type.Object(
  { secretRef, agentEnvVar },
  { additionalProperties: false, description: 'The credential.' },
);

const scope = Type.Object(
  {
    resources: Type.Optional(
      Type.Array(Type.String(), {
        description:
          'Resources the agent may reach, as the routes of the type name them. `*` is any run of characters.',
      }),
    ),
  },
  { additionalProperties: false, description: 'What the agent may reach.' },
);

/**
 * The provider type called `type` that a checked spec declares. Throws `config_invalid` with the first fault of one that
 * has any.
 */
export function declareProvider(type: string, spec: ProviderTypeSpec): ProviderPlugin {
  const [fault] = findTypeFaults(spec);
  if (fault !== undefined) throw new PaiError('config_invalid', `provider type ${type}: ${fault.message}`);
  const slots = spec.auth ?? [];
  const resolve = createResolver(type, spec);
  const deny = spec.denial && createDeny(spec.denial);
  const parts = { type, scope } as const;
  // A type without a credential takes no spec.auth.
  const schema = (slots.length === 0 ? providerSpec(parts) : providerSpec({ ...parts, auth })) as ReturnType<
    typeof providerSpec<{ type: string; auth: typeof auth; scope: typeof scope }>
  >;
  const [first = 'token', ...others] = keysOf(slots);
  const plugin = defineProvider({
    apiVersion: 'v1',
    type,
    spec: schema,
    secretKeys: () => [{ key: first }, ...others.map((key) => ({ key }))],
    actionNames: () =>
      spec.routes.flatMap(({ action, also = [] }) => [action, ...also.map((one) => one.action)]),
    create: (provider, { name, secrets }) => ({
      hosts: (provider.host === undefined ? spec.hosts : [provider.host]).map((host) =>
        parseHostPattern(host),
      ),
      placeholders: { env: placeholdersOf(spec, name, provider.auth?.agentEnvVar) },
      credentialSlots: slotsOf(slots),
      resolve,
      scope: createScope('scope.resources', provider.scope?.resources, compileResourcePattern),
      inject: injectorOf(slots, secrets),
      ...(deny !== undefined && { deny }),
    }),
  });
  return plugin as unknown as ProviderPlugin;
}

function placeholdersOf(
  { placeholders = {} }: ProviderTypeSpec,
  name: string,
  agentEnvVar: string | undefined,
): Record<string, string> {
  const placeholder = placeholderFor(name);
  const env = Object.entries(placeholders).map(([variable, text]) => [
    variable,
    text.replaceAll('{placeholder}', placeholder),
  ]);
  return { ...Object.fromEntries(env), ...(agentEnvVar !== undefined && { [agentEnvVar]: placeholder }) };
}
