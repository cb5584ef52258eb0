import { generateKeyPairSync } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadCa } from '@pai/sidecar';
import { createLocalJWKSet, exportJWK, SignJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { askForAWhile, createAsk } from './ask.ts';
import { gcpClient } from './gcp/clients.ts';
import { putObject } from './gcp/gcs-store.ts';
import { type Google, project, startGoogle } from './gcp/google.ts';
import { gcpPod, gcpProvider, keySecret, narrowProvider } from './gcp/sidecar.ts';
import type { Pool } from './gcp/token-endpoints.ts';
import type { SidecarPod } from './sidecar-pod.ts';

const bucket = 'pai-data';
const url = (object: string) =>
  `https://storage.googleapis.com/storage/v1/b/${bucket}/o/${encodeURIComponent(object)}?alt=media`;
const issuer = generateKeyPairSync('rsa', { modulusLength: 2_048 });
const pool: Pool = {
  audience: '//iam.googleapis.com/projects/123/locations/global/workloadIdentityPools/k8s/providers/cluster',
  issuer: 'https://kubernetes.test',
  subject: 'system:serviceaccount:default:sidecar',
  keys: createLocalJWKSet({ keys: [{ ...(await exportJWK(issuer.publicKey)), kid: 'k8s', alg: 'RS256' }] }),
};
/** Milliseconds that a token takes at Google. */
const delay = 300;
let seconds = 3_600;
let google: Google;

/** A projected token of the cluster. */
const projected = (subject = pool.subject) =>
  new SignJWT({ sub: subject, aud: `https:${pool.audience}` })
    .setProtectedHeader({ alg: 'RS256', kid: 'k8s' })
    .setIssuer(pool.issuer)
    .setIssuedAt()
    .setExpirationTime('10 minutes')
    .sign(issuer.privateKey);

beforeAll(async () => {
  google = await startGoogle({
    ca: loadCa(),
    seconds: () => seconds,
    pool,
    delay,
    mayImpersonate: (caller, target) =>
      target === `target@${project}.iam.gserviceaccount.com` &&
      [pool.subject, `caller@${project}.iam.gserviceaccount.com`].includes(caller),
  });
  google.addBucket(bucket);
  google.addBucket('pai-other');
  const held = google.buckets.get(bucket);
  if (held !== undefined) {
    for (const name of ['a', 'team/a']) putObject(held, name, { content: Buffer.from('content') });
  }
});

afterAll(() => google?.close());

const lastCalls = (from: number) => google.calls.slice(from).map(({ kind, status }) => `${kind} ${status}`);

describe('one Provider', () => {
  let pod: SidecarPod;

  beforeAll(async () => {
    pod = await gcpPod({
      address: '127.0.0.108',
      google,
      secrets: { gcp: keySecret(google.addAccount('first').keyFile) },
      providers: gcpProvider('first', 'gcp'),
      names: ['first'],
    });
  });

  afterAll(() => pod?.close());

  test('fifty first requests at once cause one token, and each is answered', async () => {
    const from = google.calls.length;
    const step = { op: 'many', bucket, key: 'a', count: 50 };
    const [many] = await gcpClient('@google-cloud/storage').run(pod, [step]);
    expect(many).toMatchObject({ ok: true, value: 50 });
    expect(lastCalls(from).filter((call) => call.startsWith('jwt-bearer'))).toEqual(['jwt-bearer 200']);
  });

  test('a rotated key is taken, and a revoked one refuses', async () => {
    const ask = createAsk(pod);
    const next = google.addAccount('next');
    await pod.pai('add', 'secret', 'gcp', ...keySecret(next.keyFile));
    google.tokens.revoke(`first@${project}.iam.gserviceaccount.com`);
    await expect.poll(async () => (await ask(url('a'))).status).toBe(200);
    await pod.pai('delete', 'secret', 'gcp');
    await expect.poll(async () => (await ask(url('a'))).status).not.toBe(200);
    const before = google.requests.length;
    expect(await ask(url('a'))).toMatchObject({ status: 421 });
    expect(google.requests.length).toBe(before);
  });
});

describe('one sidecar', () => {
  const names = ['plain', 'federated', 'acting', 'signing', 'narrow'] as const;
  let pod: SidecarPod;
  let ask: ReturnType<typeof createAsk>;
  let tokenFile: string;

  beforeAll(async () => {
    const target = google.addAccount('target');
    tokenFile = join('/tmp', `pai-projected-${process.pid}`);
    writeFileSync(tokenFile, await projected());
    const external = {
      type: 'external_account',
      audience: pool.audience,
      subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
      token_url: 'https://sts.googleapis.com/v1/token',
      service_account_impersonation_url: `https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/${target.email}:generateAccessToken`,
      credential_source: { file: '/var/run/secrets/token' },
    };
    pod = await gcpPod({
      address: '127.0.0.109',
      google,
      secrets: {
        plain: keySecret(google.addAccount('plain').keyFile),
        federated: [
          `--from-literal=key.json=${JSON.stringify(external)}`,
          `--from-path=subject_token=${tokenFile}`,
        ],
        acting: keySecret(google.addAccount('caller').keyFile),
        signing: keySecret(google.addAccount('signing').keyFile),
        narrow: keySecret(google.addAccount('narrow').keyFile),
      },
      providers: [
        gcpProvider('plain', 'plain'),
        gcpProvider('federated', 'federated'),
        gcpProvider('acting', 'acting', `, impersonate: ${target.email}`),
        gcpProvider('signing', 'signing', ', selfSignedJwt: true'),
        narrowProvider('narrow', 'narrow'),
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
    const from = google.calls.length;
    const counts = await askForAWhile(() => ask(url('a'), as('plain')), { callers: 8, duration: 9_000 });
    seconds = 3_600;
    expect(Object.keys(counts)).toEqual(['200']);
    expect(counts[200]).toBeGreaterThan(50);
    const bearers = lastCalls(from).filter((call) => call.startsWith('jwt-bearer'));
    expect(bearers.length).toBeGreaterThan(1);
    expect(bearers.length).toBeLessThan(8);
  });

  test('after tokens were revoked, one refusal passes at most', async () => {
    await ask(url('a'), as('plain'));
    google.tokens.expireAll();
    await ask(url('a'), as('plain'));
    expect((await ask(url('a'), as('plain'))).status).toBe(200);
  });

  test('workload identity federation exchanges a projected token, and reads it again', async () => {
    const from = google.calls.length;
    expect(await ask(url('a'), as('federated'))).toEqual({ status: 200, text: 'content' });
    expect(lastCalls(from)).toContain('federation 200');
    expect(lastCalls(from)).toContain('impersonation 200');
    writeFileSync(tokenFile, await projected('system:serviceaccount:default:other'));
    await expect.poll(async () => (await ask(url('a'), as('federated'))).status).not.toBe(200);
    writeFileSync(tokenFile, await projected());
    await expect
      .poll(async () => (await ask(url('a'), as('federated'))).status, { timeout: 30_000 })
      .toBe(200);
  });

  test('config.impersonate makes requests as another account', async () => {
    const from = google.calls.length;
    expect(await ask(url('a'), as('acting'))).toEqual({ status: 200, text: 'content' });
    expect(lastCalls(from)).toEqual(expect.arrayContaining(['jwt-bearer 200', 'impersonation 200']));
  });

  test('self-signed JWTs need no token endpoint where no bucket is in the scope', async () => {
    const { status } = await ask(url('a'), as('signing'));
    expect(status).toBe(200);
  });

  test('a scope of buckets holds the token itself to them', async () => {
    const from = google.calls.length;
    expect(await ask(url('team/a'), as('narrow'))).toEqual({ status: 200, text: 'content' });
    expect(lastCalls(from)).toEqual(['jwt-bearer 200', 'downscope 200']);
    // What Google gave last, shown to Google without the sidecar.
    const grant = await google.tokens.check(google.tokens.given.at(-1) ?? '', '');
    expect(JSON.stringify(grant?.boundary)).toContain('objects/team/');
    const outside = await ask(url('a'), as('narrow'));
    expect(outside.status).toBe(403);
  });

  test('no token is in the audit log, and none was shown to an agent', () => {
    for (const token of google.tokens.given) expect(pod.auditText()).not.toContain(token);
  });
});
