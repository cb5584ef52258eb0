#!/usr/bin/env node
import { join } from 'node:path';
import { createProvider } from './create-provider.ts';

const packed = join(import.meta.dirname, '../template');
const source = join(import.meta.dirname, '../../../examples/custom-provider');
const [name, where] = process.argv.slice(2);

if (name === undefined || name.startsWith('-')) {
  process.stderr.write(
    'create-pai-provider: name the service, such as acme; use: create-pai-provider NAME [DIRECTORY]\n',
  );
  process.exitCode = 2;
} else {
  try {
    // Published code is JavaScript.
    const isClone = import.meta.filename.endsWith('.ts');
    const isInClone = isClone && where === undefined;
    const target = where ?? (isClone ? `packages/provider-${name}` : `pai-provider-${name}`);
    const files = createProvider({ name, template: isClone ? source : packed, target });
    process.stdout.write(`${target}: ${files.length} files\n`);
    const start = isInClone ? 'npx -y pnpm@12 install' : 'npm install';
    process.stdout.write(
      `next: cd ${target} && ${start} && npm test, then write src/routes.ts (docs/write-a-provider.md)\n`,
    );
  } catch (thrown) {
    process.stderr.write(`create-pai-provider: ${(thrown as Error).message}\n`);
    process.exitCode = 1;
  }
}
