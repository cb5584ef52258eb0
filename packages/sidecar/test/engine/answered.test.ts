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
