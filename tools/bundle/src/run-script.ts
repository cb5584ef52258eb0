import { closeSync, fstatSync, openSync, readSync, renameSync, writeFileSync } from 'node:fs';
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
  const source = readPages(file).toString('latin1');
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
    return path === undefined ? undefined : readPages(path);
  } catch {
    return undefined;
  }
}

/**
 * Reads a file into pages that V8 maps itself, as it does for what can be resized. Those of a Buffer are the allocator's, and
 * glibc's keeps free memory at the end of each arena, as much as twice the largest block that was ever given back.
 */
function readPages(path: string): Buffer {
  const file = openSync(path, 'r');
  try {
    const { size } = fstatSync(file);
    const bytes = Buffer.from(new ArrayBuffer(size, { maxByteLength: size }), 0, size);
    let length = 0;
    for (let count = -1; count !== 0; length += count) count = readSync(file, bytes, { offset: length });
    return bytes.subarray(0, length);
  } finally {
    closeSync(file);
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
