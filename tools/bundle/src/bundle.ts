import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type InputOptions, type OutputChunk, type OutputOptions, type Plugin, rolldown } from 'rolldown';
import { toAscii } from './ascii.ts';
import { nodeModules } from './node-modules.ts';
import { noticesFor } from './notices.ts';

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

/**
 * Everything behind `@pai/sidecar` in one file, with the licences of what is in it beside it. Its lazy parts run when they
 * are asked for; a file for each of them took more memory than all of them in one.
 */
export function bundleSidecar(target = join(packages, 'sidecar/dist')): Promise<readonly Written[]> {
  return bundle(join(packages, 'sidecar'), target, {
    input: { 'bundle/sidecar': 'src/index.ts' },
    // For schemas of third parties' types, which bring it with them; and for the gateway.
    external: ['typebox/value', mcpSdk],
    output: { codeSplitting: false },
  });
}

/** The command, which starts from that file: a small one that is run, and one that it loads once it is set up. */
export function bundleCommand(target = join(packages, 'cli/dist')): Promise<readonly Written[]> {
  return bundle(join(packages, 'cli'), target, {
    input: { pai: 'src/main.ts' },
    external: ['yaml', mcpSdk],
    plugins: [sidecarBundle],
    output: { chunkFileNames: 'pai-[name].js' },
  });
}

const sidecarBundle: Plugin = {
  name: 'sidecar-bundle',
  resolveId: (id) => (id === '@pai/sidecar' ? { id: `${id}/bundle`, external: true } : null),
};

interface Options extends InputOptions {
  readonly output: OutputOptions;
}

async function bundle(
  directory: string,
  target: string,
  { output, plugins = [], ...input }: Options,
): Promise<readonly Written[]> {
  const build = await rolldown({
    ...input,
    cwd: directory,
    platform: 'node',
    plugins: [nodeModules, plugins],
    treeshake: { moduleSideEffects: false, propertyReadSideEffects: false },
    onLog: (level, log) => {
      if (level === 'warn') throw new Error(log.message);
    },
  });
  const made = await build.generate({ format: 'esm', comments: false, ...output });
  await build.close();
  const chunks = made.output.filter((part): part is OutputChunk => part.type === 'chunk');
  const place = dirname(chunks[0]?.fileName ?? '');
  const notices = noticesFor(chunks.flatMap(({ moduleIds }) => moduleIds));
  const own = new Set(chunks.map(({ fileName }) => fileName));
  const outside = ({ imports, dynamicImports }: OutputChunk) =>
    [...imports, ...dynamicImports].filter((id) => !own.has(id));
  return [
    ...chunks.map((chunk) => write(target, chunk.fileName, toAscii(chunk.code), outside(chunk))),
    write(target, join(place, 'LICENSES.txt'), notices, []),
  ];
}

function write(target: string, file: string, text: string, imports: readonly string[]): Written {
  const path = join(target, file);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
  if (text.startsWith('#!')) chmodSync(path, 0o755);
  return { file, bytes: Buffer.byteLength(text), imports };
}
