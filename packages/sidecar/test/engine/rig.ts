import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AuditEvent } from '@pai/core';
import { afterAll, beforeAll, beforeEach, expect, onTestFinished, vi } from 'vitest';
import { loadCa } from '../../src/ca.ts';
import { builtinPlugins } from '../../src/plugins.ts';
import { readResources } from '../../src/resources.ts';
import { createSecretStore } from '../../src/secrets.ts';
import { type Sidecar, type SidecarOptions, startSidecar } from '../../src/sidecar.ts';
import { applyResources, deleteResource } from '../../src/state.ts';
import { type Ask, askH1, askH2, createLine, dial, type Got, type Line, openH2, secure } from './agent.ts';
import { type Service, type ServiceBehaviour, startService } from './service.ts';

/** The credentials of the rig: found nowhere but at the service. */
export const canaries = { api: 'canary-api-7f3a91c2e5d84b60', github: 'ghp_canary9b1e4d7750aa4f2c' };

/** `api.example.com` and one label under `wild.example.com` take any request except under /forbidden. */
export function httpProvider(name: string, extra = '', host = `${name}.example.com`): string {
  return `apiVersion: pai.io/v1
kind: Provider
metadata: {name: ${name}}
spec:
  type: http-token
  host: "${host}"
  auth: {type: bearer, secretRef: api-token}
  policy:
    httpRules:
      - {paths: ["/forbidden/**", "/forbidden"], effect: deny}
      - {methods: [GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS], paths: ["*"], effect: allow}
${extra}`;
}

const githubWriter = `apiVersion: pai.io/v1
kind: Provider
metadata: {name: github-writer}
spec:
  type: github
  auth: {type: pat, secretRef: github-pat}
  policy:
    allow: ["pulls:create", "pulls:comment", "pulls:review", "issues:read", "contents:read"]
    deny: ["admin:*"]
  scope: {repositories: ["myorg/repo-a", "myorg/repo-b"]}
`;

/** Doors at which TLS begins at once. */
export type DirectDoor = 'listen' | 'transparent';

/** The way of a request into the sidecar. */
export type Way = 'tls' | 'proxy' | 'transparent' | 'baseUrl';

/** What differs from the usual rig. */
export interface RigOptions extends ServiceBehaviour {
  readonly providers?: readonly string[];
  readonly sidecar?: Partial<SidecarOptions>;
  /** Hosts that lead to the service, beside the usual ones. */
  readonly hosts?: readonly string[];
}

/** A whole sidecar, a service behind it, and agents in front of it. */
export interface Rig {
  readonly home: string;
  readonly sidecar: Sidecar;
  readonly service: Service;
  /** How the service is reached, for what else stands on the same home. */
  readonly reach: Pick<SidecarOptions, 'upstreamCa' | 'overrides'>;
  readonly logs: string[];
  /** A TLS connection at the TLS door, or the transparent one; `sni` defaults to api.example.com. */
  line(options?: { sni?: string | undefined; alpn?: readonly string[]; door?: DirectDoor }): Promise<Line>;
  /** A TLS connection through CONNECT at the proxy door. */
  tunnel(authority?: string, options?: { sni?: string; alpn?: readonly string[] }): Promise<Line>;
  /** A bare TCP connection to the proxy door. */
  proxy(): Promise<Line>;
  /** A bare TCP connection to a door. */
  bare(door: DirectDoor | 'baseUrl'): Promise<Line>;
  /** One request at any door by either protocol; the base URL door has HTTP/1.1 only. */
  ask(ask: Ask & { door?: Way; protocol?: 'h1' | 'h2'; sni?: string }): Promise<Got>;
  /** The audit lines since the last look, once there are `count`; fails when there are more. */
  audit(count: number): Promise<AuditEvent[]>;
  /** Every audit line that is written after a moment in which no more come. */
  auditSoFar(): Promise<AuditEvent[]>;
  apply(...texts: string[]): Promise<void>;
  remove(name: string): Promise<void>;
  /** Fails if a canary is in anything the sidecar said, or in `texts`. */
  expectNoCanary(...texts: readonly unknown[]): Promise<void>;
  admin(path: string): Promise<{ status: number; text: string; type: string | null }>;
}

/** Starts a rig. It ends with the test, and fails it when the service got what is no strict HTTP, or a canary is in the audit log. */
export async function startRig(
  options: RigOptions = {},
  atEnd: (end: () => Promise<void> | void) => void = onTestFinished,
): Promise<Rig> {
  const directory = await mkdtemp(join(tmpdir(), 'pai-engine-'));
  atEnd(() => rm(directory, { recursive: true, force: true }));
  const home = join(directory, 'home');
  const auditLog = join(directory, 'audit.log');
  const upstreamCa = join(directory, 'service-ca.pem');
  const hosts = ['api.example.com', 'one.wild.example.com', 'api.github.com', ...(options.hosts ?? [])];
  const serviceCa = loadCa();
  await writeFile(upstreamCa, serviceCa.certificatePem);
  const service = await startService(identityOf(serviceCa, hosts), options, atEnd);
  const apply = async (...texts: string[]) => {
    const files = texts.map((text, i) => ({ file: `${i}.yaml`, text }));
    const { plugins = builtinPlugins } = options.sidecar ?? {};
    await applyResources(home, await readResources(files, { plugins }));
  };
  const secrets = createSecretStore(home);
  await secrets.put('default', 'api-token', { token: canaries.api });
  await secrets.put('default', 'github-pat', { token: canaries.github });
  await apply(...(options.providers ?? [httpProvider('api'), githubWriter]));
  const logs: string[] = [];
  const any = { address: '127.0.0.1', port: 0 };
  const reach = {
    upstreamCa,
    overrides: new Map(hosts.map((host) => [host, { address: '127.0.0.1', port: service.port }])),
  };
  const sidecar = await startSidecar({
    home,
    auditLog,
    ...reach,
    listen: [any],
    proxy: [any],
    transparent: any,
    baseUrl: any,
    admin: any,
    log: (line) => void logs.push(line),
    ...options.sidecar,
  });
  // What is written last is searched too.
  atEnd(async () => {
    await sidecar.close(0);
    expectNoCanaryIn(await readFile(auditLog, 'latin1').catch(() => ''));
  });
  return createRig({
    home,
    sidecar,
    service,
    reach,
    logs,
    auditLog: options.sidecar?.auditLog ?? auditLog,
    apply,
  });
}

function expectNoCanaryIn(said: string): void {
  for (const value of Object.values(canaries)) {
    for (const form of [value, Buffer.from(value).toString('base64').slice(0, -2)])
      expect(said).not.toContain(form);
  }
}

/** One rig for all tests of a block; each begins with a service that has got nothing and no audit lines. */
export function useRig(options: RigOptions = {}): () => Rig {
  const ends: (() => Promise<void> | void)[] = [];
  let rig: Rig | undefined;
  const get = () => {
    if (rig === undefined) throw new Error('the rig is not there yet');
    return rig;
  };
  beforeAll(async () => {
    rig = await startRig(options, (end) => void ends.push(end));
  });
  beforeEach(() => get().service.forget());
  afterAll(async () => {
    for (const end of ends.reverse()) await end();
  });
  return get;
}

/** One certificate for all hosts would hide a wrong server name, so the service chooses by SNI. */
export function identityOf(ca: ReturnType<typeof loadCa>, hosts: readonly string[]) {
  const { cert, key } = ca.leafFor(hosts[0] as string);
  const SNICallback = (
    name: string,
    done: (error: null, context: ReturnType<typeof ca.leafFor>['secureContext']) => void,
  ) => done(null, ca.leafFor(name).secureContext);
  return { cert, key, SNICallback };
}

interface Parts extends Pick<Rig, 'home' | 'sidecar' | 'service' | 'reach' | 'logs' | 'apply'> {
  readonly auditLog: string;
}

function createRig({ home, sidecar, service, reach, logs, auditLog, apply }: Parts): Rig {
  const portOf = (door: DirectDoor | 'proxy' | 'baseUrl' | 'admin') => sidecar.addresses[door][0]?.port ?? 0;
  const ca = sidecar.ca.certificatePem;
  const tlsLine = async (sni: string | undefined, alpn: readonly string[], door: DirectDoor = 'listen') =>
    secure(await dial(portOf(door)), { ca, alpn, ...(sni !== undefined && { servername: sni }) });
  const tunnelled = async (authority: string, sni: string, alpn: readonly string[]) => {
    const socket = await dial(portOf('proxy'));
    socket.write(`CONNECT ${authority} HTTP/1.1\r\nHost: ${authority}\r\n\r\n`);
    const answer = await new Promise<Buffer>((resolve) => socket.once('data', resolve));
    if (!answer.toString().startsWith('HTTP/1.1 200')) throw new Error(answer.toString());
    return secure(socket, { ca, alpn, servername: sni });
  };
  const askBase = async (host: string, ask: Ask) => {
    const line = createLine(await dial(portOf('baseUrl')));
    const name = sidecar
      .attached()
      .find(({ provider }) => provider.hosts.some((one) => one.host === host))?.name;
    const got = await askH1(line, `127.0.0.1:${portOf('baseUrl')}`, {
      ...ask,
      path: `/provider/${name}${ask.path ?? '/'}`,
    });
    line.socket.destroy();
    return got;
  };
  let seen = 0;
  const readAudit = async () => {
    const text = await readFile(auditLog, 'utf8');
    return text
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line) as AuditEvent);
  };
  const admin: Rig['admin'] = async (path) => {
    const response = await fetch(`http://127.0.0.1:${portOf('admin')}${path}`);
    return {
      status: response.status,
      text: await response.text(),
      type: response.headers.get('content-type'),
    };
  };
  return {
    home,
    sidecar,
    service,
    reach,
    logs,
    apply,
    admin,
    remove: (name) => deleteResource(home, { kind: 'Provider', namespace: 'default', name }),
    line: async (given = {}) =>
      createLine(
        await tlsLine('sni' in given ? given.sni : 'api.example.com', given.alpn ?? ['http/1.1'], given.door),
      ),
    tunnel: async (authority = 'api.example.com:443', { sni, alpn = ['http/1.1'] } = {}) =>
      createLine(await tunnelled(authority, sni ?? authority.replace(/:.*/, ''), alpn)),
    proxy: async () => createLine(await dial(portOf('proxy'))),
    bare: async (door) => createLine(await dial(portOf(door))),
    async ask({ door = 'tls', protocol = 'h1', sni = 'api.example.com', ...ask }) {
      if (door === 'baseUrl') return askBase(sni, ask);
      const alpn = [protocol === 'h1' ? 'http/1.1' : 'h2'];
      const secured = await (door === 'proxy'
        ? tunnelled(`${sni}:443`, sni, alpn)
        : tlsLine(sni, alpn, door === 'tls' ? 'listen' : door));
      const got =
        protocol === 'h1'
          ? await askH1(createLine(secured), sni, ask)
          : await askH2(openH2(secured), sni, ask);
      secured.destroy();
      return got;
    },
    async audit(count) {
      const lines = await vi.waitFor(
        async () => {
          const read = (await readAudit()).slice(seen);
          expect(read.length).toBeGreaterThanOrEqual(count);
          return read;
        },
        { interval: 20 },
      );
      seen += lines.length;
      expect(lines.map(({ method, path, rule }) => `${method} ${path} ${rule}`)).toHaveLength(count);
      return lines;
    },
    async auditSoFar() {
      let count = -1;
      return vi.waitFor(
        async () => {
          const read = await readAudit();
          const before = count;
          count = read.length;
          expect(count).toBe(before);
          return read;
        },
        { timeout: 5_000, interval: 250 },
      );
    },
    async expectNoCanary(...texts) {
      const said = [...logs, await readFile(auditLog, 'latin1'), JSON.stringify(texts)];
      if (sidecar.addresses.admin.length > 0) said.push((await admin('/metrics')).text);
      expectNoCanaryIn(said.join('\n'));
    },
  };
}
