import { execFile, execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadCa } from '@pai/sidecar';
import { general, type SlackService, slackSecrets, startSlackService } from './slack-service.ts';

const root = join(import.meta.dirname, '../..');
const cli = join(root, 'packages/cli/src/main.ts');
/** In the pod's own network, beside the addresses of other tests. */
const address = '127.0.0.77';
/** Where `.ci/run` lays slack_sdk, which Debian does not have. */
const pythonPath = join(root, 'node_modules/.python');

/** Whether slack_sdk is there. */
export const hasSlackSdk = existsSync(join(pythonPath, 'slack_sdk'));

const providers = `
apiVersion: pai.io/v1
kind: Provider
metadata: {name: slack-bot}
spec:
  type: slack
  auth: {type: bot-token, secretRef: slack}
  policy: {allow: ["auth.test", "chat.*", "conversations.history", "conversations.info", "files.*"], deny: [chat.delete]}
  scope: {channels: ["#random", ${general}]}
---
apiVersion: pai.io/v1
kind: Provider
metadata: {name: slack-app}
spec:
  type: slack
  auth: {type: bot-token, secretRef: slack, agentEnvVar: SLACK_SOCKET_TOKEN}
  policy: {allow: [apps.connections.open, socket-mode, incoming-webhook, files.download]}
`;

/** A sidecar of its own process before a service for all hosts of Slack, in a pod whose DNS is the sidecar's. */
export interface SlackPod {
  readonly service: SlackService;
  /** Runs a client with what `pai env` gives, and gives all that it printed. */
  readonly run: (file: string, ...args: readonly string[]) => Promise<string>;
  readonly auditText: () => string;
  close(): Promise<void>;
}

/** Starts the pod. */
export async function startSlackPod(): Promise<SlackPod> {
  const dir = mkdtempSync(join(tmpdir(), 'pai-slack-'));
  const path = (name: string) => join(dir, name);
  const serviceCa = loadCa();
  const service = await startSlackService(serviceCa);
  writeFileSync(path('service-ca.pem'), serviceCa.certificatePem);
  writeFileSync(path('providers.yaml'), providers);
  writeFileSync(path('resolv.conf'), `nameserver ${address}\n`);
  const pai = (...args: string[]) =>
    execFileSync(process.execPath, [cli, '--home', path('home'), ...args], { encoding: 'utf8' });
  const literals = Object.entries(slackSecrets).flatMap(([key, value]) => [
    '--from-literal',
    `${key}=${value}`,
  ]);
  pai('add', 'secret', 'slack', ...literals);
  pai('apply', '-f', path('providers.yaml'));
  const hosts = [
    'slack.com',
    'files.slack.com',
    'hooks.slack.com',
    'wss-primary.slack.com',
    'emulate.slack.com',
  ];
  const options = {
    '--provider': 'slack-bot,slack-app',
    '--listen': `${address}:443`,
    '--dns': `${address}:53`,
    '--dns-upstream': '127.0.0.78:53',
    '--ca-dir': path('ca'),
    '--upstream-ca': path('service-ca.pem'),
    '--audit-log': path('audit.jsonl'),
  };
  const upstreams = hosts.flatMap((host) => ['--upstream', `${host}=127.0.0.1:${service.port}`]);
  const args = [...Object.entries(options).flat(), ...upstreams];
  const sidecar = spawn(process.execPath, [cli, '--home', path('home'), 'sidecar', ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await new Promise<void>((resolve, reject) => {
    sidecar.stdout.once('data', () => resolve());
    sidecar.once('exit', (status) => reject(new Error(`the sidecar ended with ${status}`)));
  });
  const chosen = ['--provider', options['--provider'], '--ca-dir', options['--ca-dir']];
  const printed = pai('env', ...chosen, '--format', 'json', '--dir', path('agent'));
  const agentEnv: Record<string, string> = JSON.parse(printed);
  const inside = 'umount /etc/resolv.conf && mount --bind "$1" /etc/resolv.conf && shift && exec "$@"';
  return {
    service,
    run: (file, ...rest) =>
      new Promise((resolve) => {
        const words = ['--mount', 'sh', '-c', inside, 'sh', path('resolv.conf'), file, ...rest];
        const env = {
          ...agentEnv,
          PATH: process.env['PATH'],
          HOME: '/nonexistent',
          PYTHONPATH: pythonPath,
        };
        execFile('unshare', words, { env, timeout: 60_000 }, (_error, out, err) => resolve(out + err));
      }),
    auditText: () => readFileSync(path('audit.jsonl'), 'utf8'),
    async close() {
      const ended = new Promise((resolve) => sidecar.once('exit', resolve));
      sidecar.kill('SIGTERM');
      await ended;
      await service.close();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}
