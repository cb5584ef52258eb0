import { X509Certificate } from 'node:crypto';
import { mkdtemp, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import tls from 'node:tls';
import { expect, onTestFinished, test, vi } from 'vitest';
import { loadCa } from '../../src/ca.ts';
import { identityOfCa, identityOfFiles } from '../../src/gateway/identity.ts';
import { startGatewayRig } from './rig.ts';

async function layCertificate(name: string) {
  const dir = await mkdtemp(join(tmpdir(), 'pai-identity-'));
  onTestFinished(() => rm(dir, { recursive: true, force: true }));
  const files = { cert: join(dir, 'cert.pem'), key: join(dir, 'key.pem') };
  const write = async (ca: ReturnType<typeof loadCa>) => {
    const { cert, key } = ca.leafFor(name);
    await writeFile(files.cert, cert);
    await writeFile(files.key, key);
  };
  const ca = loadCa();
  await write(ca);
  return { files, write, ca };
}

function serialAt(port: number, ca: string, servername: string | undefined): Promise<string> {
  const name = servername === undefined ? {} : { servername };
  return new Promise((resolve, reject) => {
    const options = { host: '127.0.0.1', port, ca, ...name, checkServerIdentity: () => undefined };
    const socket = tls.connect(options, () => {
      resolve(socket.getPeerCertificate().serialNumber);
      socket.destroy();
    });
    socket.on('error', reject);
  });
}

test('shows a certificate of its own, to clients with and without a server name', async () => {
  const { files, ca } = await layCertificate('gw.example.org');
  const rig = await startGatewayRig({ gateway: { tls: files, hosts: ['gw.example.org'] } });
  const { port } = rig.gateway.at;
  const serials = [];
  for (const name of ['gw.example.org', undefined])
    serials.push(await serialAt(port, ca.certificatePem, name));
  expect(new Set(serials).size).toBe(1);
  await expect(serialAt(port, rig.gateway.ca.certificatePem, 'gw.example.org')).rejects.toThrow();
});

test('a certificate of the own CA is replaced before it ends, for clients without a server name too', async () => {
  let now = Date.now();
  const identity = identityOfCa(loadCa({ now: () => now }), ['gw.example.org'], 10);
  const certs = [identity.fallback.cert];
  const { close } = identity.watch(({ cert }) => void certs.push(cert));
  onTestFinished(close);
  now += 391 * 86_400_000;
  await vi.waitFor(() => expect(certs).toHaveLength(2));
  expect(Date.parse(new X509Certificate(certs[1] ?? '').validTo)).toBeGreaterThan(now + 300 * 86_400_000);
});

test('files that are no certificate and its key are refused at the start', async () => {
  const [one, other] = [await layCertificate('a.example.org'), await layCertificate('b.example.org')];
  const mixed = { cert: one.files.cert, key: other.files.key };
  for (const files of [mixed, { ...one.files, key: '/nonexistent' }]) {
    await expect(startGatewayRig({ gateway: { tls: files } })).rejects.toThrow('no certificate and its key');
  }
});

test('a certificate that is renewed is shown, and half of one is waited out', async () => {
  const { files, write } = await layCertificate('gw.example.org');
  const logs: string[] = [];
  const identity = identityOfFiles(files, { log: (line) => void logs.push(line), interval: 10 });
  const first = identity.contextFor(undefined);
  const changes: unknown[] = [];
  const watching = identity.watch((fallback) => void changes.push(fallback));
  onTestFinished(() => watching.close());
  const next = loadCa();
  await writeFile(files.cert, next.leafFor('gw.example.org').cert);
  await utimes(files.cert, 1, 1);
  await expect.poll(() => logs).toHaveLength(1);
  expect(logs[0]).toContain('until then the certificate from before is shown');
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(logs).toHaveLength(1);
  expect(identity.contextFor(undefined)).toBe(first);
  await write(next);
  await expect.poll(() => changes.length).toBeGreaterThan(0);
  expect(identity.contextFor(undefined)).not.toBe(first);
});
