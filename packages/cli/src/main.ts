#!/usr/bin/env node
import { keepCompiled } from './compile-cache.ts';
import { nodeObstacle } from './node-version.ts';

const obstacle = nodeObstacle(process.versions.node);
if (obstacle !== undefined) {
  process.stderr.write(`pai: ${obstacle}\n`);
  process.exit(1);
}

// From sources, what is kept would be of no use after the next edit.
if (!import.meta.url.endsWith('.ts')) keepCompiled();

if (process.argv[2] === 'sidecar') process.title = 'pai sidecar';

// Node would open a debugger, where whoever reaches this machine's loopback reads every credential.
process.on('SIGUSR1', () => {});

// A reader that has seen enough (`pai get providers | head -1`) is no failure; a full disk is.
let isLost = false;
process.stdout.on('error', ({ code }: NodeJS.ErrnoException) => {
  if (code === 'EPIPE' || isLost) return;
  isLost = true;
  process.exitCode = 1;
  process.stderr.write(`pai: standard output cannot be written (${code})\n`);
});
// Nobody is left to be told, and a sidecar goes on.
process.stderr.on('error', () => {});

// Loaded only now, so that what is compiled of it is kept.
const { runCli } = await import('./cli.ts');
const status = await runCli(process.argv.slice(2), {
  env: process.env,
  get stdin() {
    return process.stdin;
  },
  stdout: process.stdout,
  stderr: process.stderr,
});
if (!isLost) process.exitCode = status;
