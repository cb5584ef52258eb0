import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import https from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { PassThrough } from 'node:stream';
import tls from 'node:tls';
import { builtinPlugins, createSecretStore, loadCa, type Sidecar, startSidecar } from '@pai/sidecar';
import { onTestFinished } from 'vitest';
import { runCli } from '../../src/cli.ts';
import { createDesk } from '../pai.ts';
import { type AuthorizationServerOptions, createAuthorizationServer } from './authorization-server.ts';
import { createBrowser, type Page } from './browser.ts';
import { createProtectedServer } from './mcp-server.ts';

/** Where everything is. */
export const place = {
  issuer: 'https://login.example.com',
  url: 'https://mcp.example.com/mcp',
  hosts: ['login.example.com', 'mcp.example.com'],
} as const;

/** The Provider `tracker`, with more parts of `spec.auth`. */
export function tracker(auth = '', policy = ''): string {
  return `apiVersion: pai.io/v1
kind: Provider
metadata: {name: tracker}
spec:
  type: mcp
  mcp: {transport: http, url: "${place.url}"}
  auth: {type: oauth, secretRef: tracker-login${auth}}
${policy}`;
}

/** A login that is under way, and its end. */
export interface LoginRun {
  readonly status: number;
  readonly url: string;
  readonly page: Page | undefined;
  /** All that was printed. */
  readonly text: string;
}

/** An authorization server, a server behind it, and a home with `tracker` in it. */
export async function startOAuth(
  options: Partial<AuthorizationServerOptions> & { readonly auth?: string } = {},
) {
  const desk = await createDesk();
  const ca = loadCa();
  const { issuer, url } = place;
  let seconds = 3_600;
  const as = await createAuthorizationServer({ issuer, resource: url, seconds: () => seconds, ...options });
  const mcp = createProtectedServer({ url, issuer, verify: as.verify });
  const contexts = new Map(
    place.hosts.map((host) => [host as string, tls.createSecureContext(ca.leafFor(host))]),
  );
  const server = https.createServer(
    { SNICallback: (name, done) => done(null, contexts.get(name)) },
    (request, response) => {
      const handle = request.headers.host === 'login.example.com' ? as.handle : mcp.handle;
      void handle(request, response);
    },
  );
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  const caFile = join(desk.directory, 'ca.pem');
  await writeFile(caFile, ca.certificatePem);
  const file = join(desk.directory, 'tracker.yaml');
  const apply = async (text: string) => {
    await writeFile(file, text);
    return desk.pai(['apply', '-f', file]);
  };
  const applied = await apply(tracker(options.auth));
  const network = place.hosts.flatMap((host) => ['--upstream', `${host}=127.0.0.1:${port}`]);
  const logs: string[] = [];
  return {
    ...desk,
    as,
    mcp,
    applied,
    apply,
    logs,
    setSeconds: (value: number) => {
      seconds = value;
    },
    flags: [...network, '--upstream-ca', caFile],
    /** `pai login`, with `browse` in place of a person's browser. */
    login: async (
      more: readonly string[] = [],
      browse: (url: string) => Promise<Page | undefined> = createBrowser(port, ca.certificatePem).open,
      stdin = new PassThrough(),
    ): Promise<LoginRun> => {
      const [stdout, stderr] = [new PassThrough(), new PassThrough()];
      const lines: string[] = [];
      const env = { PAI_HOME: desk.home, PATH: process.env['PATH'] };
      const args = ['login', 'tracker', '--no-browser', ...network, '--upstream-ca', caFile, ...more];
      const ended = runCli(args, { env, stdin, stdout, stderr });
      let page: Promise<Page | undefined> | undefined;
      let shown = '';
      for (const stream of [stdout, stderr]) {
        createInterface({ input: stream }).on('line', (line) => {
          lines.push(line);
          if (!line.startsWith('https://')) return;
          shown = line;
          page = browse(line);
        });
      }
      const status = await ended;
      stdout.end();
      stderr.end();
      const seen = await page;
      await new Promise((resolve) => setImmediate(resolve));
      return { status, url: shown, page: seen, text: lines.join('\n') };
    },
    /** A browser on another machine, and the person who types where it ended. */
    apart: () => {
      const stdin = new PassThrough();
      const browse = async (url: string) => {
        const end = await createBrowser(port, ca.certificatePem, false).open(url);
        stdin.write(`what?\n${end.headers.location}\n`);
        return undefined;
      };
      return { browse, stdin };
    },
    /** The value of a key of the Secret. */
    stored: async (key: string) =>
      (await createSecretStore(desk.home).look('default', 'tracker-login'))(key)?.reveal(),
    /** Has the access token of the Secret end now, as far as the Secret says. */
    expire: () =>
      createSecretStore(desk.home).change('default', 'tracker-login', async (look) => {
        const grant = JSON.parse(look('grant')?.reveal() ?? '{}');
        return { grant: JSON.stringify({ ...grant, expiresAt: Date.now() - 1_000 }) };
      }),
    /** A sidecar of this process on the home. */
    serve: async (): Promise<{ readonly sidecar: Sidecar; readonly url: URL }> => {
      const sidecar = await startSidecar({
        home: desk.home,
        auditLog: join(desk.directory, 'audit.jsonl'),
        upstreamCa: caFile,
        plugins: builtinPlugins,
        overrides: new Map(place.hosts.map((host) => [host, { address: '127.0.0.1', port }])),
        listen: [],
        proxy: [],
        baseUrl: { address: '127.0.0.1', port: 0 },
        egress: 'deny',
        log: (line) => void logs.push(line),
      });
      onTestFinished(() => sidecar.close(0));
      const [door] = sidecar.addresses.baseUrl;
      return { sidecar, url: new URL(`http://127.0.0.1:${door?.port}/provider/tracker/mcp`) };
    },
  };
}
