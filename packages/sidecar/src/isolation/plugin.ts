import {
  PaiError,
  type Provider,
  type ProviderContext,
  type ProviderPlugin,
  type Secret,
  toPaiError,
} from '@pai/core';
import type { ProviderSpec } from '../config.ts';
import { record, type SaidOf, text } from './came-back.ts';
import { createContents } from './contents.ts';
import { readPlugin, readProvider, readSpec, type SpecOf } from './declared.ts';
import { createFiltered } from './filtered.ts';
import { createKeeper, type IsolationLimits, type Keeper, type KeeperOptions } from './keeper.ts';
import type { OnCall } from './peer.ts';
import { checkSame, createRemoteProvider } from './provider.ts';
import type { DeclaredProvider } from './wire.ts';

/** A package that runs in processes of its own. */
export interface IsolatedPackage {
  /** Its name, for people. */
  readonly label: string;
  /** URL of its module. */
  readonly entry: string;
  /** Directories that its processes may read. */
  readonly readable: readonly string[];
  readonly limits?: IsolationLimits;
}

/** A plugin of which every Provider is made in a process of its own, so that making one takes time. */
export interface IsolatedPlugin extends ProviderPlugin {
  /** The plugin as it is for one spec: its functions have been asked by then. */
  readonly prepare: (spec: ProviderSpec) => Promise<PreparedPlugin>;
}

/** An isolated plugin for one spec. */
export interface PreparedPlugin extends ProviderPlugin {
  readonly open: (context: ProviderContext) => Promise<Provider>;
}

/**
 * Starts a package's process once, to hear what it declares, and gives the plugin. Throws `config_invalid` for what it
 * may not declare, `plugin_unknown` for a package that exports no plugin, `plugin_failed` for one that does not start.
 */
export async function loadIsolated(
  pack: IsolatedPackage,
  log: (line: string) => void,
): Promise<IsolatedPlugin> {
  const { label } = pack;
  const ask = createAsking(pack, log);
  const { functions, ...data } = readPlugin(label, (await ask('load', { entry: pack.entry })).value);
  const isAsked = ['patterns', 'secretKeys', 'tokenHosts'].some((name) => functions.includes(name));
  const specOf = (spec: ProviderSpec): SpecOf => ({ type: data.type, schema: data.spec, spec });
  const create = () => {
    throw new PaiError('internal', `plugin ${label} makes Providers in processes of their own only`);
  };
  const prepare = async (spec: ProviderSpec): Promise<PreparedPlugin> => {
    const { allow = [], deny = [] } = spec.policy ?? {};
    const order = { spec, patterns: [...allow, ...deny, ...(data.impliedActions ?? [])] };
    const { secretKeys, tokenHosts, patterns } = isAsked
      ? readSpec(label, (await ask('spec', order)).value, specOf(spec))
      : {};
    const said: SaidOf = new WeakMap();
    return {
      ...data,
      create,
      open: (context) => open(pack, specOf(spec), context, { log, said }),
      ...(secretKeys !== undefined && { secretKeys: () => secretKeys }),
      ...(tokenHosts !== undefined && { tokenHosts: () => tokenHosts }),
      ...(patterns !== undefined && { patterns: (pattern) => patterns[pattern] ?? [pattern] }),
      ...(functions.includes('serviceOf') && {
        serviceOf: (action) => said.get(action)?.services ?? 'a service that the plugin did not name',
      }),
    };
  };
  const prepared = new WeakMap<ProviderSpec, Promise<PreparedPlugin>>();
  return {
    ...data,
    create,
    prepare(spec) {
      const known = prepared.get(spec) ?? prepare(spec);
      prepared.set(spec, known);
      known.catch(() => prepared.delete(spec));
      return known;
    },
  };
}

/** Milliseconds in which a package is loaded, with all that it imports. */
const loadDeadline = 20_000;

/** Milliseconds after which a process of which nothing is asked any more is ended. */
const idleTime = 1_000;

/** Questions about the package, to a process that has no secret. */
function createAsking(pack: IsolatedPackage, log: (line: string) => void): Keeper['call'] {
  let keeper: Keeper | undefined;
  let timer: NodeJS.Timeout | undefined;
  const nothing = () => {
    throw new PaiError('plugin_failed', 'there is nothing to ask for yet');
  };
  return async (what, value) => {
    clearTimeout(timer);
    keeper ??= createKeeper({
      ...processOf(pack, log),
      prepare: async (process) => void (await process.call('load', { entry: pack.entry })),
      onCall: nothing,
      onAsk: nothing,
      conceal: (text) => text,
    });
    try {
      return await keeper.call(what, value, { deadline: loadDeadline });
    } finally {
      clearTimeout(timer);
      timer = setTimeout(() => {
        keeper?.end();
        keeper = undefined;
      }, idleTime).unref();
    }
  };
}

function processOf(pack: IsolatedPackage, log: (line: string) => void) {
  const { label, readable, limits = {} } = pack;
  return { label, readable, limits, log: (line: string) => log(`plugin ${label}: ${line}`) };
}

interface OpenParts {
  readonly log: (line: string) => void;
  readonly said: SaidOf;
}

/** Makes a Provider: its process runs until its context ends. */
async function open(
  pack: IsolatedPackage,
  of: SpecOf,
  context: ProviderContext,
  { log, said }: OpenParts,
): Promise<Provider> {
  const { label } = pack;
  const contents = createContents();
  let declared: DeclaredProvider | undefined;
  const { onAsk, mask } = createSecretAnswers(context);
  const isShown = (shown: string) => mask(shown) !== shown;
  const onCall: OnCall = (what, value, bytes) => {
    if (what === 'bytes' || what === 'peek') return contents.read(what, value);
    if (what === 'fetch') return fetchFor(context, value, bytes);
    return filtered.take(what, value, bytes);
  };
  const common = processOf(pack, log);
  const keeper = createKeeper({
    ...common,
    label: `${context.name} (${label})`,
    onCall,
    onAsk,
    conceal: mask,
    prepare: async (process) => {
      await process.call('load', { entry: pack.entry });
      const { name, namespace, isOffline = false } = context;
      const order = { spec: of.spec, name, namespace, isOffline };
      const { value } = await process.call('create', order);
      const found = readProvider(label, value, of);
      if (declared !== undefined) checkSame(label, declared, found);
      declared = found;
    },
  } satisfies KeeperOptions);
  const filtered = createFiltered(keeper);
  context.signal.addEventListener('abort', keeper.end, { once: true });
  try {
    await keeper.call('ping', undefined, { deadline: loadDeadline });
    if (declared === undefined) throw new PaiError('plugin_failed', `plugin ${label} said nothing of itself`);
    if (isShown(JSON.stringify([declared.env, declared.files]))) {
      throw new PaiError('config_invalid', `plugin ${label} gives the agent its credential; do not use it`);
    }
    const deadline = pack.limits?.judging ?? 35_000;
    const parts = { keeper: masked(keeper, mask), deadline, contents, filtered, said, isShown };
    return createRemoteProvider(declared, parts);
  } catch (thrown) {
    keeper.end();
    const { code, message } = toPaiError(thrown, 'it could not be started');
    throw new PaiError(code, mask(message), { cause: thrown });
  }
}

/** What a plugin says of a failure is for agents too. */
function masked(keeper: Keeper, mask: (line: string) => string): Keeper {
  return {
    ...keeper,
    call: (...call) =>
      keeper.call(...call).catch((thrown: PaiError) => {
        throw new PaiError(thrown.code, mask(thrown.message), { cause: thrown });
      }),
  };
}

/** Most credentials that one Provider has by name, and characters of all of them: each is looked for in everything that it says. */
const mostKnown = 256;
const longestKnown = 64 * 1024;

/** Gives the one Secret's values as they are asked for, and knows them again in what the plugin says. */
function createSecretAnswers({ secrets }: ProviderContext) {
  const known = new Map<string, readonly string[]>();
  const remember = (secret: Secret) => void known.set(secret.name, linesOf(secret.reveal()));
  const derive = (name: string, value: string) => {
    const others = [...known].filter(([other]) => other !== name);
    const size = others.reduce((sum, [, lines]) => sum + lines.join('').length, value.length);
    if (others.length >= mostKnown || size > longestKnown) {
      const most = `${mostKnown} credentials, or ${longestKnown} characters of them,`;
      throw new PaiError('plugin_failed', `more than ${most} cannot be told apart`);
    }
    remember(secrets.derive(name, value));
  };
  const onAsk = (what: string, value: unknown): unknown => {
    const { key, name, options, value: given } = record(value);
    if (what === 'read') {
      const { multiline, isIdentifier } = record(options ?? {});
      const secret = secrets.read(text(key), {
        multiline: multiline === true,
        isIdentifier: isIdentifier === true,
      });
      if (isIdentifier !== true) remember(secret);
      return { name: secret.name, value: secret.reveal() };
    }
    if (what !== 'derive') throw new PaiError('plugin_failed', 'that cannot be asked for');
    derive(text(name), text(given, longestKnown));
    return {};
  };
  const mask = (said: string) =>
    [...known].reduce(
      (masked, [name, lines]) =>
        lines.reduce((left, line) => left.replaceAll(line, `[secret ${name}]`), masked),
      said,
    );
  return { onAsk, mask };
}

/** A line of a private key is one itself; one of few characters stands in other texts, too. Each also as JSON has it. */
function linesOf(value: string): readonly string[] {
  const lines = /[\r\n]/.test(value) ? value.split(/[\r\n]+/).filter(({ length }) => length >= 32) : [value];
  return [...new Set(lines.flatMap((line) => [line, JSON.stringify(line).slice(1, -1)]))];
}

/** Most bytes of an answer; the Provider's own `fetch` has the same limit. */
const longestFetched = 1024 * 1024;

async function fetchFor({ fetch }: ProviderContext, value: unknown, bytes: Buffer) {
  const { url, method, headers } = record(value);
  const content = bytes.length === 0 ? {} : { body: new Uint8Array(bytes) };
  const response = await fetch(text(url, 65_536), {
    method: text(method),
    headers: headers as [string, string][],
    ...content,
  });
  const fetched = Buffer.from(await response.arrayBuffer());
  if (fetched.length > longestFetched)
    throw new PaiError('upstream_protocol', 'the answer is larger than 1 MiB');
  return { value: { status: response.status, headers: [...response.headers] }, bytes: fetched };
}
