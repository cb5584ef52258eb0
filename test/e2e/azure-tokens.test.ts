import { execFileSync } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadCa } from '@pai/sidecar';
import { createLocalJWKSet, decodeJwt, exportJWK, SignJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { askForAWhile, createAsk } from './ask.ts';
import { subscription } from './azure/arm.ts';
import { type Azure, startAzure, tenants } from './azure/azure.ts';
import { azureClient } from './azure/clients.ts';
import type { Application } from './azure/entra.ts';
import { azureProvider } from './azure/providers.ts';
import { azurePod } from './azure/sidecar.ts';
import type { SidecarPod } from './sidecar-pod.ts';

const subscriptionUrl = `https://management.azure.com/subscriptions/${subscription}/resourceGroups?api-version=2021-04-01`;
const secrets = 'https://pai-vault.vault.azure.net/secrets?api-version=7.4';
const everything = '\n  policy: {allow: ["*"]}\n';
/** Milliseconds that a token takes at Entra. */
const delay = 300;
const issuer = 'https://kubernetes.test';
const subject = 'system:serviceaccount:default:sidecar';
const cluster = generateKeyPairSync('rsa', { modulusLength: 2_048 });
const keys = createLocalJWKSet({
  keys: [{ ...(await exportJWK(cluster.publicKey)), kid: 'k8s', alg: 'RS256' }],
});
const dir = mkdtempSync(join(tmpdir(), 'pai-entra-'));

/** A projected token of the cluster. */
const projected = (of = subject) =>
  new SignJWT({ sub: of, aud: 'api://AzureADTokenExchange' })
    .setProtectedHeader({ alg: 'RS256', kid: 'k8s' })
    .setIssuer(issuer)
    .setIssuedAt()
    .setExpirationTime('10 minutes')
    .sign(cluster.privateKey);

/** What is registered with an application, and what proves it. */
function certificate(): { certificate: string; pem: string } {
  const [key, cert] = ['key.pem', 'cert.pem'].map((name) => join(dir, name)) as [string, string];
  const request = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj', '/CN=pai'];
  execFileSync('openssl', [...request, '-keyout', key, '-out', cert], { stdio: 'ignore' });
  const registered = readFileSync(cert, 'utf8');
  return { certificate: registered, pem: readFileSync(key, 'utf8') + registered };
}

const idOf = (n: number) => `00000000-0000-0000-0000-00000000000${n}`;
const application = (n: number, more: Partial<Application> = {}): Application => ({
  id: idOf(n),
  secret: `e2e~EntraSecretThatNobodyMaySee100${n}`,
  ...more,
});
const literals = (values: Record<string, string>) =>
  Object.entries(values).map(([key, value]) => `--from-literal=${key}=${value}`);

let seconds = 3_600;
let azure: Azure;
const registered = certificate();

beforeAll(async () => {
  azure = await startAzure({
    ca: loadCa(),
    seconds: () => seconds,
    delay,
    applications: [
      application(1),
      application(2, { certificate: registered.certificate }),
      application(3, { federation: { issuer, subject, keys } }),
      application(4),
    ],
  });
});

afterAll(async () => {
  await azure?.close();
  rmSync(dir, { recursive: true, force: true });
});

const since = (from: number) =>
  azure.entra.calls.slice(from).map(({ proof, audience, status }) => `${proof} ${audience} ${status}`);

describe('one Provider', () => {
  let pod: SidecarPod;
  let ask: ReturnType<typeof createAsk>;
  const { id, secret } = application(1);

  beforeAll(async () => {
    pod = await azurePod({
      address: '127.0.0.110',
      azure,
      secrets: { app: literals({ client_id: id, client_secret: secret }) },
      providers: azureProvider('first', 'app', everything),
      names: ['first'],
    });
    ask = createAsk(pod);
  });

  afterAll(() => pod?.close());

  test('fifty first requests at once cause one token, and each is answered', async () => {
    const from = azure.entra.calls.length;
    const answers = await Promise.all(Array.from({ length: 50 }, () => ask(subscriptionUrl)));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    expect(since(from)).toEqual(['secret https://management.azure.com 200']);
  });

  test('each audience has a token of its own', async () => {
    const from = azure.entra.calls.length;
    const [set] = await azureClient('@azure/keyvault-secrets').run(pod, [{ op: 'set', key: 'a', text: 'b' }]);
    expect(set).toMatchObject({ ok: true });
    expect(since(from)).toEqual(['secret https://vault.azure.net 200']);
    const audiences = azure.entra.given.map((token) => decodeJwt(token).aud);
    expect(new Set(audiences)).toEqual(new Set(['https://management.azure.com', 'https://vault.azure.net']));
  });

  test('a rotated secret is taken, and a revoked one refuses', async () => {
    const held = azure.entra.applications.get(id);
    if (held === undefined) throw new Error('no application');
    held.secret = 'e2e~RotatedEntraSecretThatNobodyMaySee';
    const from = azure.entra.calls.length;
    await pod.pai('add', 'secret', 'app', ...literals({ client_secret: held.secret }));
    const isTaken = async () => {
      await ask(subscriptionUrl);
      return azure.entra.calls
        .slice(from)
        .some(({ status, body }) => status === 200 && body.includes('Rotated'));
    };
    await expect.poll(isTaken).toBe(true);
    expect(azure.entra.calls.slice(from).every(({ status }) => status === 200)).toBe(true);
    await pod.pai('delete', 'secret', 'app');
    await expect.poll(async () => (await ask(subscriptionUrl)).status).not.toBe(200);
    const before = azure.requests.length;
    expect(await ask(subscriptionUrl)).toMatchObject({ status: 421 });
    expect(azure.requests.length).toBe(before);
  });
});

describe('one sidecar', () => {
  const names = ['plain', 'certified', 'federated', 'elsewhere'] as const;
  const tokenFile = join(dir, 'projected');
  let pod: SidecarPod;
  let ask: ReturnType<typeof createAsk>;

  beforeAll(async () => {
    writeFileSync(tokenFile, await projected());
    writeFileSync(join(dir, 'app.pem'), registered.pem);
    const { id, secret } = application(4);
    pod = await azurePod({
      address: '127.0.0.111',
      azure,
      secrets: {
        plain: literals({ client_id: id, client_secret: secret }),
        certified: [
          ...literals({ client_id: idOf(2) }),
          `--from-file=client_certificate=${join(dir, 'app.pem')}`,
        ],
        federated: [...literals({ client_id: idOf(3) }), `--from-path=federated_token=${tokenFile}`],
      },
      providers: [
        azureProvider('plain', 'plain', everything),
        azureProvider('certified', 'certified', everything),
        azureProvider('federated', 'federated', everything),
        azureProvider('elsewhere', 'plain', everything).replace(tenants[0], tenants[1]),
      ].join(''),
      names,
    });
    ask = createAsk(pod);
  });

  afterAll(() => pod?.close());

  /** Which of the Providers a request is for, its placeholder says. */
  const as = (name: (typeof names)[number]) => ({ authorization: `Bearer pai-placeholder-${name}` });

  test('tokens that live for seconds are renewed under load, and nobody hears of it', async () => {
    seconds = 4;
    const from = azure.entra.calls.length;
    const counts = await askForAWhile(() => ask(secrets, as('plain')), { callers: 8, duration: 9_000 });
    seconds = 3_600;
    expect(Object.keys(counts)).toEqual(['200']);
    expect(counts[200]).toBeGreaterThan(50);
    expect(since(from).length).toBeGreaterThan(1);
    expect(since(from).length).toBeLessThan(8);
  });

  test('an application proves itself with its certificate', async () => {
    const from = azure.entra.calls.length;
    expect(await ask(secrets, as('certified'))).toMatchObject({ status: 200 });
    expect(since(from)).toContainEqual('certificate https://vault.azure.net 200');
  });

  test('and with a projected token, which is read again', async () => {
    const from = azure.entra.calls.length;
    expect(await ask(secrets, as('federated'))).toMatchObject({ status: 200 });
    expect(since(from)).toContainEqual('federation https://vault.azure.net 200');
    writeFileSync(tokenFile, await projected('system:serviceaccount:default:other'));
    await expect.poll(async () => (await ask(secrets, as('federated'))).status).not.toBe(200);
    const { text } = await ask(subscriptionUrl, as('federated'));
    expect(text).toContain('AADSTS700027');
    writeFileSync(tokenFile, await projected());
    await expect
      .poll(async () => (await ask(secrets, as('federated'))).status, { timeout: 30_000 })
      .toBe(200);
  });

  test('a tenant’s tokens are its own', async () => {
    const from = azure.entra.calls.length;
    expect(await ask(secrets, as('elsewhere'))).toMatchObject({ status: 401 });
    expect(azure.entra.calls.slice(from).map(({ tenant }) => tenant)).toContain(tenants[1]);
  });

  test('no token and no secret is in the audit log', () => {
    const known = [
      ...azure.entra.given,
      ...[...azure.entra.applications.values()].map(({ secret }) => secret),
    ];
    for (const secret of known) expect(pod.auditText()).not.toContain(secret);
  });
});
