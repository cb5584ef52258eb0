import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { apiProvider, createDesk } from './pai.ts';

const main = fileURLToPath(new URL('../src/main.ts', import.meta.url));

/** Runs `pai` where nothing more can be written to standard output, or into a pipe. */
function startPai(home: string, args: readonly string[], output: 'full' | 'pipe'): ChildProcess {
  const full = output === 'full' ? openSync('/dev/full', 'w') : undefined;
  const child = spawn(process.execPath, [main, ...args], {
    env: { PAI_HOME: home },
    stdio: ['ignore', full ?? 'pipe', 'pipe'],
  });
  if (full !== undefined) closeSync(full);
  onTestFinished(() => void child.kill('SIGKILL'));
  return child;
}

async function startSidecar(output: 'full' | 'pipe') {
  const desk = await createDesk();
  const api = join(desk.directory, 'api.yaml');
  await writeFile(api, apiProvider());
  await desk.pai(['add', 'secret', 'api-token', '--from-literal', 'token=canary-0123456789']);
  await desk.pai(['apply', '-f', api]);
  const doors = ['--base-url', '127.0.0.1:0', '--admin', '127.0.0.1:0'];
  const child = startPai(desk.home, ['sidecar', '--provider', 'api', ...doors], output);
  child.stdout?.resume();
  const [line] = await once(child.stderr as NonNullable<typeof child.stderr>, 'data');
  const [, base, admin] = /base URL (127\.0\.0\.1:\d+) .*admin (127\.0\.0\.1:\d+)/.exec(String(line)) ?? [];
  const ask = async (url: string) => (await fetch(`http://${url}`)).text();
  return {
    child,
    change: () =>
      writeFile(api, apiProvider().replace('/v1/**', '/v2/**')).then(() => desk.pai(['apply', '-f', api])),
    request: () => ask(`${base}/provider/api/v3`),
    ready: () => ask(`${admin}/readyz`),
    metrics: () => ask(`${admin}/metrics`),
  };
}

describe.runIf(process.platform === 'linux')('pai, where its output goes nowhere', () => {
  test('says that standard output is full', async () => {
    const { home } = await createDesk();
    const child = startPai(home, ['--help'], 'full');
    const said = text(child.stderr as NonNullable<typeof child.stderr>);
    expect(await once(child, 'exit')).toEqual([1, null]);
    expect(await said).toBe('pai: standard output cannot be written (ENOSPC)\n');
  });

  test('goes on serving when nobody reads its log any more', async () => {
    const { child, change, metrics } = await startSidecar('pipe');
    child.stderr?.destroy();
    await change();
    await vi.waitFor(async () => expect(await metrics()).toContain('pai_configuration_generation 2'));
    expect(await metrics()).toContain('pai_configuration_generation 2');
  });

  test('serves nothing unrecorded, and stays, when the audit log on standard output is full', async () => {
    const { request, ready } = await startSidecar('full');
    expect(await request()).toContain('request_denied');
    await vi.waitFor(async () => expect(await ready()).toContain('the audit log cannot be written'));
    expect(await request()).toContain('audit_unavailable');
  });
});
