import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createSecretStore } from '../../src/secrets.ts';
import { packageAt } from '../isolation/remote.ts';
import { canaries, httpProvider, type Rig, startRig } from './rig.ts';

const config = (...names: string[]) =>
  `apiVersion: pai.io/v1
kind: Config
plugins:
${names.map((name) => `  - {package: ${packageAt(name)}, type: ${name}}`).join('\n')}
`;

const provider = (
  type: string,
  name: string,
  secret: string,
  host: string,
  more = '',
) => `apiVersion: pai.io/v1
kind: Provider
metadata: {name: ${name}}
spec:
  type: ${type}
  host: ${host}
  auth: {type: key, secretRef: ${secret}}
  policy: {allow: [${type === 'widgets' ? '"widget:read"' : 'read'}]}
${more}`;

const stored = async (rig: Rig, file: string, text: string) => writeFile(join(rig.home, file), text);

test('a type that is added to a running sidecar serves beside the others, whatever becomes of it', {
  timeout: 60_000,
}, async () => {
  const hosts = ['widgets.example.com', 'hostile.example.com'];
  const rig = await startRig({ hosts, providers: [httpProvider('api')] });
  const secrets = createSecretStore(rig.home);
  await secrets.put('default', 'widgets-key', { token: 'canary-widgets-77aa01' });
  await secrets.put('default', 'hostile-key', { token: 'canary-hostile-55bb02' });
  const ask = (sni: string, path: string) => rig.ask({ sni, path });

  await stored(rig, 'config.yaml', config('widgets', 'hostile'));
  await mkdir(join(rig.home, 'providers/default'), { recursive: true });
  await stored(
    rig,
    'providers/default/widgets.yaml',
    provider('widgets', 'widgets', 'widgets-key', 'widgets.example.com'),
  );
  await stored(
    rig,
    'providers/default/hostile.yaml',
    provider('hostile', 'hostile', 'hostile-key', 'hostile.example.com'),
  );
  await expect.poll(() => rig.sidecar.attached().length, { timeout: 30_000 }).toBe(3);

  expect((await ask('widgets.example.com', '/widget/1')).status).toBe(200);
  expect((await ask('widgets.example.com', '/gadget/1')).status).toBe(403);
  const got = rig.service.requests.at(-1);
  expect(got?.fields.join('\n')).toContain('canary-widgets-77aa01');

  // It hangs; those beside it do not notice.
  const hanging = ask('hostile.example.com', '/loop');
  for (let i = 0; i < 20; i += 1) {
    expect((await ask('api.example.com', '/fine')).status).toBe(200);
    expect((await ask('widgets.example.com', '/widget/1')).status).toBe(200);
  }
  const hung = await hanging;
  expect([403, 502, 503]).toContain(hung.status);
  expect(hung.body).toContain('hostile');

  // Away with it, without a restart.
  await stored(rig, 'config.yaml', config('widgets'));
  await expect.poll(() => rig.logs.join('\n')).toContain('is not a provider type');
  expect((await ask('widgets.example.com', '/widget/1')).status).toBe(200);
  for (const value of ['canary-widgets-77aa01', 'canary-hostile-55bb02', canaries.api]) {
    expect(rig.logs.join('\n')).not.toContain(value);
    expect(hung.body).not.toContain(value);
  }
});

test('a type of a third party cannot claim what is another’s', async () => {
  const rig = await startRig({ providers: [httpProvider('api')] });
  await createSecretStore(rig.home).put('default', 'widgets-key', { token: 'canary-widgets-77aa01' });
  await stored(rig, 'config.yaml', config('widgets'));
  await stored(
    rig,
    'providers/default/widgets.yaml',
    provider('widgets', 'widgets', 'widgets-key', 'api.example.com'),
  );
  await expect
    .poll(() => rig.logs.join('\n'), { timeout: 20_000 })
    .toContain("its plugin claims api.example.com, which is api's (http-token)");
  expect(rig.sidecar.attached().map(({ name }) => name)).toEqual(['api']);
});
