import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import https from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AuditEvent } from '@pai/core';
import { afterAll, beforeAll, beforeEach, expect, onTestFinished, vi } from 'vitest';
import { loadCa } from '../../src/ca.ts';
import { createAccessKey } from '../../src/gateway/access-key.ts';
import { type Gateway, type GatewayOptions, startGateway } from '../../src/gateway/gateway.ts';
import { builtinPlugins } from '../../src/plugins.ts';
import { readResources } from '../../src/resources.ts';
import { createSecretStore } from '../../src/secrets.ts';
import { applyResources, deleteResource } from '../../src/state.ts';
import { type Ask, askH1, createLine, dial, type Got, type Line, secure } from '../engine/agent.ts';
import { canaries, identityOf } from '../engine/rig.ts';
import { type Service, type ServiceBehaviour, startService } from '../engine/service.ts';

/** An `http-token` Provider for `NAME.example.com`, or `host`. */
export function outsideProvider(
  name: string,
  access = '{enabled: true}',
  host = `${name}.example.com`,
): string {
  return `apiVersion: pai.io/v1
kind: Provider
metadata: {name: ${name}}
spec:
  type: http-token
  host: "${host}"
  auth: {type: bearer, secretRef: api-token}
  externalAccess: ${access}
  policy:
    httpRules:
      - {paths: ["/forbidden"], effect: deny}
      - {paths: ["*"], effect: allow}
`;
}

/** What differs from the usual rig. */
export interface GatewayRigOptions extends ServiceBehaviour {
  readonly providers?: readonly string[];
  readonly gateway?: Partial<GatewayOptions>;
}

/** A gateway, a service behind it, and clients in front. */
export interface GatewayRig {
  readonly home: string;
  readonly gateway: Gateway;
  readonly service: Service;
  readonly logs: string[];
  readonly origin: string;
  /** Applies an access key, and gives it. */
  key(name: string, providers: readonly string[], spec?: object): Promise<string>;
  revoke(name: string): Promise<void>;
  /** Forgets what was received and audited so far. */
  forget(): Promise<void>;
  apply(...texts: string[]): Promise<void>;
  line(options?: { readonly alpn?: readonly string[] }): Promise<Line>;
  /** One request on a connection of its own, for `localhost`. */
  ask(ask: Ask & { readonly key?: string }): Promise<Got>;
  /** The audit lines since the last look, of one path if it is given, once there are `count`; fails when there are more. */
  audit(count: number, path?: string): Promise<AuditEvent[]>;
  auditSoFar(): Promise<AuditEvent[]>;
  auditText(): Promise<string>;
}

/** Starts one. It ends with the test. */
export async function startGatewayRig(
  options: GatewayRigOptions = {},
  atEnd: (end: () => Promise<void> | void) => void = onTestFinished,
): Promise<GatewayRig> {
  const directory = await mkdtemp(join(tmpdir(), 'pai-gateway-'));
  atEnd(() => rm(directory, { recursive: true, force: true }));
  const home = join(directory, 'home');
  const auditLog = join(directory, 'audit.log');
  const upstreamCa = join(directory, 'service-ca.pem');
  const serviceCa = loadCa();
  await writeFile(upstreamCa, serviceCa.certificatePem);
  const service = await startService(identityOf(serviceCa, ['api.example.com']), options, atEnd);
  await createSecretStore(home).put('default', 'api-token', { token: canaries.api });
  const apply = async (...texts: string[]) => {
    const files = texts.map((text, i) => ({ file: `${i}.yaml`, text }));
    await applyResources(home, await readResources(files, { plugins: builtinPlugins }));
  };
  await apply(...(options.providers ?? [outsideProvider('api')]));
  const logs: string[] = [];
  const gateway = await startGateway({
    home,
    auditLog,
    upstreamCa,
    overrides: new Map([['**.example.com', { address: '127.0.0.1', port: service.port }]]),
    listen: { address: '127.0.0.1', port: 0 },
    log: (line) => void logs.push(line),
    ...options.gateway,
  });
  atEnd(() => gateway.close(0));
  let seen = 0;
  let latest = '';
  const read = () => readFile(options.gateway?.auditLog ?? auditLog, 'utf8');
  const allEvents = async () =>
    (await read())
      .split('\n')
      .filter(Boolean)
      .map((text) => JSON.parse(text) as AuditEvent);
  const events = async () => (await allEvents()).filter(({ path }) => path !== probed);
  const probes = async () => (await allEvents()).filter(({ path }) => path === probed).length;
  const line: GatewayRig['line'] = async ({ alpn = ['http/1.1'] } = {}) =>
    createLine(
      await secure(await dial(gateway.at.port), {
        ca: gateway.ca.certificatePem,
        alpn,
        servername: 'localhost',
      }),
    );
  return {
    home,
    gateway,
    service,
    logs,
    origin: `https://localhost:${gateway.at.port}`,
    apply,
    async key(name, providers, spec = {}) {
      const { key, hash } = createAccessKey();
      await apply(
        JSON.stringify({
          apiVersion: 'pai.io/v1',
          kind: 'AccessKey',
          metadata: { name },
          spec: { hash, providers, ...spec },
        }),
      );
      await vi.waitFor(async () => expect(await probe(gateway, key)).toBe(404));
      latest = key;
      return key;
    },
    revoke: (name) => deleteResource(home, { kind: 'AccessKey', namespace: 'default', name }),
    async forget() {
      // Lines of what came before may still be on their way to the file, where this one comes after them.
      const before = await probes();
      await probe(gateway, latest);
      await vi.waitFor(async () => expect(await probes()).toBeGreaterThan(before), { interval: 5 });
      service.forget();
      seen = (await events()).length;
    },
    line,
    ask,
    async audit(count, path) {
      const lines = await vi.waitFor(
        async () => {
          const all = (await events())
            .slice(seen)
            .filter((event) => path === undefined || event.path === path);
          expect(all.length).toBeGreaterThanOrEqual(count);
          return all;
        },
        { timeout: 5_000, interval: 20 },
      );
      expect(lines).toHaveLength(count);
      seen += count;
      return lines;
    },
    auditSoFar: events,
    auditText: read,
  };

  async function ask({ key, ...given }: Ask & { readonly key?: string }): Promise<Got> {
    const one = await line();
    const headers = [
      ...(key === undefined ? [] : [['Authorization', `Bearer ${key}`] as const]),
      ...(given.headers ?? []),
    ];
    const got = await askH1(one, `localhost:${gateway.at.port}`, { ...given, headers });
    one.socket.destroy();
    return got;
  }
}

const probed = '/ext/mcp/probe';

/** Whether a key is known yet: 404, else 401. */
function probe({ at, ca }: Gateway, key: string): Promise<number | undefined> {
  const headers = { authorization: `Bearer ${key}`, host: 'localhost' };
  const options = { host: '127.0.0.1', port: at.port, servername: 'localhost', ca: ca.certificatePem };
  return new Promise((resolve, reject) => {
    https
      .request({ ...options, headers, path: probed, agent: false }, (answer) =>
        resolve(answer.resume().statusCode),
      )
      .on('error', reject)
      .end();
  });
}

/** One gateway for all tests of a block, with the key `laptop` for `api`; each begins with nothing received. */
export function useGatewayRig(
  options: GatewayRigOptions = {},
): () => GatewayRig & { readonly laptop: string } {
  const ends: (() => Promise<void> | void)[] = [];
  let made: (GatewayRig & { readonly laptop: string }) | undefined;
  const get = () => {
    if (made === undefined) throw new Error('the gateway is not there yet');
    return made;
  };
  beforeAll(async () => {
    const rig = await startGatewayRig(options, (end) => void ends.push(end));
    made = { ...rig, laptop: await rig.key('laptop', ['api']) };
  });
  beforeEach(() => get().forget());
  afterAll(async () => {
    for (const end of ends.reverse()) await end();
  });
  return get;
}
