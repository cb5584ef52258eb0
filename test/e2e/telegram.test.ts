import { type ChildProcess, execFile, execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { loadCa } from '@pai/sidecar';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startTelegramService, type TelegramService } from './telegram-service.ts';

const run = promisify(execFile);
const realToken = '987654321:AAe2e-real_token-that-nobody-may-see';
const own = '111111:AAagents-own-token_that-nobody-may-log';
const cli = join(import.meta.dirname, '../../packages/cli/src/main.ts');
const clients = join(import.meta.dirname, 'clients/telegram');
const address = '127.0.0.44';

const provider = `
apiVersion: pai.io/v1
kind: Provider
metadata: {name: telegram-bot}
spec:
  type: telegram
  auth: {type: bot-token, secretRef: telegram-bot}
  policy:
    allow: ["getMe", "sendMessage", "sendDocument", "getUpdates", "deleteWebhook", "getFile", "sendChatAction"]
  scope: {chats: ["1", "@News"]}
`;

let service: TelegramService;
let sidecar: ChildProcess;
let env: Record<string, string>;
let said = '';
const dir = mkdtempSync(join(tmpdir(), 'pai-e2e-telegram-'));
const path = (name: string) => join(dir, name);

beforeAll(async () => {
  const serviceCa = loadCa();
  service = await startTelegramService(serviceCa, realToken);
  writeFileSync(path('service-ca.pem'), serviceCa.certificatePem);
  writeFileSync(path('provider.yaml'), provider);
  writeFileSync(path('hosts'), `127.0.0.1 localhost\n${address} api.telegram.org\n`);
  const pai = (...args: string[]) =>
    execFileSync(process.execPath, [cli, '--home', path('home'), ...args], { encoding: 'utf8' });
  pai('add', 'secret', 'telegram-bot', '--from-literal', `token=${realToken}`);
  pai('apply', '-f', path('provider.yaml'));
  const options = {
    '--provider': 'telegram-bot',
    '--listen': `${address}:443`,
    '--admin': `${address}:9090`,
    '--upstream': `api.telegram.org=127.0.0.1:${service.port}`,
    '--upstream-ca': path('service-ca.pem'),
    '--audit-log': path('audit.jsonl'),
  };
  sidecar = spawn(process.execPath, [
    cli,
    '--home',
    path('home'),
    'sidecar',
    ...Object.entries(options).flat(),
  ]);
  await new Promise<void>((resolve, reject) => {
    for (const stream of [sidecar.stdout, sidecar.stderr]) {
      stream?.on('data', (chunk: Buffer) => {
        said += String(chunk);
        if (said.includes('sidecar ready')) resolve();
      });
    }
    sidecar.once('exit', (status) => reject(new Error(`the sidecar ended with ${status}: ${said}`)));
  });
  env = JSON.parse(pai('env', '--provider', 'telegram-bot', '--format', 'json', '--dir', path('agent')));
});

afterAll(async () => {
  const ended = new Promise((resolve) => sidecar.once('exit', resolve));
  sidecar.kill('SIGTERM');
  await ended;
  await service.close();
  rmSync(dir, { recursive: true, force: true });
});

/** Runs a client as in a pod whose hosts file and trust store an injector has laid. */
async function agent(file: string, ...args: string[]): Promise<string> {
  const setUp =
    'mount --bind "$HOSTS" /etc/hosts && mount --bind "$SSL_CERT_FILE" /etc/ssl/certs/ca-certificates.crt && exec "$@"';
  const whole = { ...env, HOSTS: path('hosts'), PATH: process.env['PATH'], HOME: dir };
  const { stdout, stderr } = await run('unshare', ['--mount', 'sh', '-c', setUp, 'sh', file, ...args], {
    env: whole,
    timeout: 90_000,
  }).catch((error: { stdout: string; stderr: string }) => error);
  return stdout + stderr;
}

const python = '/usr/bin/python3';
const table = [
  { name: 'grammY', file: process.execPath, script: 'grammy.mjs', error: 'GrammyError 403' },
  { name: 'Telegraf', file: process.execPath, script: 'telegraf.mjs', error: 'TelegramError 403' },
  {
    name: 'node-telegram-bot-api',
    file: process.execPath,
    script: 'node-telegram-bot-api.mjs',
    error: 'ETELEGRAM',
  },
  {
    name: 'python-telegram-bot',
    file: python,
    script: 'python_telegram_bot.py',
    error: 'Unauthorized',
    module: '/usr/lib/python3/dist-packages/telegram',
  },
];

describe.each(table)('$name', ({ file, script, error, module }) => {
  const isThere = module === undefined || existsSync(module);
  const call = (task: string, chat: string, text: string) =>
    agent(file, join(clients, script), task, chat, text);

  test.skipIf(!isThere)('sends a message with a token it never held', async () => {
    expect(await call('send', '1', `hello from ${script}`)).toContain(`hello from ${script}`);
    expect(service.received.at(-1)).toMatchObject({ path: expect.stringMatching(/^sendMessage/i) });
  });

  test.skipIf(!isThere)(
    'raises its ordinary error with our sentence for a method that is not allowed',
    async () => {
      const said = await call('remove', '1', '');
      expect(said).toContain(error);
      expect(said).toContain('telegram-bot: deleteMessage is not allowed');
    },
  );

  test.skipIf(!isThere)('raises it for a chat outside its scope, and for a file sent there', async () => {
    for (const task of ['send', 'upload']) {
      const said = await call(task, '7', 'secret');
      expect(said).toContain(error);
      expect(said).toMatch(/7 is not in scope\.chats \(1, @News\)/);
    }
    expect(service.received.filter(({ content }) => content.includes('secret'))).toEqual([]);
  });

  test.skipIf(!isThere)('uploads a file into its chat', async () => {
    expect(await call('upload', '1', `content from ${script}`)).toContain('file-1');
    expect(service.received.at(-1)?.content).toContain(`content from ${script}`);
  });

  test.skipIf(!isThere)('downloads a file that getFile has named', async () => {
    expect(await call('download', '', 'file-1')).toContain('the bytes of documents/file_1.txt');
  });

  test.skipIf(!isThere)(
    'waits in a long poll, sees what is said in its chat and nothing of another, and answers',
    async () => {
      const before = service.received.length;
      const polled = call('poll', '', '');
      const since = () => service.received.slice(before);
      await expect
        .poll(() => since().some(({ path }) => path.startsWith('getUpdates')), { timeout: 30_000 })
        .toBe(true);
      await service.say(7, `whispered to ${script}`);
      await service.say(1, `said to ${script}`);
      const answered = () =>
        since().some(
          ({ path, content }) =>
            /sendMessage/i.test(path) &&
            decodeURIComponent(content.replaceAll('+', ' ')).includes(`echo said to ${script}`),
        );
      await expect.poll(answered, { timeout: 30_000 }).toBe(true);
      expect(await polled).not.toContain('rror');
      expect(JSON.stringify(since())).not.toContain('whispered');
    },
  );
});

describe('curl', () => {
  const api = (rest: string) => `https://api.telegram.org/bot${own}${rest}`;
  const curl = (...args: string[]) => agent('curl', '-sS', '--max-time', '60', ...args);

  test('T7 waits in a long poll for as long as it asks', async () => {
    const started = Date.now();
    const polled = curl(api('/getUpdates?timeout=300'));
    await expect.poll(() => service.received.at(-1)?.path).toBe('getUpdates?timeout=300');
    await new Promise((resolve) => setTimeout(resolve, 3_000));
    await service.say(1, 'at last');
    expect(await polled).toContain('at last');
    expect(Date.now() - started).toBeGreaterThan(3_000);
  });

  test('sends by form, JSON, multipart and query, over HTTP/1.1 and HTTP/2', async () => {
    const ways = [
      ['-d', 'chat_id=1', '-d', 'text=a form'],
      ['--json', '{"chat_id":1,"text":"JSON"}'],
      ['--http1.1', '-G', '-d', 'chat_id=1', '--data-urlencode', 'text=a query'],
    ];
    for (const way of ways) expect(await curl(...way, api('/sendMessage'))).toContain('"ok":true');
    expect(await curl('-F', 'chat_id=1', '-F', 'document=@/etc/hosts', api('/sendDocument'))).toContain(
      'file-1',
    );
    expect(await curl('-F', 'document=@/etc/hosts', '-F', 'chat_id=7', api('/sendDocument'))).toContain(
      '7 is not in scope.chats',
    );
    expect(await curl('-d', 'chat_id=1', '-d', 'text=x', api('/SENDMESSAGE?chat_id=7'))).toContain(
      'different values',
    );
  });

  test('cannot guess the path of another chat’s file', async () => {
    expect(await curl(`https://api.telegram.org/file/bot${own}/documents/file_2.txt`)).toContain(
      '"error_code":403',
    );
  });
});

test('T6 R8 no token, real or an agent’s own, is in the audit log, the metrics or anything the sidecar says', async () => {
  const metrics = await (await fetch(`http://${address}:9090/metrics`)).text();
  const audit = readFileSync(path('audit.jsonl'), 'utf8');
  expect(metrics).toContain('pai_');
  expect(audit).toContain('"path":"/bot***/sendMessage"');
  expect(audit).toContain('"path":"/file/bot***/documents/file_1.txt"');
  for (const text of [metrics, audit, said]) {
    for (const token of [realToken, own, env['TELEGRAM_BOT_TOKEN'] ?? 'none']) {
      for (const form of [
        token,
        token.split(':')[1] ?? '',
        encodeURIComponent(token),
        Buffer.from(token).toString('base64'),
      ]) {
        expect(text).not.toContain(form);
      }
    }
  }
});
