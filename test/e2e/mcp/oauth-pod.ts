import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { RequestListener } from 'node:http';
import https from 'node:https';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import tls from 'node:tls';
import { DemoInMemoryAuthProvider } from '@modelcontextprotocol/sdk/examples/server/demoInMemoryOAuthProvider.js';
import { mcpAuthRouter } from '@modelcontextprotocol/sdk/server/auth/router.js';
import { loadCa } from '@pai/sidecar';
import {
  type AuthorizationServer,
  createAuthorizationServer,
} from '../../../packages/cli/test/oauth/authorization-server.ts';
import { createBrowser } from '../../../packages/cli/test/oauth/browser.ts';
import { createProtectedServer } from '../../../packages/cli/test/oauth/mcp-server.ts';
import { firstWords, runMounted, stop } from '../processes.ts';
import { type Told, textOf } from './pod.ts';

const cli = join(import.meta.dirname, '../../../packages/cli/src/main.ts');

/** Servers that people log in to, before agents that cannot. */
export interface OAuthPod {
  readonly as: AuthorizationServer;
  readonly urlOf: (name: 'tracker' | 'demo') => string;
  /** Every request of a path that clients go to for a login, at any server. */
  readonly asked: readonly string[];
  /** `pai login` with a person in front of a browser: all that it printed. */
  readonly login: (name: string) => Promise<string>;
  /** Runs a client with what `pai env` gives. */
  readonly run: (
    file: string,
    args: readonly string[],
    env?: Readonly<Record<string, string>>,
  ) => Promise<Told>;
  readonly auditText: () => string;
  close(): Promise<void>;
}

const hosts = ['login.oauth.example', 'tracker.oauth.example', 'demo.oauth.example'] as const;
const urls = { tracker: 'https://tracker.oauth.example/mcp', demo: 'https://demo.oauth.example/mcp' };

/** Starts the pod at `address`, which no other test has, with `home` that is logged in to both. */
export async function startOAuthPod(address: string): Promise<OAuthPod> {
  const dir = mkdtempSync(join(tmpdir(), 'pai-oauth-'));
  const path = (name: string) => join(dir, name);
  const ca = loadCa();
  const asked: string[] = [];
  const issuer = 'https://login.oauth.example';
  const as = await createAuthorizationServer({ issuer, resource: urls.tracker, seconds: () => 3_600 });
  const tracker = createProtectedServer({ url: urls.tracker, issuer, verify: as.verify });
  const handles: Readonly<Record<string, RequestListener>> = {
    'login.oauth.example': as.handle,
    'tracker.oauth.example': (request, response) => void tracker.handle(request, response),
    'demo.oauth.example': createDemo(),
  };
  const contexts = new Map(hosts.map((host) => [host as string, tls.createSecureContext(ca.leafFor(host))]));
  const server = https.createServer(
    { SNICallback: (name, done) => done(null, contexts.get(name)) },
    (request, response) => {
      const { host = '' } = request.headers;
      if (/well-known|register|authorize|\/auth|token/.test(request.url ?? ''))
        asked.push(`${host}${request.url}`);
      handles[host]?.(request, response);
    },
  );
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  writeFileSync(path('ca.pem'), ca.certificatePem);
  writeFileSync(path('resolv.conf'), `nameserver ${address}\n`);
  writeFileSync(path('providers.yaml'), [provider('tracker'), provider('demo')].join('---\n'));
  const network = ['--upstream', `**.oauth.example=127.0.0.1:${port}`, '--upstream-ca', path('ca.pem')];
  const pai = (...args: string[]) =>
    execFileSync(process.execPath, [cli, '--home', path('home'), ...args], { encoding: 'utf8' });
  pai('apply', '-f', path('providers.yaml'));
  const login = async (name: string) => {
    const args = [cli, '--home', path('home'), 'login', name, '--no-browser', ...network];
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    const lines: string[] = [];
    for (const stream of [child.stdout, child.stderr]) {
      createInterface({ input: stream }).on('line', (line) => {
        lines.push(line);
        if (line.startsWith('https:')) void createBrowser(port, ca.certificatePem).open(line);
      });
    }
    await once(child, 'close');
    return lines.join('\n');
  };
  await login('tracker');
  await login('demo');
  const listen = ['--listen', `${address}:443`, '--dns', `${address}:53`, '--dns-upstream', '127.0.0.98:53'];
  const attached = ['--provider', 'tracker,demo', '--ca-dir', path('ca')];
  const options = [...attached, ...listen, ...network, '--audit-log', path('audit.jsonl')];
  const sidecar = spawn(process.execPath, [cli, '--home', path('home'), 'sidecar', ...options], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await firstWords(sidecar);
  const agentEnv: Record<string, string> = JSON.parse(
    pai('env', ...attached, '--format', 'json', '--dir', path('agent')),
  );
  const inside = `umount /etc/resolv.conf && mount --bind ${path('resolv.conf')} /etc/resolv.conf`;
  const mounted = { prepare: inside, env: agentEnv, home: dir, cwd: dir, timeout: 100_000 };
  return {
    as,
    urlOf: (name) => urls[name],
    asked,
    login,
    run: async (file, rest, more = {}) => textOf(await runMounted(file, rest, { ...mounted, more })),
    auditText: () => readFileSync(path('audit.jsonl'), 'utf8'),
    async close() {
      await stop(sidecar);
      server.closeAllConnections();
      server.close();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

/** The first SDK's own authorization server, and a server that asks it about tokens. */
function createDemo(): RequestListener {
  const issuer = 'https://demo.oauth.example';
  const demo = new DemoInMemoryAuthProvider((resource) => resource?.href === urls.demo);
  const server = createProtectedServer({
    url: urls.demo,
    issuer,
    verify: async (token, resource) => {
      const info = await demo.verifyAccessToken(token);
      if (String(info.resource) !== resource) throw new Error('a token for another resource');
      return { scope: info.scopes.join(' ') };
    },
  });
  const sdk = createRequire(import.meta.resolve('@modelcontextprotocol/sdk/server/auth/router.js'));
  const app = sdk('express')();
  app.use(
    mcpAuthRouter({
      provider: demo,
      issuerUrl: new URL(issuer),
      resourceServerUrl: new URL(urls.demo),
      scopesSupported: ['issues:read'],
    }),
  );
  app.use((request: Parameters<RequestListener>[0], response: Parameters<RequestListener>[1]) =>
    server.handle(request, response),
  );
  return app;
}

function provider(name: keyof typeof urls): string {
  return `apiVersion: pai.io/v1
kind: Provider
metadata: {name: ${name}}
spec:
  type: mcp
  mcp: {transport: http, url: "${urls[name]}"}
  auth: {type: oauth, secretRef: ${name}-login}
  policy: {mcp: {deniedTools: [write_issue]}}
`;
}
