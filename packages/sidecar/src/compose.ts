import {
  type AttachedProvider,
  createRedactor,
  isSearchable,
  PaiError,
  type ProviderContext,
  type ProviderPlugin,
  Secret,
  shortestSearchable,
  toPaiError,
} from '@pai/core';
import { compilePolicy, type Policy } from '@pai/policy';
import type { ApprovalSource } from './approvals/follow.ts';
import type { ProviderResource, ProviderSpec } from './config.ts';
import type { DeclaredTypes } from './declared.ts';
import type { State } from './load-state.ts';
import { openSecrets } from './open-secrets.ts';
import { createPauses } from './pauses.ts';
import { restrictFetch } from './plugin-fetch.ts';
import { createProvider, loadPluginFor, type Plugins } from './plugins.ts';
import { formatPlace, type ValuePath } from './problems.ts';
import { trackSecrets } from './redact/secrets.ts';
import { readResources, type SourceFile } from './resources.ts';
import type { SecretSource, StoredSecret } from './secrets.ts';
import { type LeavesOut, type Selection, selectProviders } from './select.ts';
import { findTakenHosts } from './taken-hosts.ts';
import type { PluginSend } from './upstream-fetch.ts';

/** A Provider made ready, with what `explain` and `describe` show of it. */
export interface ComposedProvider extends AttachedProvider {
  readonly resource: ProviderResource;
  readonly plugin: ProviderPlugin;
  readonly policy: Policy;
  /** What is valid but surely not meant. */
  readonly warnings: readonly string[];
  /** Ends what the Provider does by itself, when it does not serve any more. */
  readonly end: () => void;
}

/** Providers made ready, in order, and sentences about what is valid but surely not meant. */
export interface Composition {
  readonly attached: readonly ComposedProvider[];
  readonly warnings: readonly string[];
}

/** A Provider and what it was made with beside its resource. */
export interface MadeProvider {
  readonly secrets: StoredSecret;
  readonly composed: ComposedProvider;
}

/** What plugins are created with. */
export interface ComposeContext {
  readonly plugins: Plugins;
  /** Types that are declared elsewhere than in the documents. */
  readonly declared?: DeclaredTypes;
  /** Milliseconds since the epoch. Default the system's clock. */
  readonly now?: () => number;
  /** Takes what plugins have to say. Default: nobody. */
  readonly log?: (message: string) => void;
  /** Where Providers that pin their tools get the approvals from. Default: no tool is approved. */
  readonly approvals?: ApprovalSource;
  /** How plugins reach their services' token endpoints, over verified TLS. Default: not at all. */
  readonly send?: PluginSend;
  /**
   * What was made before and has not ended: a Provider whose resource and Secret are what they were is taken from it.
   * Filled in passing.
   */
  readonly made?: WeakMap<ProviderResource, MadeProvider>;
  /** Asked about a Provider, Agent or Secret that is not there. Default: it is an error. */
  readonly leavesOut?: LeavesOut;
}

/** What `composeProviders` takes from a home. */
export interface ComposeOptions extends ComposeContext, Selection {
  readonly state: State;
  readonly secrets: SecretSource;
}

/**
 * Makes the selected Providers of a home ready for a pipeline. Throws one error of all that is wrong, a line each with
 * file and line: `config_invalid`, `secret_missing`, `secret_invalid`, `state_corrupt` or `resource_missing`.
 */
export async function composeProviders(options: ComposeOptions): Promise<Composition> {
  const { providers, warnings } = selectProviders(options.state, options, options.leavesOut);
  const composed = await composeResources(providers, options.secrets, options);
  return { attached: composed.attached, warnings: [...warnings, ...composed.warnings] };
}

/** Makes the Providers in files ready without any home: in place of every credential stands `[secret NAME/KEY]`. */
export async function composeFromDocuments(
  files: readonly SourceFile[],
  context: ComposeContext,
): Promise<Composition> {
  const resources = await readResources(files, context);
  const providers = resources.filter((resource) => resource.kind === 'Provider');
  return composeResources(providers, stubSecrets, context);
}

/** Makes Provider resources ready, with their credentials from `secrets`. Throws as `composeProviders`. */
export async function composeResources(
  resources: readonly ProviderResource[],
  secrets: SecretSource,
  context: ComposeContext,
): Promise<Composition> {
  const attached: ComposedProvider[] = [];
  const fresh: ComposedProvider[] = [];
  const errors: PaiError[] = [];
  const openOnce = remember(secrets);
  const breathe = createPauses();
  for (const resource of resources) {
    await breathe();
    try {
      const former = context.made?.get(resource)?.composed;
      const composed = await composeProvider(resource, openOnce, context);
      attached.push(composed);
      if (composed !== former) fresh.push(composed);
    } catch (thrown) {
      const error = locate(resource, thrown);
      const isLeftOut = error.code === 'secret_missing' && context.leavesOut?.(error, resource) === true;
      if (!isLeftOut) errors.push(error);
    }
  }
  await breathe();
  errors.push(...findTakenHosts(attached).map(({ by, error }) => locate(by.resource, error)));
  const [first] = errors;
  if (first === undefined) return { attached, warnings: attached.flatMap(({ warnings }) => warnings) };
  // The others are serving.
  for (const { end } of fresh) end();
  throw new PaiError(first.code, errors.map(({ message }) => message).join('\n'), { cause: first });
}

/** Secrets whose every value reads `[secret NAME/KEY]`: for checks and explanations. */
export const stubSecrets: SecretSource = async (_namespace, name) => ({
  read: (key, options) => new Secret(`${name}/${key}`, `[secret ${name}/${key}]`, options),
});

/** Several Providers may have one Secret. */
function remember(secrets: SecretSource): SecretSource {
  const opened = new Map<string, ReturnType<SecretSource>>();
  return (namespace, name, keys) => {
    const key = `${namespace}/${name}`;
    const known = opened.get(key) ?? secrets(namespace, name, keys);
    opened.set(key, known);
    return known;
  };
}

async function composeProvider(
  resource: ProviderResource,
  secrets: SecretSource,
  context: ComposeContext,
): Promise<ComposedProvider> {
  const plugin = resource.plugin ?? (await loadPluginFor(context.plugins, resource.spec));
  const stored = await openSecrets(resource, plugin, secrets);
  const former = context.made?.get(resource);
  if (former?.secrets === stored) return former.composed;
  const life = new AbortController();
  try {
    return await composeWith(resource, { plugin, stored, life }, context);
  } catch (thrown) {
    life.abort();
    throw thrown;
  }
}

interface Ingredients {
  readonly plugin: ProviderPlugin;
  readonly stored: StoredSecret;
  readonly life: AbortController;
}

async function composeWith(
  resource: ProviderResource,
  { plugin, stored, life }: Ingredients,
  context: ComposeContext,
): Promise<ComposedProvider> {
  const { name, spec } = resource;
  const approvals = isPinned(spec) ? await context.approvals?.(resource.namespace, name) : undefined;
  const { fetch, permit } = restrictFetch(name, context.send);
  const { reader, known } = trackSecrets(stored);
  const provider = await createProvider(plugin, spec, {
    name,
    namespace: resource.namespace,
    secrets: reader,
    fetch,
    isOffline: context.send === undefined,
    ...(approvals !== undefined && { approvals }),
    ...(context.send !== undefined && { spool }),
    ...(context.send !== undefined && stored.renew !== undefined && { renewSecret: stored.renew }),
    signal: life.signal,
    now: context.now ?? Date.now,
    log: context.log ?? (() => undefined),
  } satisfies ProviderContext);
  permit(provider.hosts, [...(plugin.tokenHosts?.(spec) ?? []), ...(provider.tokenHosts ?? [])]);
  const policy = compilePolicy({
    name,
    type: spec.type,
    policy: spec.policy,
    laterRules: resource.laterRules,
    services: spec.config?.services,
    plugin,
    scope: provider.scope,
    hasScope: hasScope(spec) || provider.isScoped === true,
  });
  const composed: ComposedProvider = {
    name,
    type: spec.type,
    provider,
    decide: policy.decide,
    enforcement: spec.audit?.enforcement ?? 'enforce',
    isLogged: spec.audit?.logRequests ?? true,
    redactor: createRedactor(known),
    resource,
    plugin,
    policy,
    warnings: [...policy.warnings, ...shortSecrets(name, known())],
    end: () => {
      life.abort();
      if (context.made?.get(resource)?.composed === composed) context.made.delete(resource);
    },
  };
  context.made?.set(resource, { secrets: stored, composed });
  return composed;
}

/** Loaded by the first request that needs it. */
const spool: NonNullable<ProviderContext['spool']> = async (body, onChunk) => {
  const { spoolBody } = await import('./spool.ts');
  return spoolBody(body, onChunk);
};

function shortSecrets(provider: string, secrets: readonly Secret[]): string[] {
  const short = secrets.filter((secret) => !isSearchable(secret.reveal()));
  return short.map(
    (secret) =>
      `${provider}: secret ${secret.name} has fewer than ${shortestSearchable} characters, so that responses which repeat it cannot be masked; use a longer one`,
  );
}

function isPinned({ policy }: ProviderSpec): boolean {
  return policy?.mcp?.pin === true;
}

/** Whether any list under `spec.scope` is there, an empty one included. */
function hasScope({ scope }: ProviderSpec): boolean {
  return Object.values(scope ?? {}).some((list) => list !== undefined);
}

/** The error with the file and line that it is about in front. */
function locate({ name, spec, document }: ProviderResource, thrown: unknown): PaiError {
  const { code, message } = toPaiError(thrown, 'the Provider could not be created; see the log');
  const at = formatPlace(document.placeOf(pathOf(code, message, spec)));
  return new PaiError(code, `${at}: provider ${name}: ${message}`, { cause: thrown });
}

function pathOf(code: string, message: string, { host }: ProviderSpec): ValuePath {
  if (code.startsWith('secret') || code === 'state_corrupt') return ['spec', 'auth', 'secretRef'];
  const place = /^(?:policy|scope|config|auth|mcp)[\w.[\]]*(?=: )/.exec(message)?.[0];
  if (place !== undefined) {
    const parts = place.match(/\w+/g) ?? [];
    return ['spec', ...parts.map((part) => (/^\d+$/.test(part) ? Number(part) : part))];
  }
  return host !== undefined && message.includes(JSON.stringify(host)) ? ['spec', 'host'] : ['spec'];
}
