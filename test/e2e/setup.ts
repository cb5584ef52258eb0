import { execFileSync, spawn } from 'node:child_process';
import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadCa } from '@pai/sidecar';
import type { TestProject } from 'vitest/node';
import { gateHosts, startGate } from './github/gate.ts';
import { createRepositories } from './github/git-backend.ts';
import { app, startRestService } from './github/rest.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** What `pai env` printed for github-writer: all that a client gets. */
    agentEnv: Record<string, string>;
    /** The same for the other Providers. */
    maintainerEnv: Record<string, string>;
    appEnv: Record<string, string>;
    watcherEnv: Record<string, string>;
    realToken: string;
    /** Of the app, in PEM. */
    appKey: string;
    auditLog: string;
    /** A line for every request that reached the service. */
    serviceLog: string;
  }
}

const realToken = 'ghp_e2eRealTokenThatNoClientMaySee0001';

const watcherProxy = '127.0.0.1:3128';

const providers = `
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
---
apiVersion: pai.io/v1
kind: Provider
metadata: {name: github-maintainer}
spec:
  type: github
  auth: {type: pat, secretRef: github-pat}
  policy:
    allow: ["issues:*", "pulls:*", "contents:*", "releases:*", "repos:read", "users:read", "meta:read", "labels:read",
      "milestones:read", "projects:read", "checks:read", "statuses:read"]
    deny: ["admin:*", "contents:delete"]
  scope: {repositories: ["myorg/repo-a"]}
---
apiVersion: pai.io/v1
kind: Provider
metadata: {name: github-app}
spec:
  type: github
  auth: {type: github-app, appId: ${app.id}, installationId: ${app.installation}, secretRef: github-app}
  policy: {allow: ["issues:*", "contents:read"]}
  scope: {repositories: ["myorg/repo-b"]}
---
apiVersion: pai.io/v1
kind: Provider
metadata: {name: github-watcher}
spec:
  type: github
  auth: {type: pat, secretRef: github-pat}
  policy: {allow: ["meta:read"]}
  audit: {enforcement: audit}
`;

/** Starts the service and the sidecar on ports 443 and 53, and makes the pod's trust store the one an injector would. */
export default async function setup({ provide }: TestProject): Promise<() => Promise<void>> {
  const dir = mkdtempSync(join(tmpdir(), 'pai-e2e-'));
  const home = join(dir, 'home');
  const auditLog = join(dir, 'audit.jsonl');
  const serviceCa = loadCa();
  const rest = await startRestService(4_599);
  const gitRoot = join(dir, 'git');
  createRepositories(gitRoot, ['myorg/repo-a', 'myorg/repo-b', 'other/secret']);
  const serviceLog = join(dir, 'service.log');
  const log = (line: string) => appendFileSync(serviceLog, `${line}\n`);
  const gate = await startGate({ ca: serviceCa, token: realToken, rest, gitRoot, log });
  writeFileSync(join(dir, 'service-ca.pem'), serviceCa.certificatePem);
  writeFileSync(join(dir, 'providers.yaml'), providers);
  const pai = (...args: string[]) =>
    execFileSync(process.execPath, [cli, '--home', home, ...args], { encoding: 'utf8' });
  pai('add', 'secret', 'github-pat', '--from-literal', `token=${realToken}`);
  writeFileSync(join(dir, 'app.pem'), app.privateKey);
  pai('add', 'secret', 'github-app', '--from-file', `private-key=${join(dir, 'app.pem')}`);
  pai('apply', '-f', join(dir, 'providers.yaml'));
  const serve = (...args: string[]) =>
    startSidecar(home, [
      ...args,
      ...gateHosts.flatMap((host) => ['--upstream', `${host}=127.0.0.1:${gate.port}`]),
      ...['--upstream-ca', join(dir, 'service-ca.pem')],
      ...['--audit-log', auditLog],
    ]);
  const stop = await serve(
    ...['--provider', 'github-writer,github-maintainer,github-app'],
    ...['--listen', '127.0.0.1:443'],
    ...['--dns', '127.0.0.1:53', '--dns-upstream', '127.0.0.2:53'],
  );
  // A Provider whose policy is only audited takes what all others deny, so that it stands alone.
  const stopWatcher = await serve('--provider', 'github-watcher', '--proxy', watcherProxy);
  const envOf = (name: string, ...options: string[]): Record<string, string> =>
    JSON.parse(pai('env', '--provider', name, '--format', 'json', '--dir', join(dir, 'agent'), ...options));
  const agentEnv = envOf('github-writer');
  execFileSync('mount', ['--bind', agentEnv['SSL_CERT_FILE'] ?? '', '/etc/ssl/certs/ca-certificates.crt']);
  provide('agentEnv', agentEnv);
  provide('maintainerEnv', envOf('github-maintainer'));
  provide('appEnv', envOf('github-app'));
  provide('watcherEnv', envOf('github-watcher', '--proxy', watcherProxy));
  provide('appKey', app.privateKey);
  provide('realToken', realToken);
  provide('auditLog', auditLog);
  provide('serviceLog', serviceLog);
  return async () => {
    await Promise.all([stop(), stopWatcher()]);
    gate.close();
    await rest.close();
    execFileSync('umount', ['/etc/ssl/certs/ca-certificates.crt']);
    rmSync(dir, { recursive: true, force: true });
  };
}

const cli = join(import.meta.dirname, '../../packages/cli/src/main.ts');

/** Gives what ends it. */
async function startSidecar(home: string, args: readonly string[]): Promise<() => Promise<void>> {
  const sidecar = spawn(process.execPath, [cli, '--home', home, 'sidecar', ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await new Promise<void>((resolve, reject) => {
    sidecar.stdout.once('data', () => resolve());
    sidecar.once('exit', (status) => reject(new Error(`the sidecar ended with ${status}`)));
  });
  return async () => {
    const ended = new Promise((resolve) => sidecar.once('exit', resolve));
    sidecar.kill('SIGTERM');
    await ended;
  };
}
