#!/usr/bin/env node
import { dirname, join, resolve } from 'node:path';
import { createProvider } from './create-provider.ts';

const packed = join(import.meta.dirname, '../template');
const root = join(import.meta.dirname, '../../..');
const source = join(root, 'examples/custom-provider');
const [name = '', where, ...others] = process.argv.slice(2);
const usage = 'create-pai-provider NAME [DIRECTORY]';
// Published code is JavaScript.
const isClone = import.meta.filename.endsWith('.ts');

if (name === '--help' || name === '-h') {
  process.stdout.write(`Usage: ${usage}\n\nStarts a provider for Pai, called NAME as its type is.\n`);
} else if (name === '' || [name, where].some((word) => word?.startsWith('-')) || others.length > 0) {
  process.stderr.write(`create-pai-provider: name the service, such as acme; use: ${usage}\n`);
  process.exitCode = 2;
} else {
  try {
    const target = where ?? (isClone ? `packages/provider-${name}` : `pai-provider-${name}`);
    checkPlace(target);
    const files = createProvider({ name, template: isClone ? source : packed, target });
    process.stdout.write(`${target}: ${files.length} files\n`);
    const start = isClone ? 'npx -y pnpm@12 install' : 'npm install';
    process.stdout.write(
      `next: cd ${target} && ${start} && npm test, then write src/routes.ts (docs/write-a-provider.md)\n`,
    );
  } catch (thrown) {
    process.stderr.write(`create-pai-provider: ${(thrown as Error).message}\n`);
    process.exitCode = 1;
  }
}

function checkPlace(target: string): void {
  if (!isClone || dirname(dirname(resolve(target))) === root) return;
  throw new Error(
    `${target} is not in packages of this clone, and what a provider needs is on no registry yet; leave the directory out`,
  );
}
