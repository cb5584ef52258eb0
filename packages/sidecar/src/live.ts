import { setTimeout as delay } from 'node:timers/promises';
import { type Pipeline, toPaiError } from '@pai/core';
import type { ApprovalSource } from './approvals/follow.ts';
import type { ComposedProvider } from './compose.ts';
import type { AgentPackages } from './config.ts';
import { createFirstLook } from './file-facts.ts';
import { createGenerations, type Generation, type Generations, namesOf, withoutThose } from './generation.ts';
import type { Plugins } from './plugins.ts';
import type { Selection } from './select.ts';
import type { PluginSend } from './upstream-fetch.ts';
import { watchStateFrom } from './watch.ts';

/** Milliseconds after which a configuration that could not be loaded is tried again. */
const retryDelay = 2_000;

/** Milliseconds between two looks for what is deleted while the configuration takes long to load: a plugin may hang. */
const lookAfter = 500;

/** What the configuration of a running sidecar is made from. */
export interface LiveOptions extends Selection {
  readonly home: string;
  /** Default the built-in ones. */
  readonly plugins?: Plugins | undefined;
  /** Where Providers that pin their tools get the approvals from. Default: the home. */
  readonly approvals?: ApprovalSource | undefined;
  /** Packages of third parties beside those of the home. */
  readonly pluginPackages?: readonly string[] | undefined;
  /** How plugins reach their services. Default: not at all. */
  readonly send?: PluginSend | undefined;
  /** Tells people: warnings, reloads, and every reload that failed. */
  readonly log: (line: string) => void;
  /** Called with every generation, before it serves, and the packages of its Agent; undefined when one could not be loaded. */
  readonly onLoad: (attached: readonly ComposedProvider[] | undefined, packages?: AgentPackages) => void;
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
export async function followConfiguration(options: LiveOptions): Promise<Live> {
  const { home, plugins, pluginPackages, approvals, send, log, onLoad, ...selection } = options;
  const generations = createGenerations({ home, selection, plugins, pluginPackages, approvals, send, log });
  let count = 1;
  let pending: Promise<void> | undefined;
  let isStale = false;
  let failure = '';
  let isClosed = false;
  let retry: NodeJS.Timeout | undefined;

  const replace = (next: Generation) => {
    const former = current;
    current = next;
    endThose(former, next);
    onLoad(current.attached, current.packages);
  };
  const reload = () => {
    isStale = pending === undefined;
    pending = pending?.then(follow);
  };
  const detach = () => detachFrom(current, generations, replace);
  const follow = async () => {
    try {
      const next = await nextOf(generations, detach);
      if (isClosed) return endThose(next, current);
      if (failure === '' && isSame(current.attached, next.attached)) return;
      replace(next);
      count += 1;
      failure = '';
      log(`configuration ${count} is serving: ${namesOf(current.attached)}`);
    } catch (thrown) {
      await stay(toPaiError(thrown, 'the configuration could not be loaded').message);
    }
  };
  const stay = async (reason: string) => {
    if (isClosed) return;
    onLoad(undefined);
    if (reason !== failure) log(`NOT RELOADED, configuration ${count} goes on serving: ${reason}`);
    failure = reason;
    await detach();
    // The reason may be a passing one, and the change a tightening.
    clearTimeout(retry);
    retry = setTimeout(reload, retryDelay).unref();
  };
  const { watch, first } = await begin(home, generations, reload);
  let current = first;
  onLoad(current.attached, current.packages);
  pending = isStale ? follow() : Promise.resolve();
  return {
    pipeline: () => current.pipeline,
    attached: () => current.attached,
    generation: () => count,
    close: () => {
      isClosed = true;
      clearTimeout(retry);
      watch.close();
      for (const { end } of current.attached) end();
    },
  };
}

/** Goes over to what is left of a generation; false where all of it is. */
async function detachFrom(
  last: Generation,
  { remainderOf }: Generations,
  replace: (next: Generation) => void,
): Promise<boolean> {
  const remainder = await remainderOf(last).catch(() => undefined);
  if (remainder !== undefined) replace(remainder);
  return remainder !== undefined;
}

/** Ends the Providers that a generation has and another has not. */
function endThose({ attached }: Generation, other: Generation): void {
  for (const { end } of withoutThose(attached, other.attached)) end();
}

/** The watch looks before anything is read: what changes after that is seen by its next look. */
async function begin(home: string, generations: Generations, onChange: () => void) {
  const look = createFirstLook();
  const watch = await watchStateFrom(look, home, onChange, { hasChanged: generations.hasChanged });
  return { watch, first: await generations.first(look).catch(afterwards(watch.close)) };
}

/** Such as after a token was renewed and written down. */
function isSame(some: readonly ComposedProvider[], others: readonly ComposedProvider[]): boolean {
  return some.length === others.length && some.every((one, i) => one === others[i]);
}

async function nextOf(generations: Generations, detach: () => Promise<boolean>): Promise<Generation> {
  const loading = generations.next();
  const settled = loading.then(
    () => true,
    () => true,
  );
  let hasDetached = false;
  while (!(await Promise.race([settled, delay(lookAfter, false, { ref: false })]))) {
    hasDetached = (await detach()) || hasDetached;
  }
  const loaded = await loading;
  // It may have been read before something was deleted.
  return (hasDetached ? await generations.remainderOf(loaded) : undefined) ?? loaded;
}

function afterwards(end: () => void): (thrown: unknown) => never {
  return (thrown) => {
    end();
    throw thrown;
  };
}
