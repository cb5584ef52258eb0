import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import net, { type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, onTestFinished, test } from 'vitest';
import { apiProvider, createDesk } from './pai.ts';

async function createSidecarDesk() {
  const desk = await createDesk();
  await writeFile(join(desk.directory, 'api.yaml'), apiProvider());
  await desk.pai(['add', 'secret', 'api-token', '--from-literal', 'token=canary-0123456789']);
  await desk.pai(['apply', '-f', join(desk.directory, 'api.yaml')]);
  const start = (args: readonly string[], env: Record<string, string> = {}) => {
    const main = fileURLToPath(new URL('../src/main.ts', import.meta.url));
    const child = spawn(process.execPath, [main, 'sidecar', ...args], {
      env: { PAI_HOME: desk.home, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    onTestFinished(() => void child.kill('SIGKILL'));
    return child;
  };
  return { ...desk, start };
}

describe('pai sidecar', () => {
  test('prints one line when it is ready, serves, and drains on SIGTERM', async () => {
    const { start, directory, pai } = await createSidecarDesk();
    const child = start([
      '--provider',
      'api',
      '--proxy',
      '127.0.0.1:0',
      '--admin',
      '127.0.0.1:0',
      '--audit-log',
      join(directory, 'audit.jsonl'),
    ]);
    const [line] = await once(child.stdout, 'data');
    const ready = /^sidecar ready: proxy 127\.0\.0\.1:(\d+), admin 127\.0\.0\.1:(\d+); serving api\n$/.exec(
      String(line),
    );
    expect(ready).not.toBeNull();
    const health = await fetch(`http://127.0.0.1:${ready?.[2]}/readyz`);
    expect(health.status).toBe(200);
    const admin = `127.0.0.1:${ready?.[2]}`;
    expect(await pai(['health', '--admin', admin])).toEqual({ status: 0, out: 'ok\n', err: '' });
    expect(await pai(['health', '--live', '--admin', `0.0.0.0:${ready?.[2]}`])).toMatchObject({ status: 0 });
    child.kill('SIGTERM');
    expect(await once(child, 'exit')).toEqual([0, null]);
    expect(await pai(['health', '--admin', admin])).toEqual({
      status: 1,
      out: '',
      err: `pai: no answer from ${admin} (connect ECONNREFUSED ${admin}); start the sidecar with --admin ${admin}\n`,
    });
  });

  test('ends with every request recorded when its terminal is closed', async () => {
    const { start, directory } = await createSidecarDesk();
    const log = join(directory, 'audit.jsonl');
    const child = start(['--provider', 'api', '--base-url', '127.0.0.1:0', '--audit-log', log]);
    const [line] = await once(child.stdout, 'data');
    const [at] = /127\.0\.0\.1:\d+/.exec(String(line)) ?? [];
    await (await fetch(`http://${at}/provider/api/v2`)).text();
    child.kill('SIGHUP');
    expect(await once(child, 'exit')).toEqual([0, null]);
    expect(await readFile(log, 'utf8')).toContain('"path":"/v2"');
  });

  test('opens no debugger when it gets the signal by which other servers open their log anew', async () => {
    const { start, pai } = await createSidecarDesk();
    const doors = ['--provider', 'api', '--proxy', '127.0.0.1:0', '--admin', '127.0.0.1:0'];
    const child = start(doors, { NODE_OPTIONS: '--inspect-port=0' });
    let said = '';
    child.stderr.on('data', (chunk) => {
      said += chunk;
    });
    await once(child.stderr, 'data');
    const [, admin = ''] = /admin (127\.0\.0\.1:\d+)/.exec(said) ?? [];
    child.kill('SIGUSR1');
    expect(await pai(['health', '--admin', admin])).toMatchObject({ out: 'ok\n' });
    child.kill('SIGTERM');
    expect(await once(child, 'close')).toEqual([0, null]);
    expect(said.trimEnd().split('\n')).toEqual([expect.stringContaining('sidecar ready: ')]);
  });

  test('is healthy with a configuration that it does not take over', async () => {
    const { start, home, pai } = await createSidecarDesk();
    const child = start(['--provider', 'api', '--proxy', '127.0.0.1:0', '--admin', '127.0.0.1:0']);
    const [line] = await once(child.stderr, 'data');
    const [, admin = ''] = /admin (127\.0\.0\.1:\d+)/.exec(String(line)) ?? [];
    await writeFile(join(home, 'config.yaml'), 'plugin: [x]\n');
    expect(await pai(['health', '--admin', admin])).toEqual({ status: 0, out: 'ok\n', err: '' });
  });

  test('refuses an empty name for the directory of its CA, which would be the current one', async () => {
    const { pai } = await createSidecarDesk();
    const said = 'pai: --ca-dir, or PAI_CA_DIR, is empty; name a directory (usage)\n';
    for (const command of ['sidecar', 'env']) {
      expect(await pai([command, '--provider', 'api', '--ca-dir', ''])).toEqual({
        status: 2,
        out: '',
        err: said,
      });
    }
  });

  test('takes its options from the environment too', async () => {
    const { start } = await createSidecarDesk();
    const child = start([], { PAI_PROVIDER: 'api', PAI_LISTEN: '127.0.0.1:0,[::1]:0' });
    const [line] = await once(child.stderr, 'data');
    expect(String(line)).toMatch(/^pai: sidecar ready: tls 127\.0\.0\.1:\d+ .*serving api\n$/);
    child.kill('SIGTERM');
    await once(child, 'exit');
  });

  test('opens the other doors, and then no TLS door of its own accord', async () => {
    const { start } = await createSidecarDesk();
    const child = start(['--transparent', '127.0.0.1:0'], {
      PAI_PROVIDER: 'api',
      PAI_BASE_URL: '[::1]:0',
    });
    const [line] = await once(child.stderr, 'data');
    expect(String(line)).toMatch(
      /^pai: sidecar ready: transparent 127\.0\.0\.1:\d+ .*base URL \[::1\]:\d+; serving api\n$/,
    );
    child.kill('SIGTERM');
    await once(child, 'exit');
  });

  test('ends with one sentence when a port is taken', async () => {
    const { child } = await createSidecarDesk();
    const taken = net.createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    onTestFinished(() => void taken.close());
    const { port } = taken.address() as AddressInfo;
    expect(await child(['sidecar', '--provider', 'api', '--proxy', `127.0.0.1:${port}`])).toEqual({
      status: 1,
      out: '',
      err: `pai: the proxy door cannot listen on 127.0.0.1:${port}: the port is taken; stop what uses it or choose another (address_in_use)\n`,
    });
  });

  test.each([
    [['--transparent', '127.0.0.1:0,127.0.0.1:0'], '--transparent takes one address'],
    [
      ['--proxy', '127.0.0.1:0', '--dns', '127.0.0.1:0'],
      'the DNS door leads hosts to the TLS door, and there is none at an address; add --listen 127.0.0.1:443 (usage)',
    ],
    [['--proxy', '192.0.2.1:0'], '(EADDRNOTAVAIL); choose an address of this machine (address_in_use)'],
    [['--base-url', '0.0.0.0:0'], 'the base URL door cannot listen on 0.0.0.0:0: it speaks in clear'],
    [['--listen', 'nonsense'], '--listen "nonsense" is not an address and a port'],
    [
      ['--proxy', '127.0.0.1:0', '--upstream-ca', '/nowhere.pem'],
      '--upstream-ca /nowhere.pem cannot be read (ENOENT)',
    ],
    [
      ['--proxy', '127.0.0.1:0', '--audit-log', '/nowhere/audit.jsonl'],
      'the audit log /nowhere/audit.jsonl cannot be opened',
    ],
  ])('refuses %j with one sentence', async (args, sentence) => {
    const { pai } = await createSidecarDesk();
    const { status, err } = await pai(['sidecar', '--provider', 'api', ...args]);
    expect(status).toBeGreaterThan(0);
    expect(err).toContain(sentence);
  });
});
