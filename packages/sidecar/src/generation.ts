import { createPipeline, type Pipeline } from '@pai/core';
import { type ApprovalSource, followApprovals } from './approvals/follow.ts';
import { stillHeld } from './census.ts';
import { type ComposedProvider, composeProviders, type MadeProvider } from './compose.ts';
import type { AgentPackages, ProviderResource } from './config.ts';
import type { factsNow } from './file-facts.ts';
import { createStateReader, type State } from './load-state.ts';
import { createPauses } from './pauses.ts';
import { builtinPlugins, type Plugins } from './plugins.ts';
import { createSecretStore } from './secrets.ts';
import type { LeavesOut, Selection } from './select.ts';
import { createPluginsReader } from './third-party.ts';
import type { PluginSend } from './upstream-fetch.ts';

/** One configuration, whole. */
export interface Generation {
  readonly attached: readonly ComposedProvider[];
  readonly pipeline: Pipeline;
  /** What the selected Agent has installed for its programs. */
  readonly packages?: AgentPackages;
}

/** Makes generations from one home. */
export interface Generations {
  /** Rejects when anything that is selected is wrong or missing. `look` may have been at the files before. */
  first(look?: typeof factsNow): Promise<Generation>;
  /** Rejects when anything is wrong; what was served and is deleted is left out, and said. */
  next(): Promise<Generation>;
  /** `last` without what has been deleted since, for a home that is broken elsewhere; undefined when nothing was. */
  remainderOf(last: Generation): Promise<Generation | undefined>;
  /** Whether a file that a Secret takes a value from has changed since it was read, or since this was last asked. */
  hasChanged(): Promise<boolean>;
}

/** What generations are made from. */
export interface GenerationOptions {
  readonly home: string;
  readonly selection: Selection;
  /** Default the built-in ones. Those of the home's `config.yaml` come beside them. */
  readonly plugins?: Plugins | undefined;
  /** Where Providers that pin their tools get the approvals from. Default: the home. */
  readonly approvals?: ApprovalSource | undefined;
  /** Packages of third parties beside those of the home. */
  readonly pluginPackages?: readonly string[] | undefined;
  /** How plugins reach their services. Default: not at all. */
  readonly send?: PluginSend | undefined;
  /** Takes lines for people. */
  readonly log: (line: string) => void;
}

/** Takes the selected Providers of a home. */
export function createGenerations(options: GenerationOptions): Generations {
  const { home, selection, plugins: builtins = builtinPlugins, pluginPackages: named, send, log } = options;
  const secrets = createSecretStore(home);
  const followed = followApprovals(home, log);
  const readPlugins = createPluginsReader({ home, builtins, named, log });
  const readState = createReading(home, readPlugins);
  const made = new WeakMap<ProviderResource, MadeProvider>();
  // The Secret that each Provider was last served with: where it names another, that is a mistake in an edit.
  const served = new Map<string, string | undefined>();

  const load = async (leavesOut: LeavesOut, look?: typeof factsNow): Promise<Generation> => {
    const breathe = createPauses();
    // Whatever else is wrong with the home.
    await followed.refresh();
    const { state, plugins } = await readState({ look });
    const { attached, warnings } = await composeProviders({
      ...selection,
      state,
      secrets: secrets.reader,
      plugins,
      log,
      leavesOut,
      made,
      approvals: options.approvals ?? followed.open,
      ...(send !== undefined && { send }),
    });
    for (const warning of warnings) log(`warning: ${warning}`);
    for (const { name, resource } of attached) served.set(name, resource.spec.auth?.secretRef);
    await breathe();
    const pipeline = createPipeline(attached);
    await breathe();
    return { attached, pipeline, ...packagesOf(state, selection) };
  };

  return {
    first: (look) => load(() => false, look),
    next: () =>
      load((error, resource) => {
        const isGone = resource === undefined || served.get(resource.name) === resource.spec.auth?.secretRef;
        if (isGone) log(`DETACHED: ${error.message}`);
        return isGone;
      }),
    async remainderOf(last) {
      const [{ state }, held] = await Promise.all([readState({ isLenient: true }), secrets.list()]);
      const attached = stillHeld(last.attached, state, held, selection);
      if (attached.length === last.attached.length) return undefined;
      const gone = withoutThose(last.attached, attached);
      log(`DETACHED: ${namesOf(gone)}, deleted while the rest could not be reloaded`);
      return { ...last, attached, pipeline: createPipeline(attached) };
    },
    hasChanged: secrets.hasChanged,
  };
}

function packagesOf(state: State, { namespace = 'default', agent }: Selection): Pick<Generation, 'packages'> {
  const named = state.agents.find((one) => one.name === agent && one.namespace === namespace);
  return named?.spec.packages === undefined ? {} : { packages: named.spec.packages };
}

interface How {
  readonly isLenient?: boolean;
  readonly look?: typeof factsNow | undefined;
}

interface Reading {
  readonly state: State;
  readonly plugins: Plugins;
}

/** What was read by the schemas of other types is read again. A lenient reading takes the last types. */
function createReading(home: string, readPlugins: () => Promise<Plugins>): (how: How) => Promise<Reading> {
  let reader: { readonly plugins: Plugins; readonly read: ReturnType<typeof createStateReader> } | undefined;
  return async ({ isLenient = false, look }) => {
    // New ones may take long.
    const plugins = isLenient && reader !== undefined ? reader.plugins : await readPlugins();
    if (reader?.plugins !== plugins) reader = { plugins, read: createStateReader(home, plugins) };
    return { plugins, state: await reader.read(look) };
  };
}

/** Those of `some` that are not among `others`. */
export function withoutThose(
  some: readonly ComposedProvider[],
  others: readonly ComposedProvider[],
): readonly ComposedProvider[] {
  const left = new Set(others);
  return some.filter((one) => !left.has(one));
}

/** The Providers' names for people. */
export function namesOf(attached: readonly ComposedProvider[]): string {
  return attached.length === 0 ? 'no Provider' : attached.map(({ name }) => name).join(', ');
}
