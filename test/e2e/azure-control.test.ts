import { loadCa } from '@pai/sidecar';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Azure, startAzure } from './azure/azure.ts';
import { azureClient, blobClients, ownSecret, type Step } from './azure/clients.ts';
import { type Pod, startDirectPod } from './sidecar-pod.ts';

// The other tests stand on it: without the sidecar, the service takes only who holds an application's own secret.
const hosts = [
  'login.microsoftonline.com',
  'management.azure.com',
  'paidata.blob.core.windows.net',
  'pai-vault.vault.azure.net',
  'pai-bus.servicebus.windows.net',
];
const id = '99999999-8888-7777-6666-555555555555';
let azure: Azure;
let owner: Pod;
let stranger: Pod;

beforeAll(async () => {
  const ca = loadCa();
  const secret = 'e2e~EntraSecretThatNobodyMaySee0001';
  azure = await startAzure({ ca, seconds: () => 3_600, applications: [{ id, secret }], withBlobs: true });
  const podOf = (address: string, own: string) =>
    startDirectPod({ address, port: azure.port, ca, hosts, env: ownSecret(id, own) });
  owner = await podOf('127.0.0.103', secret);
  stranger = await podOf('127.0.0.104', 'e2e~wrong');
  const [made] = await azureClient('@azure/storage-blob').run(owner, [
    { op: 'container', container: 'data' },
  ]);
  expect(made).toMatchObject({ ok: true });
});

afterAll(async () => {
  await owner?.close();
  await stranger?.close();
  await azure?.close();
});

describe.each(blobClients.filter(({ name }) => name !== 'curl'))('$name', (client) => {
  const folder = `${client.name.replace(/[^a-z0-9]/gi, '')}/`;

  test.skipIf(!client.isThere)('needs the right secret', async () => {
    const key = `${folder}a b.txt`;
    const put: Step = { op: 'put', container: 'data', key, text: 'hello' };
    const steps: Step[] = [
      put,
      { op: 'get', container: 'data', key },
      { op: 'list', container: 'data', prefix: folder },
    ];
    const results = await client.run(owner, steps);
    expect(results.filter(({ ok }) => !ok)).toEqual([]);
    expect(results.map(({ value }) => value).slice(1)).toEqual(['hello', [key]]);
    const [refused] = await client.run(stranger, [put]);
    expect(refused).toMatchObject({
      ok: false,
      message: expect.stringMatching(/AADSTS7000215|invalid_client/),
    });
  });
});

test('@azure/keyvault-secrets asks for a challenge first, and finds all of the API', async () => {
  const client = azureClient('@azure/keyvault-secrets');
  const results = await client.run(owner, [
    { op: 'set', key: 'pass', text: 'word' },
    { op: 'secret', key: 'pass' },
    { op: 'secrets' },
    { op: 'forget', key: 'pass' },
  ]);
  expect(results.map(({ value, message }) => value ?? message)).toEqual(['pass', 'word', ['pass'], 'pass']);
  const [refused] = await client.run(stranger, [{ op: 'secrets' }]);
  expect(refused).toMatchObject({ ok: false, message: expect.stringContaining('AADSTS7000215') });
});

test('@azure/arm-storage finds all of the API', async () => {
  const client = azureClient('@azure/arm-storage');
  const about = { group: 'rg', key: 'made' };
  const results = await client.run(owner, [
    { op: 'available', key: 'made' },
    { op: 'create', ...about },
    { op: 'show', ...about },
    { op: 'tag', ...about },
    { op: 'accounts', group: 'rg' },
    { op: 'all-accounts' },
    { op: 'keys', ...about },
    { op: 'remove', ...about },
  ]);
  expect(results.filter(({ ok }) => !ok)).toEqual([]);
  expect(results.map(({ value }) => value)).toEqual([
    true,
    'made',
    'westeurope',
    { by: 'e2e' },
    ['made'],
    ['made'],
    1,
    undefined,
  ]);
});
