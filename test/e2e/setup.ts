import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadCa } from '@pai/sidecar';
import type { TestProject } from 'vitest/node';
import { startGitHubService } from './github-service.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** What `pai env` printed: all that a client gets. */
    agentEnv: Record<string, string>;
    realToken: string;
    auditLog: string;
  }
}

const realToken = 'ghp_e2eRealTokenThatNoClientMaySee0001';

const provider = `
apiVersion: pai.io/v1
kind: Provider
metadata: {name: github-writer}
spec:
  type: github
  auth: {type: pat, secretRef: github-pat}
  policy:
    allow: ["pulls:create", "pulls:comment", "issues:read", "contents:read", "repos:read"]
    deny: ["admin:*"]
  scope: {repositories: ["myorg/repo-a", "myorg/repo-b"]}
`;

/** Starts the service and the sidecar on ports 443 and 53, and makes the pod's trust store the one an injector would. */
export default async function setup({ provide }: TestProject): Promise<() => Promise<void>> {
  const dir = mkdtempSync(join(tmpdir(), 'pai-e2e-'));
  const home = join(dir, 'home');
  const auditLog = join(dir, 'audit.jsonl');
  const serviceCa = loadCa();
  const service = await startGitHubService(serviceCa, realToken);
  writeFileSync(join(dir, 'service-ca.pem'), serviceCa.certificatePem);
  writeFileSync(join(dir, 'provider.yaml'), provider);
  const pai = (...args: string[]) =>
    execFileSync(process.execPath, [cli, '--home', home, ...args], { encoding: 'utf8' });
  pai('add', 'secret', 'github-pat', '--from-literal', `token=${realToken}`);
  pai('apply', '-f', join(dir, 'provider.yaml'));
  const sidecar = spawn(
    process.execPath,
    [
      cli,
      '--home',
      home,
      'sidecar',
      '--provider',
      'github-writer',
      '--listen',
      '127.0.0.1:443',
      '--dns',
      '127.0.0.1:53',
      '--dns-upstream',
      '127.0.0.2:53',
      '--upstream',
      `api.github.com=127.0.0.1:${service.port}`,
      '--upstream-ca',
      join(dir, 'service-ca.pem'),
      '--audit-log',
      auditLog,
    ],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  await new Promise<void>((resolve, reject) => {
    sidecar.stdout.once('data', () => resolve());
    sidecar.once('exit', (status) => reject(new Error(`the sidecar ended with ${status}`)));
  });
  const agentEnv: Record<string, string> = JSON.parse(
    pai('env', '--provider', 'github-writer', '--format', 'json', '--dir', join(dir, 'agent')),
  );
  execFileSync('mount', ['--bind', agentEnv['SSL_CERT_FILE'] ?? '', '/etc/ssl/certs/ca-certificates.crt']);
  provide('agentEnv', agentEnv);
  provide('realToken', realToken);
  provide('auditLog', auditLog);
  return async () => {
    const ended = new Promise((resolve) => sidecar.once('exit', resolve));
    sidecar.kill('SIGTERM');
    await ended;
    service.close();
    execFileSync('umount', ['/etc/ssl/certs/ca-certificates.crt']);
    rmSync(dir, { recursive: true, force: true });
  };
}

const cli = join(import.meta.dirname, '../../packages/cli/src/main.ts');
