import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type InputOptions, type OutputChunk, type OutputOptions, type Plugin, rolldown } from 'rolldown';
import { toAscii } from './ascii.ts';
import { nodeModules } from './node-modules.ts';
import { noticesFor } from './notices.ts';
import { commonJsOf, moduleFor, scriptFile, scriptModule, scriptOf } from './script-bundle.ts';

const packages = join(import.meta.dirname, '../../../packages');

/** Ten times the size of all that a sidecar runs. */
const mcpSdk = /^@modelcontextprotocol\//;

/** A file that was written: its path below the target, and its length in bytes. */
export interface Written {
  readonly file: string;
  readonly bytes: number;
  /** What it imports from outside of the bundle when it runs, as it is written there: `yaml`, `typebox/value`. */
  readonly imports: readonly string[];
}

/** Provider types with a file of their own: they are large, and what most sidecars never load. */
const apart = ['provider-aws', 'provider-azure', 'provider-gcp', 'provider-mcp'];

/**
 * Everything behind `@pai/sidecar` in one file, save the largest provider types, which have files beside it, with the
 * licences of what is in them. Other lazy parts run when they are asked for; a file for each took more memory than all in one.
 */
export async function bundleSidecar(target = join(packages, 'sidecar/dist')): Promise<readonly Written[]> {
  const optionsFor = (name: string): Options => ({
    input: { [`bundle/${name}`]: 'src/index.ts' },
    // For schemas of third parties' types, which bring it with them; and for the gateway.
    external: ['typebox/value', mcpSdk],
    plugins: [providersApart],
    output: { codeSplitting: false },
  });
  const bundles = [
    bundleScript(join(packages, 'sidecar'), target, optionsFor('sidecar')),
    ...apart.map((name) => bundle(join(packages, name), target, optionsFor(name))),
  ];
  return withNotices(target, 'bundle', await Promise.all(bundles));
}

/** As `bundle`, but as a script, of which more of what V8 compiles can be kept, and a module that runs it. */
async function bundleScript(directory: string, target: string, options: Options): Promise<Bundled> {
  const { chunks, outside } = await makeSmall(directory, {
    ...options,
    output: { ...options.output, format: 'cjs' },
  });
  const [chunk] = chunks;
  if (chunk === undefined || chunks.length > 1) throw new Error(`${directory} makes no single script`);
  return { written: await writeScript(directory, target, chunk, outside(chunk)), modules: chunk.moduleIds };
}

/**
 * Writes a chunk in CommonJS as a script, and the module that runs it. `outside` is what the chunk imports from outside of
 * the bundle, and `imports` what of that the module hands to it.
 */
async function writeScript(
  directory: string,
  target: string,
  { fileName, code, exports }: Pick<OutputChunk, 'fileName' | 'code' | 'exports'>,
  outside: readonly string[],
  imports: readonly string[] = [],
): Promise<readonly Written[]> {
  const script = toAscii(scriptOf({ code }));
  const { written } = await bundle(directory, target, {
    input: { [fileName.replace(/\.js$/, '')]: scriptModule },
    external: [...imports],
    plugins: [moduleFor(fileName, script, exports, imports)],
    output: { codeSplitting: false },
  });
  return [...written, write(target, scriptFile(fileName), script, outside)];
}

const providersApart: Plugin = {
  name: 'providers-apart',
  resolveId(id) {
    const name = apart.find((one) => id === `@pai/${one}`);
    return name === undefined ? null : { id: `./${name}.js`, external: true };
  },
};

/** The command, which starts from that file: a small one that is run, and one that it loads once it is set up. */
export async function bundleCommand(target = join(packages, 'cli/dist')): Promise<readonly Written[]> {
  const directory = join(packages, 'cli');
  const made = await makeSmall(directory, {
    input: { pai: 'src/main.ts' },
    external: ['yaml', mcpSdk],
    plugins: [sidecarBundle],
    output: {
      chunkFileNames: 'pai-[name].js',
      minifyInternalExports: false,
      // All that it needs, of which lazy parts need some too: every file more takes a start a millisecond.
      codeSplitting: { groups: [{ name: 'cli', test: /\/src\/cli\.ts$/ }] },
    },
  });
  const main = made.chunks.find(({ fileName }) => fileName === 'pai-cli.js');
  if (main === undefined) throw new Error('the command has no part that a start loads');
  // It only hands out what a lazy import names, which `main` has by the same name; to load it takes a millisecond.
  const between = made.chunks.find(({ code }) =>
    /^export \{ runCli \} from "\.\/pai-cli\.js";\s*$/.test(code),
  );
  if (between === undefined) throw new Error('nothing hands out what the command runs');
  const others = made.chunks.filter((chunk) => chunk !== main && chunk !== between);
  const { code, names } = commonJsOf(main.code);
  const chunk = { fileName: main.fileName, code, exports: [...names] };
  const written = [
    ...others.map((chunk) =>
      write(
        target,
        chunk.fileName,
        toAscii(chunk.code.replaceAll(between.fileName, main.fileName)),
        made.outside(chunk),
      ),
    ),
    ...(await writeScript(directory, target, chunk, made.outside(main), [sidecarName])),
  ];
  return withNotices(target, '', [{ written, modules: made.chunks.flatMap(({ moduleIds }) => moduleIds) }]);
}

/** What the command starts from. */
const sidecarName = '@pai/sidecar/bundle';

/**
 * The modules of a package for whoever imports it, from `input` by name below `src`. What it imports stays an import, and
 * what only reads stays: the first steps of a plugin's process read for what that does.
 */
export async function bundleModules(
  name: string,
  input: readonly string[],
  target: string,
): Promise<readonly Written[]> {
  const { chunks, outside } = await make(join(packages, name), {
    input: Object.fromEntries(input.map((one) => [one, `src/${one}.ts`])),
    external: /^[@\w]/,
    treeshake: { propertyReadSideEffects: 'always', unknownGlobalSideEffects: true },
    output: { minify: false, chunkFileNames: 'shared-[name].js' },
  });
  return chunks.map((chunk) => write(target, chunk.fileName, toAscii(chunk.code), outside(chunk)));
}

const sidecarBundle: Plugin = {
  name: 'sidecar-bundle',
  resolveId: (id) => (id === '@pai/sidecar' ? { id: sidecarName, external: true } : null),
};

interface Options extends InputOptions {
  readonly output: OutputOptions;
}

interface Bundled {
  readonly written: readonly Written[];
  /** Paths of the modules in it. */
  readonly modules: readonly string[];
}

async function bundle(directory: string, target: string, options: Options): Promise<Bundled> {
  const { chunks, outside } = await makeSmall(directory, options);
  return {
    written: chunks.map((chunk) => write(target, chunk.fileName, toAscii(chunk.code), outside(chunk))),
    modules: chunks.flatMap(({ moduleIds }) => moduleIds),
  };
}

/** Without all that is not called, and with Node's modules reached when they are wanted. */
function makeSmall(directory: string, { plugins = [], ...options }: Options): Promise<Made> {
  return make(directory, {
    ...options,
    plugins: [nodeModules, plugins],
    treeshake: { moduleSideEffects: false, propertyReadSideEffects: false },
  });
}

/** What was written, and the licences of all of it. */
function withNotices(target: string, place: string, bundles: readonly Bundled[]): readonly Written[] {
  const notices = noticesFor(bundles.flatMap(({ modules }) => modules));
  return [
    ...bundles.flatMap(({ written }) => written),
    write(target, join(place, 'LICENSES.txt'), notices, []),
  ];
}

interface Made {
  readonly chunks: readonly OutputChunk[];
  /** What a chunk imports that is not among them. */
  readonly outside: (chunk: OutputChunk) => readonly string[];
}

async function make(directory: string, { output, ...input }: Options): Promise<Made> {
  const build = await rolldown({
    ...input,
    cwd: directory,
    platform: 'node',
    onLog: (level, log) => {
      if (level === 'warn') throw new Error(log.message);
    },
  });
  const made = await build.generate({ format: 'esm', comments: false, ...output });
  await build.close();
  const chunks = made.output.filter((part): part is OutputChunk => part.type === 'chunk');
  const own = new Set(chunks.map(({ fileName }) => fileName));
  return {
    chunks,
    outside: ({ imports, dynamicImports }) =>
      [...imports, ...dynamicImports].filter((id) => !own.has(id) && !id.startsWith('./')),
  };
}

function write(target: string, file: string, text: string, imports: readonly string[]): Written {
  const path = join(target, file);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
  if (text.startsWith('#!')) chmodSync(path, 0o755);
  return { file, bytes: Buffer.byteLength(text), imports };
}
