import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';

const main = fileURLToPath(new URL('../src/main.ts', import.meta.url));

test('the demo ends with every scene as expected and leaves nothing behind', {
  timeout: 120_000,
}, async () => {
  const temporary = await mkdtemp(join(tmpdir(), 'pai-demo-test-'));
  onTestFinished(() => rm(temporary, { recursive: true, force: true }));
  const env = { ...process.env, TMPDIR: temporary };
  const { status, out, err } = await new Promise<{ status: unknown; out: string; err: string }>((resolve) => {
    execFile(process.execPath, [main], { env, timeout: 110_000 }, (error, stdout, stderr) => {
      resolve({ status: error === null ? 0 : (error.code ?? error.signal), out: stdout, err: stderr });
    });
  });
  expect({ status, err }, out).toEqual({ status: 0, err: '' });
  expect(out).toMatch(/^8 scenes, all as expected \([\d.]+ s\)$/m);
  expect(out.match(/as expected$/gm)).toHaveLength(10);
  expect(out.replace(/\s+/g, ' ')).toContain('"message":"AUDIT (not blocked): ');
  expect(await readdir(temporary)).toEqual([]);
});

test('the Provider of the demo is the one that the README shows', async () => {
  const read = (path: string) => readFile(new URL(path, import.meta.url), 'utf8');
  expect(await read('../../../README.md')).toContain(await read('../github-writer.yaml'));
});
