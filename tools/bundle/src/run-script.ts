import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { flushCompileCache, getCompileCacheDir } from 'node:module';
import { dirname, join } from 'node:path';
import vm from 'node:vm';

/** A script that stands for a module. */
export interface ModuleScript {
  /** Path of the module that it stands for. */
  readonly module: string;
  /** Path of a file with one function: of `exports`, `require`, `__import`, `__filename` and `__dirname`. */
  readonly file: string;
  /** Names this text of the script among all others. */
  readonly digest: string;
  /** `import()` of that module. */
  readonly load: (name: string) => Promise<unknown>;
  /** What that module imports beside Node's own modules, by name. */
  readonly imports?: Readonly<Record<string, unknown>>;
}

/** Milliseconds until a start is over, and everything that it has compiled is kept. */
const startTime = 400;

/**
 * Runs a module as a script, with what V8 compiled of it before: a module's compiled form has no function in it that
 * was called later, and a script's has. It lies beside the script as `.cache`, where whoever installed that laid it, or
 * is kept by a sidecar among what Node keeps. V8 refuses what another version made, or was made of other text.
 */
export function runScript({ module, file, digest, load, imports }: ModuleScript): Record<string, unknown> {
  const source = readFileSync(file, 'latin1');
  const directory = getCompileCacheDir();
  const kept = directory === undefined ? undefined : join(directory, `${digest}.script`);
  const cachedData = read(`${file}.cache`) ?? read(kept);
  const script = new vm.Script(source, {
    filename: file,
    ...(cachedData !== undefined && { cachedData }),
  });
  const isCurrent = cachedData !== undefined && script.cachedDataRejected === false;
  // Other commands call little of what a sidecar's start calls.
  if (kept !== undefined && !isCurrent && process.title === sidecarTitle) {
    setTimeout(() => keep(kept, script), startTime).unref();
  }
  const exported: Record<string, unknown> = {};
  const require = (name: string) => imports?.[name] ?? process.getBuiltinModule(name);
  script.runInThisContext()(exported, require, load, module, dirname(module));
  return exported;
}

/** What `pai sidecar` calls its process. */
const sidecarTitle = 'pai sidecar';

function read(path: string | undefined): Buffer | undefined {
  try {
    return path === undefined ? undefined : readFileSync(path);
  } catch {
    return undefined;
  }
}

/** Whole or not at all: V8 does not look closely at what it is given. */
function keep(path: string, script: vm.Script): void {
  const temporary = `${path}.${process.pid}`;
  try {
    // Node keeps what it has of modules when a process ends by itself, which a container's often does not.
    flushCompileCache();
    writeFileSync(temporary, script.createCachedData(), { mode: 0o600 });
    renameSync(temporary, path);
  } catch {
    // The next start compiles again.
  }
}
