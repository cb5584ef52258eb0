import { execFile, execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import https from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { loadCa } from '@pai/sidecar';
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { startGitHubService } from './github-service.ts';

const run = promisify(execFile);
const cli = join(import.meta.dirname, '../../packages/cli/src/main.ts');
const realToken = 'ghp_e2eRealTokenThatNoClientMaySee0002';

/** What DNS would say of every host: an address that leads out of the pod. */
const outside = '192.0.2.10';
const own = '192.0.2.1';

const provider = `
apiVersion: pai.io/v1
kind: Provider
metadata: {name: github-writer}
spec:
  type: github
  auth: {type: pat, secretRef: github-pat}
  policy: {allow: ["issues:read"]}
  scope: {repositories: ["myorg/repo-a"]}
`;

const ways = {
  nftables: {
    tool: 'nft',
    rules: (port: number) => [
      ['nft', 'add', 'table', 'inet', 'pai'],
      ['nft', 'add', 'chain', 'inet', 'pai', 'output', '{ type nat hook output priority -100; }'],
      [
        'nft',
        'add',
        'rule',
        'inet',
        'pai',
        'output',
        'ip',
        'daddr',
        outside,
        'tcp',
        'dport',
        '{ 80, 443 }',
        'redirect',
        'to',
        `:${port}`,
      ],
    ],
    undo: ['nft', 'delete', 'table', 'inet', 'pai'],
  },
  iptables: {
    tool: 'iptables',
    rules: (port: number) => [
      [
        'iptables',
        '-t',
        'nat',
        '-A',
        'OUTPUT',
        '-d',
        outside,
        '-p',
        'tcp',
        '-m',
        'multiport',
        '--dports',
        '80,443',
        '-j',
        'REDIRECT',
        '--to-ports',
        String(port),
      ],
    ],
    undo: ['iptables', '-t', 'nat', '-F', 'OUTPUT'],
  },
};

/** A sidecar with the transparent door only, a service for each host, and the rules that lead there. */
async function startPod({ rules, undo }: (typeof ways)[keyof typeof ways]) {
  const dir = mkdtempSync(join(tmpdir(), 'pai-e2e-'));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  const home = join(dir, 'home');
  const auditLog = join(dir, 'audit.jsonl');
  const serviceCa = loadCa();
  writeFileSync(join(dir, 'service-ca.pem'), serviceCa.certificatePem);
  const github = await startGitHubService(serviceCa, realToken);
  const { cert, key } = serviceCa.leafFor('other.example.com');
  const other = https.createServer({ cert, key }, (req, res) =>
    res.end(`other got ${req.headers.authorization}`),
  );
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    github.close();
    other.close();
  });
  writeFileSync(join(dir, 'provider.yaml'), provider);
  const pai = (...args: string[]) =>
    execFileSync(process.execPath, [cli, '--home', home, ...args], { encoding: 'utf8' });
  pai('add', 'secret', 'github-pat', '--from-literal', `token=${realToken}`);
  pai('apply', '-f', join(dir, 'provider.yaml'));
  const upstreams = `api.github.com=127.0.0.1:${github.port},other.example.com=127.0.0.1:${(other.address() as AddressInfo).port}`;
  const env = {
    ...process.env,
    PAI_TRANSPARENT: '127.0.0.1:0',
    PAI_EGRESS: 'tunnel',
    PAI_UPSTREAM: upstreams,
  };
  const args = [
    'sidecar',
    '--provider',
    'github-writer',
    '--upstream-ca',
    join(dir, 'service-ca.pem'),
    '--audit-log',
    auditLog,
  ];
  const sidecar = spawn(process.execPath, [cli, '--home', home, ...args], {
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => void sidecar.kill('SIGKILL'));
  const ready = await new Promise<string>((resolve, reject) => {
    sidecar.stdout.once('data', (line: Buffer) => resolve(String(line)));
    sidecar.once('exit', (status) => reject(new Error(`the sidecar ended with ${status}`)));
  });
  const [, port = ''] = /^sidecar ready: transparent 127\.0\.0\.1:(\d+)/.exec(ready) ?? [];
  for (const [file = '', ...rest] of rules(Number(port))) execFileSync(file, rest);
  onTestFinished(() => void execFileSync(undo[0] ?? '', undo.slice(1)));
  const agentEnv: Record<string, string> = JSON.parse(
    pai('env', '--provider', 'github-writer', '--format', 'json', '--dir', join(dir, 'agent')),
  );
  /** curl as it is, but for what DNS would tell it. */
  const curl = async (url: string, ...more: string[]) => {
    const { host, protocol } = new URL(url);
    const resolve = `${host}:${protocol === 'http:' ? 80 : 443}:${outside}`;
    const env = { ...agentEnv, PATH: process.env['PATH'], HOME: '/nonexistent' };
    const { stdout } = await run('curl', ['-sS', '--resolve', resolve, ...more, url], {
      env,
      timeout: 30_000,
    });
    return stdout;
  };
  const audit = () =>
    readFileSync(auditLog, 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
  return { curl, audit, serviceCa: join(dir, 'service-ca.pem') };
}

describe.each(Object.entries(ways))('connections that %s redirects', (_name, way) => {
  const isThere = ['curl', 'ip', way.tool].every((tool) => has(tool));

  beforeAll(() => {
    if (!isThere) return;
    execFileSync('ip', ['address', 'replace', `${own}/32`, 'dev', 'lo']);
    execFileSync('ip', ['route', 'replace', `${outside}/32`, 'dev', 'lo', 'src', own]);
  });

  test.skipIf(!isThere)('are judged, passed on unread, or refused, as their server name says', async () => {
    const { curl, audit, serviceCa } = await startPod(way);
    const api = 'https://api.github.com/repos/myorg';
    expect(await curl(`${api}/repo-a/issues`, '--http2')).toContain('a real issue');
    expect(await curl(`${api}/repo-a/issues`, '--http1.1')).toContain('a real issue');
    expect(await curl(`${api}/repo-b/issues`)).toContain('myorg/repo-b is not in scope.repositories');
    const authorization = ['-H', 'Authorization: Bearer pai-placeholder-github-writer'];
    expect(await curl('https://other.example.com/', '--cacert', serviceCa, ...authorization)).toBe(
      'other got Bearer pai-placeholder-github-writer',
    );
    expect(await curl('http://api.github.com/repos/myorg/repo-a/issues')).toContain('plain_http_refused');
    await expect
      .poll(() => audit().map(({ decision, host, status }) => `${decision} ${host} ${status}`))
      .toEqual([
        'allow api.github.com 200',
        'allow api.github.com 200',
        'deny api.github.com 403',
        'tunnel other.example.com 200',
        'refuse  403',
      ]);
    expect(JSON.stringify(audit())).not.toContain(realToken);
  });
});

function has(tool: string): boolean {
  try {
    execFileSync('sh', ['-c', `command -v ${tool}`]);
    return true;
  } catch {
    return false;
  }
}
