import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const main = fileURLToPath(new URL('../src/main.ts', import.meta.url));

test('every package packs, installs with plain npm into an empty folder, and runs there', {
  timeout: 300_000,
}, async () => {
  const { status, out } = await new Promise<{ status: unknown; out: string }>((resolve) => {
    execFile(process.execPath, [main], { timeout: 290_000 }, (error, stdout, stderr) => {
      resolve({ status: error === null ? 0 : (error.code ?? error.signal), out: stdout + stderr });
    });
  });
  expect(status, out).toBe(0);
  expect(out).toMatch(/every check passed\n$/);
});
