import { rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import { createSecretStore } from '../../src/secrets.ts';
import { startRig } from './rig.ts';
import { reply } from './service.ts';
import { valuesOf } from './strict-message.ts';

const bearer = `apiVersion: pai.io/v1
kind: Provider
metadata: {name: api}
spec:
  type: http-token
  host: api.example.com
  auth: {type: bearer, secretRef: projected}
  policy: {allow: ["*"]}
`;

const web = `apiVersion: pai.io/v1
kind: Provider
metadata: {name: aws}
spec:
  type: aws
  auth: {type: aws-sigv4, secretRef: projected}
  config: {region: eu-west-1, assumeRole: {roleArn: "arn:aws:iam::123456789012:role/agent"}}
  policy: {allow: ["*"]}
`;

const path = (home: string) => join(home, 'projected-token');

/** As kubelet does it: another file takes its place. */
async function project(home: string, token: string) {
  await writeFile(`${path(home)}.next`, `${token}\n`);
  await rename(`${path(home)}.next`, path(home));
}

describe('a credential that others keep in a file', () => {
  test('is the one of the moment, soon after a change, and masked', async () => {
    const rig = await startRig({
      answer: ({ fields }, socket) => {
        const body = valuesOf(fields, 'authorization').join();
        reply(socket, `HTTP/1.1 200 OK\r\nContent-Length: ${body.length}`, body);
      },
    });
    const sent = () => valuesOf(rig.service.requests.at(-1)?.fields ?? [], 'authorization')[0];
    await project(rig.home, 'projected-canary-1');
    await createSecretStore(rig.home).put('default', 'projected', {}, { token: path(rig.home) });
    await rig.apply(bearer);
    await vi.waitFor(async () => {
      await rig.ask({});
      expect(sent()).toBe('Bearer projected-canary-1');
    });
    await project(rig.home, 'projected-canary-2');
    await vi.waitFor(
      async () => {
        const { body } = await rig.ask({});
        expect(sent()).toBe('Bearer projected-canary-2');
        expect(body).not.toContain('canary');
      },
      { interval: 50 },
    );
    await rm(path(rig.home));
    await vi.waitFor(() => expect(rig.logs.join('\n')).toContain('DETACHED'));
    expect((await rig.ask({})).status).toBe(421);
    expect(rig.logs.join('\n')).not.toContain('canary');
  });

  test('is what AWS is asked with, each time that it is asked', async () => {
    const rig = await startRig({
      hosts: ['sts.eu-west-1.amazonaws.com', 'sqs.eu-west-1.amazonaws.com'],
      answer: ({ fields, body }, socket) => {
        const isSts = valuesOf(fields, 'host')[0]?.startsWith('sts.');
        const text = isSts ? session(new URLSearchParams(body.toString()).get('WebIdentityToken')) : '{}';
        reply(socket, `HTTP/1.1 200 OK\r\nContent-Length: ${text.length}`, text);
      },
    });
    const asked = () =>
      rig.service.requests.flatMap(({ body }) => {
        const token = new URLSearchParams(body.toString()).get('WebIdentityToken');
        return token === null ? [] : [token];
      });
    await project(rig.home, 'aaa.projected-canary-1.ccc');
    const store = createSecretStore(rig.home);
    await store.put('default', 'projected', {}, { web_identity_token: path(rig.home) });
    await rig.apply(web);
    const sqs = 'sqs.eu-west-1.amazonaws.com';
    const list = () => rig.ask({ authority: sqs, sni: sqs, path: '/?Action=ListQueues&Version=2012-11-05' });
    await vi.waitFor(async () => {
      await list();
      expect(asked()).toEqual(['aaa.projected-canary-1.ccc']);
    });
    await project(rig.home, 'aaa.projected-canary-2.ccc');
    await vi.waitFor(
      async () => {
        await list();
        expect(asked()).toEqual(['aaa.projected-canary-1.ccc', 'aaa.projected-canary-2.ccc']);
      },
      { interval: 50 },
    );
  });
});

/** What AWS answers with: https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html */
function session(token: string | null): string {
  const members = {
    AccessKeyId: 'ASIAPROJECTED0000001',
    SecretAccessKey: `secret-of-${token}`,
    SessionToken: 'session-token',
    Expiration: new Date(Date.now() + 3_600_000).toISOString(),
  };
  const xml = Object.entries(members).map(([name, value]) => `<${name}>${value}</${name}>`);
  return `<R><AssumeRoleWithWebIdentityResult><Credentials>${xml.join('')}</Credentials></AssumeRoleWithWebIdentityResult></R>`;
}
