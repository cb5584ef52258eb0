import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { apiProvider, createDesk } from './pai.ts';
import { startService } from './service.ts';

const main = fileURLToPath(new URL('../src/main.ts', import.meta.url));
const token = 'canary-Run-Token-0123456789';

async function createRunDesk() {
  const desk = await createDesk();
  await writeFile(join(desk.directory, 'api.yaml'), apiProvider());
  await desk.pai(['add', 'secret', 'api-token', '--from-literal', `token=${token}`]);
  await desk.pai(['apply', '-f', join(desk.directory, 'api.yaml')]);
  const flags = await startService('api.example.com', token, desk.directory);
  const run = (...command: string[]) => desk.child(['run', '--provider', 'api', ...flags, '--', ...command]);
  return {
    ...desk,
    run,
    node: (script: string) => run(process.execPath, '--input-type=module', '-e', script),
  };
}

describe('pai run', () => {
  test('gives a command a placeholder, and its requests the credential', async () => {
    const { node, home } = await createRunDesk();
    const { status, out, err } = await node(`
      const headers = { authorization: 'Bearer ' + process.env.API_TOKEN };
      const response = await fetch('https://api.example.com/v1/hello', { headers });
      console.log(process.env.API_TOKEN, response.status, await response.text());
    `);
    expect({ status, out, err }).toEqual({
      status: 0,
      out: 'pai-placeholder-api 200 hello from /v1/hello\n',
      err: '',
    });
    const audit = (await readFile(join(home, 'audit.jsonl'), 'utf8')).trim().split('\n');
    expect(audit.map((line) => JSON.parse(line))).toMatchObject([
      {
        provider: 'api',
        method: 'GET',
        path: '/v1/hello',
        decision: 'allow',
        rule: 'policy.httpRules[0]',
        status: 200,
      },
    ]);
    expect(audit.join()).not.toContain(token);
  });

  test('shows a command why its request is denied', async () => {
    const { node } = await createRunDesk();
    const { out } = await node(`
      const response = await fetch('https://api.example.com/v1/hello', { method: 'DELETE' });
      console.log(response.status, response.headers.get('x-pai-rule'), await response.text());
    `);
    expect(out).toMatch(/^403 policy\.httpRules .*api: /);
  });

  test('refuses a host that no Provider claims', async () => {
    const { node } = await createRunDesk();
    const { out } = await node(`
      await fetch('https://other.example.com/').catch((error) => console.log('refused', error.cause?.message ?? error.message));
    `);
    expect(out).toMatch(/^refused/);
  });

  test('ends with the status of the command, leaves no file and no variable of its own behind', async () => {
    const { node, run } = await createRunDesk();
    const before = await leftovers();
    expect((await node('process.exit(7)')).status).toBe(7);
    expect((await node("process.kill(process.pid, 'SIGTERM'); setTimeout(() => {}, 5000)")).status).toBe(143);
    const { out } = await node(
      'console.log(Object.keys(process.env).filter((name) => name.startsWith("PAI_")).length)',
    );
    expect(out).toBe('0\n');
    const missing = await run('no-such-command-here');
    expect(missing).toMatchObject({
      status: 2,
      err: 'pai: no-such-command-here cannot be run (no such command) (usage)\n',
    });
    expect(await leftovers()).toEqual(before);
  });

  test.runIf(process.platform === 'linux')(
    'leaves Ctrl-C to the terminal, which sends it to the command',
    async () => {
      const { home } = await createRunDesk();
      const script = `
      let interrupts = 0;
      process.on('SIGINT', () => {
        if (++interrupts === 1) setTimeout(() => { console.log('interrupts:', interrupts); process.exit(3); }, 500);
      });
      console.log('ready');
      setInterval(() => {}, 1000);`;
      const words = [
        process.execPath,
        main,
        ...'run --provider api --'.split(' '),
        process.execPath,
        '-e',
        script,
      ];
      const quoted = words.map((word) => `'${word.replaceAll("'", "'\\''")}'`).join(' ');
      const child = spawn('script', ['-qec', `exec ${quoted}`, '/dev/null'], {
        env: { PAI_HOME: home, PATH: process.env['PATH'] },
        stdio: ['pipe', 'pipe', 'inherit'],
      });
      let out = '';
      let isTyped = false;
      child.stdout.on('data', (bytes) => {
        out += bytes;
        if (isTyped || !out.includes('ready')) return;
        isTyped = true;
        child.stdin.write('\x03');
      });
      expect(await once(child, 'close')).toEqual([3, null]);
      expect(out).toContain('interrupts: 1');
    },
  );

  test.each([
    [['run', '--', 'true'], 'say whose Providers to attach: either --provider a,b or --agent NAME (usage)'],
    [
      ['run', '--provider', 'api', '--agent', 'a', '--', 'true'],
      'either --provider a,b or --agent NAME, and not both, also not one of them as PAI_PROVIDER or PAI_AGENT (usage)',
    ],
    [['run', '--provider', 'nope', '--', 'true'], 'provider nope does not exist'],
    [
      ['run', '--provider', 'api', '--upstream', 'x', '--', 'true'],
      '--upstream "x" is not HOST=ADDR:PORT (usage)',
    ],
    [['run', '--provider', 'api', '--egress', 'open', '--', 'true'], "argument 'open' is invalid"],
  ])('answers %j with one sentence', async (args, sentence) => {
    const { pai } = await createDesk();
    const { status, err } = await pai(args);
    expect(status).toBeGreaterThan(0);
    expect(err).toContain(sentence);
  });
});

async function leftovers(): Promise<readonly string[]> {
  return (await readdir(tmpdir())).filter((name) => name.startsWith('pai-run-') && name.includes('-'));
}
