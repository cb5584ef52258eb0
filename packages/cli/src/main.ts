#!/usr/bin/env node
import { keepCompiled } from './compile-cache.ts';

// From sources, what is kept would be of no use after the next edit.
if (!import.meta.url.endsWith('.ts')) keepCompiled();

if (process.argv[2] === 'sidecar') process.title = 'pai sidecar';

// A reader that has seen enough (`pai get providers | head -1`) is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
});

// Loaded only now, so that what is compiled of it is kept.
const { runCli } = await import('./cli.ts');
process.exitCode = await runCli(process.argv.slice(2), {
  env: process.env,
  get stdin() {
    return process.stdin;
  },
  stdout: process.stdout,
  stderr: process.stderr,
});
