import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { dirname } from 'node:path';
import tls from 'node:tls';
import { expect, onTestFinished, test } from 'vitest';
import { createLeafSigner, publicKeyInfo, signCa } from '../src/certificate.ts';
import { createTrust } from '../src/upstream/trust.ts';
import { temporaryHome } from './temporary-home.ts';

const day = 86_400_000;

/** A CA, and the port of a service with a certificate of it. */
async function startService(): Promise<{ readonly ca: string; readonly port: number }> {
  const now = Date.now();
  const pair = () => generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const { privateKey, publicKey } = pair();
  const issuer = { name: 'A CA of a test', privateKey, publicKey: publicKeyInfo(publicKey) };
  const leaf = pair();
  const signLeaf = createLeafSigner(issuer, publicKeyInfo(leaf.publicKey));
  const cert = signLeaf('api.example.com', { from: now - day, to: now + day });
  const key = leaf.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  const server = tls.createServer({ cert, key }, (socket) => void socket.end());
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  const ca = signCa(issuer, { from: now - day, to: now + day });
  return { ca, port: (server.address() as AddressInfo).port };
}

/** Whether a handshake with what listens on `port` ends well. */
async function isTrusted(port: number, secureContext: tls.SecureContext): Promise<boolean> {
  const socket = tls.connect({ host: '127.0.0.1', port, servername: 'api.example.com', secureContext });
  try {
    await once(socket, 'secureConnect');
    return socket.authorized;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

async function fileOf(text: string): Promise<string> {
  const file = `${await temporaryHome()}.pem`;
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, text);
  return file;
}

test('every certificate of the file is trusted, and by that context alone', async () => {
  const [one, another, unknown] = [await startService(), await startService(), await startService()];
  const extended = createTrust(await fileOf(one.ca + another.ca));
  expect(await isTrusted(one.port, extended)).toBe(true);
  expect(await isTrusted(another.port, extended)).toBe(true);
  expect(await isTrusted(unknown.port, extended)).toBe(false);
  expect(await isTrusted(one.port, createTrust())).toBe(false);
});

test('the usual roots are trusted beside those of the file', async () => {
  const [usual, extra] = [await startService(), await startService()];
  const before = tls.getCACertificates('default');
  onTestFinished(() => tls.setDefaultCACertificates(before));
  tls.setDefaultCACertificates([...before, usual.ca]);
  const trust = createTrust(await fileOf(extra.ca));
  expect(await isTrusted(usual.port, trust)).toBe(true);
  expect(await isTrusted(extra.port, trust)).toBe(true);
});

test('a file that cannot be read, or holds no certificate, is told at once', async () => {
  await expect(async () => createTrust('/nowhere/ca.pem')).rejects.toMatchObject({ code: 'config_invalid' });
  const empty = await fileOf('nothing\n');
  await expect(async () => createTrust(empty)).rejects.toMatchObject({ code: 'config_invalid' });
});
