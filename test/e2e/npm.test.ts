import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadCa } from '@pai/sidecar';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { findProgram } from './run-client.ts';
import { type SidecarPod, startSidecarPod } from './sidecar-pod.ts';
import { type Handler, readBody, sendJson, startTlsService, type TlsService } from './tls-service.ts';

const token = 'ghp_npmRealTokenThatNoClientMaySee0007';

const provider = `
apiVersion: pai.io/v1
kind: Provider
metadata: {name: packages}
spec:
  type: github
  auth: {type: pat, secretRef: github-pat}
  policy: {allow: ["packages:read", "packages:create"]}
  scope: {repositories: ["myorg/*"]}
`;

interface Version {
  readonly version: string;
  dist: { tarball: string };
}

interface Packument {
  readonly name: string;
  readonly versions: Readonly<Record<string, Version>>;
  _attachments?: Readonly<Record<string, { readonly data: string }>>;
}

/** What npm.pkg.github.com does: contents are elsewhere, where a credential is refused. */
function startRegistry(): Handler {
  const documents = new Map<string, Packument>();
  const contents = new Map<string, Buffer>();
  const publish = (document: Packument) => {
    const { _attachments: files = {}, ...kept } = document;
    for (const [file, { data }] of Object.entries(files)) contents.set(file, Buffer.from(data, 'base64'));
    const [file = ''] = Object.keys(files);
    for (const each of Object.values(kept.versions))
      each.dist.tarball = `https://npm.pkg.github.com/download/${kept.name}/${each.version}/${encodeURIComponent(file)}`;
    documents.set(kept.name, kept);
  };
  return async (req, res, host) => {
    const { pathname } = new URL(req.url ?? '', `https://${host}`);
    const isStore = host === 'pkg-npm.githubusercontent.com';
    if (req.headers.authorization !== (isStore ? undefined : `Bearer ${token}`))
      return sendJson(res, 401, { error: 'who are you?' });
    const file = decodeURIComponent(pathname.split('/').at(-1) ?? '');
    if (isStore) return void res.writeHead(200).end(contents.get(file));
    if (pathname.startsWith('/download/')) {
      const location = `https://pkg-npm.githubusercontent.com/npm/${encodeURIComponent(file)}?sig=abc`;
      return void res.writeHead(302, { location }).end();
    }
    if (pathname === '/-/whoami') return sendJson(res, 200, { username: 'octo-agent' });
    if (req.method === 'PUT') {
      publish(JSON.parse(String(await readBody(req))));
      return sendJson(res, 200, { ok: true });
    }
    const found = documents.get(decodeURIComponent(pathname.slice(1)));
    return sendJson(res, found === undefined ? 404 : 200, found ?? { error: 'not found' });
  };
}

describe.skipIf(findProgram('npm') === undefined)('npm through the sidecar', () => {
  let pod: SidecarPod;
  let service: TlsService;

  beforeAll(async () => {
    const ca = loadCa();
    service = await startTlsService(ca, startRegistry());
    const hosts = ['npm.pkg.github.com', 'pkg-npm.githubusercontent.com'];
    pod = await startSidecarPod({
      address: '127.0.0.113',
      upstreams: hosts.map((host) => `${host}=127.0.0.1:${service.port}`),
      ca,
      secrets: { 'github-pat': [`--from-literal=token=${token}`] },
      providers: provider,
      names: ['packages'],
    });
    const auth = '//npm.pkg.github.com/:_authToken=${GITHUB_TOKEN}';
    for (const [dir, name] of [
      ['library', '@myorg/library'],
      ['app', 'app'],
    ] as const) {
      mkdirSync(join(pod.dir, dir));
      writeFileSync(join(pod.dir, dir, 'package.json'), JSON.stringify({ name, version: '1.0.0' }));
      const scopes = ['myorg', 'other'].map((scope) => `@${scope}:registry=https://npm.pkg.github.com`);
      writeFileSync(join(pod.dir, dir, '.npmrc'), `${[...scopes, auth].join('\n')}\n`);
    }
  });

  afterAll(async () => {
    await pod?.close();
    await service?.close();
  });

  const npm = async (dir: string, ...args: readonly string[]) => {
    const script = 'cd "$0" && exec npm --no-audit --no-fund --no-update-notifier "$@"';
    const { status, out, err } = await pod.run('sh', ['-c', script, join(pod.dir, dir), ...args]);
    return { status, said: out + err };
  };

  test('publishes, shows and installs a package, with a credential that it never held', async () => {
    expect(await npm('library', 'publish')).toMatchObject({ status: 0 });
    expect(await npm('app', 'view', '@myorg/library', 'version')).toMatchObject({
      status: 0,
      said: '1.0.0\n',
    });
    expect(await npm('app', 'install', '@myorg/library')).toMatchObject({ status: 0 });
    const { said } = await npm('app', 'ls');
    expect(said).toContain('@myorg/library@1.0.0');
    expect(pod.auditText()).not.toContain(token);
  });

  test('says why in its own words when a package is out of scope', async () => {
    const { status, said } = await npm('app', 'install', '@other/library');
    expect(status).not.toBe(0);
    expect(said).toContain('npm error 403');
    expect(said).toContain(
      'packages: packages:read is out of scope: other/library is not in scope.repositories',
    );
  });
});
