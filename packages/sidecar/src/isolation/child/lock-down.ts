import Module, { registerHooks } from 'node:module';

/** Modules of Node that a plugin may load. None of them reaches outside the process, or gives a class that does. */
const allowed: Readonly<Record<string, true>> = Object.freeze(
  Object.assign(
    Object.create(null) as Record<string, true>,
    {
      'node:assert': true,
      'node:assert/strict': true,
      'node:buffer': true,
      'node:crypto': true,
      'node:events': true,
      'node:path': true,
      'node:path/posix': true,
      'node:punycode': true,
      'node:querystring': true,
      'node:stream': true,
      'node:stream/consumers': true,
      'node:stream/promises': true,
      'node:stream/web': true,
      'node:string_decoder': true,
      'node:timers': true,
      'node:timers/promises': true,
      'node:url': true,
      'node:util': true,
      'node:util/types': true,
      'node:zlib': true,
    } as const,
  ),
);

/** What a plugin sees of `process`. The rest is taken off the process itself. */
const shown = ['version', 'versions', 'platform', 'arch', 'release', 'features'] as const;

/** What Node itself needs of `process` while code runs in it. */
const kept: ReadonlySet<string> = new Set([
  ...shown,
  'emitWarning',
  'nextTick',
  'hrtime',
  'uptime',
  'exitCode',
  'env',
  'config',
  'execArgv',
  'argv',
  'argv0',
  'execPath',
  'pid',
  'ppid',
  'title',
  'permission',
  'domain',
  'cwd',
  'memoryUsage',
  'allowedNodeEnvironmentFlags',
  'sourceMapsEnabled',
  '_events',
  '_eventsCount',
  '_maxListeners',
  '_exiting',
  '_fatalException',
  '_tickCallback',
]);

/** Globals that reach a network, or wait for one. */
const reaching = [
  'fetch',
  'WebSocket',
  'EventSource',
  'Worker',
  'navigator',
  'localStorage',
  'sessionStorage',
];

/**
 * Takes the means to reach a network, another process and the machine away from everything that is loaded later. Files,
 * programs, threads and native code are refused by Node's permission model, beneath; the network is not, in Node 24,
 * and signals are in no version. Modules called `@pai/core` and `@pai/policy` are those that `ownModules`, a URL, finds.
 * Gives the way out, which nobody else has any more.
 */
export function lockDown(console: object, ownModules: string): (status: number) => never {
  const { reallyExit } = process as unknown as { reallyExit: (status: number) => never };
  const exit = reallyExit.bind(process);
  hideDispatchers();
  for (const name of reaching) replace(globalThis, name, undefined);
  hookModules(ownModules);
  replaceProcess();
  replace(globalThis, 'console', console);
  return exit;
}

/** The client under `fetch` would stand in the global object; classes that stay, such as `Response`, bring it. */
function hideDispatchers(): void {
  void globalThis.Response;
  for (const symbol of Object.getOwnPropertySymbols(globalThis)) {
    if (symbol.description?.startsWith('undici') === true) replace(globalThis, symbol, undefined);
  }
}

/** Compares and looks up without any method that a plugin could replace. */
function hookModules(ownModules: string): void {
  const refuse = (url: string, why = 'is not for plugins'): never => {
    throw new Error(`${url} ${why}`);
  };
  registerHooks({
    resolve(specifier, context, next) {
      const isShared = isWithin(specifier, '@pai/core') || isWithin(specifier, '@pai/policy');
      const found = next(specifier, isShared ? { ...context, parentURL: ownModules } : context);
      const { url } = found;
      return allowed[url] === true || begins(url, 'file:') ? found : refuse(url);
    },
    load(url, context, next) {
      const loaded = next(url, context);
      // Its loader would stand in `module`, with all that is taken off here.
      return loaded.format === 'commonjs' ? refuse(url, 'is CommonJS; plugins are ES modules') : loaded;
    },
  });
  for (const name of ['registerHooks', 'register', '_load', 'createRequire', 'runMain', '_initPaths']) {
    replace(Module, name, undefined);
  }
}

function isWithin(specifier: string, name: string): boolean {
  return begins(specifier, name) && (specifier[name.length] ?? '/') === '/';
}

function begins(text: string, start: string): boolean {
  for (let i = 0; i < start.length; i += 1) if (text[i] !== start[i]) return false;
  return true;
}

function replaceProcess(): void {
  const real: NodeJS.Process = process;
  const facade = Object.create(null) as Record<string, unknown>;
  for (const name of shown) facade[name] = real[name];
  const { nextTick, emitWarning, hrtime, uptime } = real;
  Object.assign(facade, {
    env: Object.freeze({}),
    argv: Object.freeze([]),
    nextTick: nextTick.bind(real),
    emitWarning: emitWarning.bind(real),
    hrtime: Object.assign(hrtime.bind(real), { bigint: hrtime.bigint }),
    uptime: uptime.bind(real),
    cwd: () => '/',
    on: () => facade,
    once: () => facade,
    off: () => facade,
    emit: () => false,
  });
  for (const name of Reflect.ownKeys(real)) {
    if (typeof name === 'string' && !kept.has(name)) replace(real, name, undefined);
  }
  replace(globalThis, 'process', Object.freeze(facade));
}

function replace(target: object, name: string | symbol, value: unknown): void {
  Object.defineProperty(target, name, { value, writable: false, enumerable: false, configurable: false });
}
