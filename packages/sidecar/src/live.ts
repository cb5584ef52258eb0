import { createPipeline, type Pipeline, toPaiError } from '@pai/core';
import { type ComposedProvider, composeProviders } from './compose.ts';
import { builtinPlugins } from './plugins.ts';
import { createSecretStore } from './secrets.ts';
import type { LeavesOut, Selection } from './select.ts';
import { loadState } from './state.ts';
import { watchState } from './watch.ts';

/** What the configuration of a running sidecar is made from. */
export interface LiveOptions extends Selection {
  readonly home: string;
  /** Tells people: warnings, reloads, and every reload that failed. */
  readonly log: (line: string) => void;
  /** Called with every generation, before it serves, and with undefined when one could not be loaded. */
  readonly onLoad: (attached: readonly ComposedProvider[] | undefined) => void;
}

/** A configuration that follows its home. */
export interface Live {
  /** The generation that judges the next request. */
  readonly pipeline: () => Pipeline;
  readonly attached: () => readonly ComposedProvider[];
  /** How many generations there have been. */
  readonly generation: () => number;
  close(): void;
}

/**
 * Loads the selected Providers and follows every change of the home within a second. Rejects when the first load fails;
 * a later one that fails is logged and leaves the last good generation serving. A Provider that is deleted, or whose
 * Agent or Secret is, is detached: that is no mistake to be waited out, and its credential must go.
 */
export async function followConfiguration({ home, log, onLoad, ...selection }: LiveOptions): Promise<Live> {
  const secrets = createSecretStore(home);
  // The Secret that each Provider was last served with: where it names another, that is a mistake in an edit.
  const served = new Map<string, string | undefined>();
  const load = async (leavesOut: LeavesOut) => {
    const state = await loadState(home, builtinPlugins);
    const composed = await composeProviders({
      ...selection,
      state,
      secrets: secrets.reader,
      plugins: builtinPlugins,
      log,
      leavesOut,
    });
    for (const warning of composed.warnings) log(`warning: ${warning}`);
    for (const { name, resource } of composed.attached) served.set(name, resource.spec.auth?.secretRef);
    onLoad(composed.attached);
    return { attached: composed.attached, pipeline: createPipeline(composed.attached) };
  };

  let generation = 1;
  let pending: Promise<void> | undefined;
  let isStale = false;
  const reload = () => {
    isStale = pending === undefined;
    pending = pending?.then(follow);
  };
  const isDeleted: LeavesOut = (error, resource) => {
    const isGone = resource === undefined || served.get(resource.name) === resource.spec.auth?.secretRef;
    if (isGone) log(`DETACHED: ${error.message}`);
    return isGone;
  };
  const follow = async () => {
    try {
      current = await load(isDeleted);
      generation += 1;
      log(`configuration ${generation} is serving: ${namesOf(current.attached)}`);
    } catch (thrown) {
      onLoad(undefined);
      const { message } = toPaiError(thrown, 'the configuration could not be loaded');
      log(`NOT RELOADED, configuration ${generation} goes on serving: ${message}`);
    }
  };
  const watch = await watchState(home, reload);
  let current = await load(() => false).catch((thrown: unknown) => {
    watch.close();
    throw thrown;
  });
  pending = isStale ? follow() : Promise.resolve();
  return {
    pipeline: () => current.pipeline,
    attached: () => current.attached,
    generation: () => generation,
    close: () => watch.close(),
  };
}

function namesOf(attached: readonly ComposedProvider[]): string {
  return attached.length === 0 ? 'no Provider' : attached.map(({ name }) => name).join(', ');
}
