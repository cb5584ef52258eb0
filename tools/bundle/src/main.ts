import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type OutputChunk, type RolldownOptions, rolldown } from 'rolldown';
import { toAscii } from './ascii.ts';
import { nodeModules } from './node-modules.ts';
import { noticesFor } from './notices.ts';

const packages = join(import.meta.dirname, '../../../packages');

/** Everything behind `@pai/sidecar` in one file; its lazy parts are in it and run when they are asked for. */
await bundle(join(packages, 'sidecar'), {
  input: { 'bundle/sidecar': 'src/index.ts' },
  // For schemas of third parties' types, which bring it with them.
  external: ['typebox/value'],
  output: { codeSplitting: false },
});

/** The command, which starts from that file. */
await bundle(join(packages, 'cli'), {
  input: { pai: 'src/main.ts' },
  external: ['yaml'],
  plugins: [
    {
      name: 'sidecar',
      resolveId: (id) => (id === '@pai/sidecar' ? { id: `${id}/bundle`, external: true } : null),
    },
  ],
  output: { chunkFileNames: 'pai-[name].js' },
});

async function bundle(directory: string, options: RolldownOptions & { output: object }): Promise<void> {
  const { output, plugins = [], ...input } = options;
  const build = await rolldown({
    ...input,
    cwd: directory,
    platform: 'node',
    plugins: [nodeModules, plugins],
    treeshake: { moduleSideEffects: false, propertyReadSideEffects: false },
    onLog: (level, log) => {
      if (level !== 'debug' && level !== 'info') throw new Error(log.message);
    },
  });
  const dist = join(directory, 'dist');
  const made = await build.generate({ format: 'esm', comments: false, ...output });
  await build.close();
  const chunks = made.output.filter((part): part is OutputChunk => part.type === 'chunk');
  for (const chunk of chunks) write(join(dist, chunk.fileName), toAscii(chunk.code), chunk.isEntry);
  const [entry] = chunks;
  const place = dirname(entry?.fileName ?? '');
  write(join(dist, place, 'LICENSES.txt'), noticesFor(chunks.flatMap(({ moduleIds }) => moduleIds)), false);
}

function write(file: string, text: string, isEntry: boolean): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
  if (isEntry && text.startsWith('#!')) chmodSync(file, 0o755);
  process.stdout.write(`${file.slice(packages.length + 1)} ${Math.ceil(text.length / 1024)} KiB\n`);
}
