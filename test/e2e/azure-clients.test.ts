import { loadCa } from '@pai/sidecar';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Azure, startAzure } from './azure/azure.ts';
import { azureClient, blobClients, ownSecret, type Result, type Step } from './azure/clients.ts';
import { agent, azureProvider } from './azure/providers.ts';
import { azurePod } from './azure/sidecar.ts';
import { type Pod, type SidecarPod, startDirectPod, withProxy } from './sidecar-pod.ts';

const MiB = 1 << 20;
const id = '99999999-8888-7777-6666-555555555555';
const secret = 'e2e~EntraSecretThatNobodyMaySee0002';
const deletion = 'Microsoft.Storage/storageAccounts/blobServices/containers/blobs/delete';
let azure: Azure;
let pod: SidecarPod;

beforeAll(async () => {
  const ca = loadCa();
  azure = await startAzure({ ca, seconds: () => 15, applications: [{ id, secret }], withBlobs: true });
  const owner: Pod = await startDirectPod({
    address: '127.0.0.105',
    port: azure.port,
    ca,
    hosts: ['login.microsoftonline.com', 'paidata.blob.core.windows.net', 'paiother.blob.core.windows.net'],
    env: ownSecret(id, secret),
  });
  const made = await azureClient('@azure/storage-blob').run(owner, [
    { op: 'container', container: 'data' },
    { op: 'container', container: 'other' },
    { op: 'container', container: 'data', account: 'paiother' },
  ]);
  await owner.close();
  expect(made.filter(({ ok }) => !ok)).toEqual([]);
  pod = await azurePod({
    address: '127.0.0.106',
    azure,
    secrets: { azure: [`--from-literal=client_id=${id}`, `--from-literal=client_secret=${secret}`] },
    providers: azureProvider(agent, 'azure'),
    names: [agent],
  });
});

afterAll(async () => {
  await pod?.close();
  await azure?.close();
});

const occurrences = (text: string | undefined, sentence: string) => (text ?? '').split(sentence).length - 1;

describe.each(blobClients)('$name', (client) => {
  const folder = `${client.name.replace(/[^a-z0-9]/gi, '')}/`;
  const data = { container: 'data' };
  const run = async (steps: readonly Step[]): Promise<Map<Step, Result>> => {
    const able = steps.filter(({ op }) => client.can.has(op));
    const results = await client.run(pod, able);
    return new Map(able.map((step, i) => [step, results[i] ?? { ok: false }]));
  };

  test.skipIf(!client.isThere)('writes, reads and lists, with a credential it never held', async () => {
    const key = `${folder}a b.txt`;
    const put: Step = { op: 'put', ...data, key, text: `hello from ${client.name}` };
    const get: Step = { op: 'get', ...data, key };
    const list: Step = { op: 'list', ...data, prefix: folder };
    const stream: Step = { op: 'stream', ...data, key: `${folder}big`, size: 5 * MiB };
    const size: Step = { op: 'size', ...data, key: `${folder}big` };
    const results = await run([put, get, list, stream, size]);
    expect([...results].filter(([, { ok }]) => !ok)).toEqual([]);
    expect(results.get(get)?.value).toBe(put.text);
    expect(results.get(list)?.value).toEqual([key]);
    if (results.has(size)) expect(results.get(size)?.value).toBe(5 * MiB);
  });

  test.skipIf(!client.isThere)('is told why in its own exception', async () => {
    const key = `${folder}a b.txt`;
    const remove: Step = { op: 'delete', ...data, key };
    const outside: Step = { op: 'list', container: 'other', prefix: '' };
    const results = await run([remove, outside]);
    const denied = results.get(remove);
    expect(denied?.error).toMatch(client.denied);
    const sentence = `${agent}: ${deletion} is denied by policy.deny[0]`;
    expect(denied?.message).toContain(sentence);
    if (client.saysOnce) expect(occurrences(denied?.message, sentence)).toBe(1);
    expect(results.get(outside)?.error).toMatch(client.denied);
    expect(results.get(outside)?.message).toMatch(
      /paidata\.blob\.core\.windows\.net\/other.* is not in scope\.resources/,
    );
  });
});

test('@azure/storage-blob copies between blobs, and is refused from outside', async () => {
  const client = azureClient('@azure/storage-blob');
  const results = await client.run(pod, [
    { op: 'put', container: 'data', key: 'source', text: 'x' },
    { op: 'copy', container: 'data', key: 'source', toKey: 'copied' },
    { op: 'list', container: 'data', prefix: '', account: 'paiother' },
    { op: 'containers' },
  ]);
  expect(results.map(({ ok }) => ok)).toEqual([true, true, false, false]);
  expect(results[2]?.message).toContain('paiother.blob.core.windows.net/data');
  expect(results[3]?.message).toContain('scope.resources');
});

test('@azure/keyvault-secrets answers a challenge of ours', async () => {
  const client = azureClient('@azure/keyvault-secrets');
  const [set, get, list, forget] = await client.run(pod, [
    { op: 'set', key: 'pass', text: 'word' },
    { op: 'secret', key: 'pass' },
    { op: 'secrets' },
    { op: 'forget', key: 'pass' },
  ]);
  expect([set?.value, get?.value, list?.value]).toEqual(['pass', 'word', ['pass']]);
  expect(forget?.error).toMatch(/RestError Forbidden 403/);
  expect(occurrences(forget?.message, `${agent}: Microsoft.KeyVault/vaults/secrets/delete is denied`)).toBe(
    1,
  );
});

test('@azure/arm-storage makes, shows and lists accounts of its resource group', async () => {
  const client = azureClient('@azure/arm-storage');
  const about = { group: 'rg', key: 'made' };
  const results = await client.run(pod, [
    { op: 'available', key: 'made' },
    { op: 'create', ...about },
    { op: 'show', ...about },
    { op: 'tag', ...about },
    { op: 'accounts', group: 'rg' },
  ]);
  expect(results.map(({ value, message }) => value ?? message)).toEqual([
    true,
    'made',
    'westeurope',
    { by: 'e2e' },
    ['made'],
  ]);
  const denied = await client.run(pod, [
    { op: 'keys', ...about },
    { op: 'create', group: 'prod', key: 'made' },
    { op: 'all-accounts' },
  ]);
  for (const { error } of denied) expect(error).toMatch(/RestError AuthorizationFailed 403/);
  expect(
    occurrences(denied[0]?.message, `${agent}: Microsoft.Storage/storageAccounts/listKeys/action is denied`),
  ).toBe(1);
  expect(denied[1]?.message).toMatch(/resourceGroups\/prod\/.* is not in scope\.resources/);
});

test.skipIf(!azureClient('az').isThere)('az logs in, keeps blobs and makes accounts', async () => {
  const blob = { container: 'data', key: 'az/a b.txt' };
  const [put, get, create, keys, remove] = await azureClient('az').run(pod, [
    { op: 'put', ...blob, text: 'hello from az' },
    { op: 'get', ...blob },
    { op: 'create', group: 'rg', key: 'byaz' },
    { op: 'keys', group: 'rg', key: 'byaz' },
    { op: 'delete', ...blob },
  ]);
  expect([put?.ok, get?.value, create?.value ?? create?.message]).toEqual([true, 'hello from az', 'byaz']);
  expect(keys?.message).toContain(`${agent}: Microsoft.Storage/storageAccounts/listKeys/action is denied`);
  // Of a refused blob it says what roles there are, whatever the service says.
  expect(remove).toMatchObject({ ok: false, message: expect.stringContaining('required permissions') });
});

test('curl sends to Service Bus and receives', async () => {
  const results = await azureClient('curl').run(pod, [
    { op: 'send', container: 'queue', text: 'a message' },
    { op: 'receive', container: 'queue' },
  ]);
  expect(results.map(({ ok, value, message }) => (ok ? value : message))).toEqual([undefined, 'a message']);
});

test('the managed identity of a client is the agent’s placeholder', async () => {
  const env = { ...withProxy(pod), CREDENTIAL: 'managed' };
  const key = 'managed';
  const steps: Step[] = [
    { op: 'put', container: 'data', key, text: 'x' },
    { op: 'get', container: 'data', key },
  ];
  const results = await azureClient('@azure/storage-blob').run(pod, steps, { env });
  expect(results.map(({ value, message }) => value ?? message)).toEqual([undefined, 'x']);
});

test('what agents held is not what the service was shown', () => {
  const { AZURE_CLIENT_SECRET, AZURE_CLIENT_ID } = pod.envOf(agent);
  expect([AZURE_CLIENT_SECRET, AZURE_CLIENT_ID]).not.toContain(secret);
  expect(azure.entra.calls.length).toBeGreaterThan(2);
  for (const { status, body } of azure.entra.calls) {
    expect(status).toBe(200);
    expect(body).not.toContain(AZURE_CLIENT_SECRET);
  }
  expect(azure.requests.join('\n')).not.toContain('sig=');
});

test('no credential is in the audit log', () => {
  const log = pod.auditText();
  for (const token of [secret, ...azure.entra.given]) expect(log).not.toContain(token);
});
