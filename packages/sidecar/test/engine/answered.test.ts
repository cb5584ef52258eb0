import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { createSecretStore } from '../../src/index.ts';
import { startRig } from './rig.ts';

const aws = `apiVersion: pai.io/v1
kind: Provider
metadata: {name: aws-prod}
spec:
  type: aws
  auth: {type: aws-sigv4, secretRef: aws-creds}
  config: {region: eu-west-1}
  policy: {allow: ["*"]}
`;

async function startAws() {
  const rig = await startRig();
  const keys = {
    access_key_id: 'AKIACANARYKEYID00001',
    secret_access_key: 'canary-secret-access-key-1f2e3d',
  };
  await createSecretStore(rig.home).put('default', 'aws-creds', keys);
  await rig.apply(aws);
  return rig;
}

const region = '/latest/meta-data/placement/region';

describe('a host whose every request is answered here', () => {
  test('may be asked in clear, by the proxy and by a base URL', async () => {
    const rig = await startAws();
    const ask = async (door: 'proxy' | 'baseUrl', path: string) => {
      const line = door === 'proxy' ? await rig.proxy() : await rig.bare('baseUrl');
      const target = door === 'proxy' ? `http://169.254.169.254${path}` : `/host/169.254.169.254:80${path}`;
      const host =
        door === 'proxy' ? '169.254.169.254' : `127.0.0.1:${rig.sidecar.addresses.baseUrl[0]?.port}`;
      line.send(`GET ${target} HTTP/1.1\r\nHost: ${host}\r\n\r\n`);
      const response = await line.response();
      return { status: response?.status, text: response?.body.toString() };
    };
    await expect.poll(() => ask('proxy', region)).toEqual({ status: 200, text: 'eu-west-1' });
    expect((await ask('proxy', region)).text).toBe('eu-west-1');
    expect((await ask('baseUrl', region)).text).toBe('eu-west-1');
    expect((await ask('proxy', '/latest/user-data')).status).toBe(404);
    expect(rig.service.requests).toEqual([]);
    await rig.expectNoCanary();
  });
});

const gcp = `apiVersion: pai.io/v1
kind: Provider
metadata: {name: gcp-prod}
spec:
  type: gcp
  auth: {type: gcp-service-account, secretRef: gcp-creds}
  config: {project: my-project}
  policy: {allow: ["*"]}
`;

const azure = `apiVersion: pai.io/v1
kind: Provider
metadata: {name: azure-prod}
spec:
  type: azure
  auth: {type: azure-client-credentials, secretRef: azure-creds}
  config: {tenantId: 11111111-2222-4333-8444-555555555555}
  policy: {allow: ["*"]}
`;

async function startAll() {
  const rig = await startAws();
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2_048 });
  const key = {
    type: 'service_account',
    client_email: 'canary@my-project.iam.gserviceaccount.com',
    private_key: privateKey.export({ type: 'pkcs8', format: 'pem' }),
  };
  await createSecretStore(rig.home).put('default', 'gcp-creds', { 'key.json': JSON.stringify(key) });
  const client = { client_id: 'canary-client-id-0001', client_secret: 'canary-client-secret-0001' };
  await createSecretStore(rig.home).put('default', 'azure-creds', client);
  await rig.apply(gcp, azure);
  return rig;
}

const projectId = '/computeMetadata/v1/project/project-id';

describe('the metadata address of several clouds', () => {
  test.each(['connect', 'transparent'] as const)(
    'answers each of them in its own words, by %s',
    async (door) => {
      const rig = await startAll();
      const ask = async (path: string, host = '169.254.169.254', extra = '') => {
        const line = door === 'connect' ? await rig.proxy() : await rig.bare('transparent');
        if (door === 'connect') {
          line.send(`CONNECT ${host}:80 HTTP/1.1\r\nHost: ${host}:80\r\n\r\n`);
          const tunnel = await line.response('HEAD');
          if (tunnel?.status !== 200) return [tunnel?.status];
        }
        line.send(`GET ${path} HTTP/1.1\r\nHost: ${host}\r\nMetadata-Flavor: Google\r\n${extra}\r\n`);
        const response = await line.response();
        return [response?.status, response?.body.toString()];
      };
      await expect.poll(() => ask(projectId)).toEqual([200, 'my-project']);
      expect(await ask(projectId, 'metadata.google.internal')).toEqual([200, 'my-project']);
      expect(await ask(region)).toEqual([200, 'eu-west-1']);
      const identity =
        '/metadata/identity/oauth2/token?api-version=2018-02-01&resource=https://vault.azure.net';
      const [status, token] = await ask(identity, '169.254.169.254', 'Metadata: true\r\n');
      expect([status, JSON.parse(token as string).resource]).toEqual([200, 'https://vault.azure.net']);
      expect((await ask('/nothing/known'))[0]).toBe(404);
      expect((await ask(projectId, '169.254.169.254', 'X-Forwarded-For: 10.0.0.1\r\n'))[0]).toBe(403);
      expect((await ask('/', 'api.example.com'))[0]).not.toBe(200);
      expect(rig.service.requests).toEqual([]);
      await rig.expectNoCanary();
    },
  );
});
