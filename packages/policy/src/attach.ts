import {
  type AttachedProvider,
  createRedactor,
  PaiError,
  type ProviderContext,
  type ProviderPlugin,
  Secret,
  type SecretReader,
} from '@pai/core';
import type { Static, TSchema } from 'typebox';
import { compilePolicy } from './compile.ts';
import { isPlain } from './plain-schema.ts';
import type { PolicySpec } from './schema.ts';
import { plainCheck } from './schema-check.ts';

/** What a Provider is attached with, beside its type and its spec. */
export interface AttachOptions extends Partial<Omit<ProviderContext, 'name' | 'secrets'>> {
  /** Names it in audit lines and denials. */
  readonly name: string;
  /** The values of its Secret, by key. */
  readonly secrets: Readonly<Record<string, string>>;
  /** Whether the spec has been checked by the plugin's schema already. */
  readonly isChecked?: boolean;
}

/**
 * A Provider for `createPipeline`, made in code: the plugin's, with its policy compiled and its credentials masked. Without
 * `fetch` nothing is fetched, which types that exchange their credentials need. Throws `config_invalid` for a spec that
 * does not fit the plugin's schema and for a policy that cannot be compiled, and what the plugin throws.
 */
export function attachProvider<const Schema extends TSchema>(
  plugin: ProviderPlugin<Schema>,
  spec: Static<Schema>,
  { name, secrets, isChecked = false, ...context }: AttachOptions,
): AttachedProvider {
  if (!isChecked) assertFits(name, plugin as unknown as ProviderPlugin, spec);
  const { reader, known } = readerOf(name, secrets);
  const provider = plugin.create(spec, {
    isOffline: context.fetch === undefined,
    fetch: () => Promise.reject(unfetched(name)),
    signal: new AbortController().signal,
    now: Date.now,
    log: () => {},
    ...context,
    name,
    secrets: reader,
  });
  const { policy, config, scope, audit } = spec as SharedSpec;
  const { decide } = compilePolicy({
    name,
    type: plugin.type,
    policy,
    services: config?.services,
    plugin,
    scope: provider.scope,
    hasScope: Object.values(scope ?? {}).some((list) => list !== undefined) || provider.isScoped === true,
  });
  return {
    name,
    type: plugin.type,
    provider,
    decide,
    enforcement: audit?.enforcement ?? 'enforce',
    isLogged: audit?.logRequests ?? true,
    redactor: createRedactor(known),
  };
}

/** A rule under a misspelt key would be no rule at all. */
function assertFits(name: string, { type, spec: schema }: ProviderPlugin, spec: unknown): void {
  if (!isPlain(schema))
    throw new PaiError(
      'config_invalid',
      `${name}: the schema of type ${type} has rules that are not checked here; check the spec by it and attach it with isChecked: true`,
    );
  if (plainCheck.fits(schema, spec)) return;
  const at = misfitIn(schema, spec, 'spec');
  throw new PaiError('config_invalid', `${name}: ${at} is not as type ${type} has it; correct it`);
}

/** The innermost member that does not fit. */
function misfitIn(schema: TSchema, value: unknown, path: string): string {
  const { properties } = schema as { properties?: Readonly<Record<string, TSchema>> };
  if (properties === undefined || typeof value !== 'object' || value === null) return path;
  for (const [key, member] of Object.entries(value)) {
    const part = Object.hasOwn(properties, key) ? properties[key] : undefined;
    if (part === undefined) return `${path}.${key}`;
    if (member !== undefined && !plainCheck.fits(part, member))
      return misfitIn(part, member, `${path}.${key}`);
  }
  return path;
}

/** What every spec may hold of what is read here. */
interface SharedSpec {
  readonly policy?: PolicySpec;
  readonly config?: { readonly services?: readonly string[] };
  readonly scope?: Readonly<Record<string, unknown>>;
  readonly audit?: { readonly enforcement?: 'enforce' | 'audit'; readonly logRequests?: boolean };
}

/** Credentials of one name that are remembered: a service may still take the ones before the newest. */
const keptOfName = 3;

function readerOf(
  provider: string,
  values: Readonly<Record<string, string>>,
): { readonly reader: SecretReader; readonly known: () => readonly Secret[] } {
  const byName = new Map<string, readonly Secret[]>();
  let known: readonly Secret[] = [];
  const remember = (name: string, secret: Secret): Secret => {
    byName.set(name, [...(byName.get(name) ?? []), secret].slice(-keptOfName));
    known = [...byName.values()].flat();
    return secret;
  };
  return {
    known: () => known,
    reader: {
      read(key, options = {}) {
        const value = Object.hasOwn(values, key) ? values[key] : undefined;
        if (value === undefined)
          throw new PaiError(
            'secret_missing',
            `${provider}: no secret has the key ${key}; give it in secrets`,
          );
        const secret = new Secret(`${provider}/${key}`, value, options);
        return options.isIdentifier === true ? secret : remember(key, secret);
      },
      derive: (name, value) => remember(`derived ${name}`, new Secret(name, value)),
    },
  };
}

function unfetched(name: string): PaiError {
  return new PaiError(
    'destination_forbidden',
    `${name} was attached without fetch; give it one to get its tokens`,
  );
}
