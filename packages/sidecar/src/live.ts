import { createPipeline, type Pipeline, toPaiError } from '@pai/core';
import { type ComposedProvider, composeProviders } from './compose.ts';
import { builtinPlugins } from './plugins.ts';
import { createSecretStore } from './secrets.ts';
import type { Selection } from './select.ts';
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
 * a later one that fails is logged and leaves the last good generation serving.
 */
export async function followConfiguration({ home, log, onLoad, ...selection }: LiveOptions): Promise<Live> {
  const secrets = createSecretStore(home);
  const load = async () => {
    const state = await loadState(home, builtinPlugins);
    const composed = await composeProviders({
      ...selection,
      state,
      secrets: secrets.reader,
      plugins: builtinPlugins,
      log,
    });
    for (const warning of composed.warnings) log(`warning: ${warning}`);
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
  const follow = async () => {
    try {
      current = await load();
      generation += 1;
      log(`configuration ${generation} is serving: ${current.attached.map(({ name }) => name).join(', ')}`);
    } catch (thrown) {
      onLoad(undefined);
      const { message } = toPaiError(thrown, 'the configuration could not be loaded');
      log(`NOT RELOADED, configuration ${generation} goes on serving: ${message}`);
    }
  };
  const watch = await watchState(home, reload);
  let current = await load().catch((thrown: unknown) => {
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
