import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { type Architecture, architectures, ownArchitecture } from './architectures.ts';
import { createImage, layContext } from './image.ts';

const root = join(import.meta.dirname, '../../..');

const { values } = parseArgs({
  options: {
    arch: { type: 'string', default: ownArchitecture },
    base: { type: 'string', default: 'scratch' },
    tag: { type: 'string', default: 'localhost/pai-sidecar:latest' },
    out: { type: 'string', default: join(root, 'dist/image') },
    context: { type: 'string' },
    verify: { type: 'boolean', default: false },
  },
});

if (!Object.hasOwn(architectures, values.arch)) {
  throw new Error(`--arch is ${values.arch}; it takes ${Object.keys(architectures).join(' or ')}`);
}
const { base, tag } = values;
const architecture = values.arch as Architecture;

if (values.context === undefined) await make(resolve(values.out));
else await layContext({ root, architecture, base }, resolve(values.context));

async function make(out: string): Promise<void> {
  const { digest, bytes, ...files } = await createImage({ root, architecture, base, tag, out });
  process.stdout.write(`${tag} ${digest}, ${(bytes / 1_000_000).toFixed(1)} MB compressed\n`);
  for (const file of Object.values(files)) process.stdout.write(`${file}\n`);
  if (!values.verify) return;
  const again = await createImage({ root, architecture, base, tag, out });
  if (again.digest !== digest) throw new Error(`made twice, it was ${digest}, then ${again.digest}`);
  process.stdout.write('made twice, it is the same\n');
}
