import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import type http from 'node:http';
import https from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import tls from 'node:tls';
import { createEmulator } from 'emulate';
import Stripe from 'stripe';
import { beforeAll, expect, onTestFinished, test } from 'vitest';
import {
  applyResources,
  createSecretStore,
  loadCa,
  readResources,
  startSidecar,
} from '../../../packages/sidecar/src/index.ts';
import { stripe as plugin } from '../src/index.ts';

const key = 'sk_test_realKeyThatNobodyMaySee4242';
const host = 'api.stripe.com';
const serviceCa = loadCa();

const resource = `apiVersion: pai.io/v1
kind: Provider
metadata: {name: payments}
spec:
  type: stripe
  auth: {type: bearer, secretRef: stripe-key}
  policy: {allow: ["customers:*", "charges:*", "products:list"], deny: ["customers:delete"]}
  scope: {resources: ["self/*", "acct_7/*"]}
`;

/** Requests that came with the real key and nothing else. */
interface Service {
  readonly port: number;
  readonly seen: string[];
  readonly headers: http.IncomingHttpHeaders[];
}

let emulator = '';
beforeAll(async () => {
  // Below what the kernel gives to whoever asks for any port.
  const made = await createEmulator({ service: 'stripe', port: 20_000 + Math.floor(Math.random() * 12_000) });
  emulator = made.url;
  return () => made.close();
});

/** An emulated Stripe behind a gate that knows one key. */
async function startService(): Promise<Service> {
  const seen: string[] = [];
  const headers: http.IncomingHttpHeaders[] = [];
  const { cert, key: tlsKey } = serviceCa.leafFor(host);
  const server = https.createServer({ cert, key: tlsKey }, async (request, response) => {
    const content = await text(request);
    seen.push(`${request.method} ${request.url} ${content}`.trim());
    headers.push(request.headers);
    if (request.headers.authorization !== `Bearer ${key}`) {
      response.writeHead(401).end('{"error":{"type":"invalid_request_error"}}');
      return;
    }
    const { method = '' } = request;
    const answer = await fetch(emulator + request.url, {
      method,
      headers: { authorization: `Bearer ${key}`, 'content-type': request.headers['content-type'] ?? '' },
      ...(content !== '' && { body: content }),
    });
    response.writeHead(answer.status, { 'content-type': 'application/json' }).end(await answer.text());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { port: (server.address() as AddressInfo).port, seen, headers };
}

/** The SDK as an agent has it: a placeholder, and a sidecar where it thinks Stripe is. */
async function start() {
  const directory = await mkdtemp(join(tmpdir(), 'pai-stripe-'));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  const home = join(directory, 'home');
  const [auditLog, upstreamCa] = [join(directory, 'audit.jsonl'), join(directory, 'ca.pem')];
  await writeFile(upstreamCa, serviceCa.certificatePem);
  const plugins = new Map([['stripe', async () => plugin]]);
  await createSecretStore(home).put('default', 'stripe-key', { token: key });
  await applyResources(home, await readResources([{ file: 'stripe.yaml', text: resource }], { plugins }));
  const service = await startService();
  const sidecar = await startSidecar({
    home,
    plugins,
    auditLog,
    upstreamCa,
    overrides: new Map([[host, { address: '127.0.0.1', port: service.port }]]),
    listen: [{ address: '127.0.0.1', port: 0 }],
    log: () => {},
  });
  onTestFinished(() => sidecar.close(0));
  const port = sidecar.addresses.listen[0]?.port ?? 0;
  const ca = sidecar.ca.certificatePem;
  const httpAgent = new https.Agent();
  httpAgent.createConnection = () => tls.connect({ host: '127.0.0.1', port, servername: host, ca });
  const client = new Stripe('sk_test_pai-placeholder-payments', { httpAgent, telemetry: false });
  return { client, service, audit: () => readFile(auditLog, 'utf8') };
}

test("Stripe's own SDK works with a placeholder", async () => {
  const { client, service, audit } = await start();
  const made = await client.customers.create(
    { email: 'a@example.com', name: 'A' },
    { idempotencyKey: 'order-7' },
  );
  expect(await client.customers.retrieve(made.id)).toMatchObject({ email: 'a@example.com' });
  const listed = await client.charges.list({ limit: 2 }, { stripeAccount: 'acct_7' });
  expect(listed.data).toEqual([]);
  expect(service.seen).toEqual([
    'POST /v1/customers email=a%40example.com&name=A',
    `GET /v1/customers/${made.id}`,
    'GET /v1/charges?limit=2',
  ]);
  expect(service.headers[0]).toMatchObject({ 'idempotency-key': 'order-7', authorization: `Bearer ${key}` });
  expect(service.headers[2]).toMatchObject({ 'stripe-account': 'acct_7' });
  await expect.poll(async () => (await audit()).trim().split('\n').length).toBe(3);
  expect(await audit()).toContain('"actions":["customers:create"]');
  expect(await audit()).not.toContain(key);
});

test.each([
  ['an action that is denied', (client: Stripe) => client.customers.del('cus_9'), 'customers:delete'],
  ['a route that nobody named', (client: Stripe) => client.payouts.list(), 'is no operation that is known'],
  [
    'another account',
    (client: Stripe) => client.charges.list({}, { stripeAccount: 'acct_666' }),
    'acct_666/charges',
  ],
  [
    'money for another account',
    (client: Stripe) =>
      client.charges.create({ amount: 1, currency: 'eur', transfer_data: { destination: 'acct_666' } }),
    'acct_666/received',
  ],
])('%s raises the SDK’s own error, at once, and Stripe hears nothing', async (_what, send, sentence) => {
  const { client, service } = await start();
  await expect(send(client)).rejects.toMatchObject({
    type: 'StripePermissionError',
    statusCode: 403,
    message: expect.stringContaining(sentence),
  });
  expect(service.seen).toEqual([]);
});
