import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { createPublicKey, generateKeyPairSync, X509Certificate } from 'node:crypto';
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, createServer, rootCertificates } from 'node:tls';
import { expect, onTestFinished, test } from 'vitest';
import { bundlePem, loadCa } from '../src/ca.ts';
import { der, objectIdentifier, positiveInteger, time } from '../src/der.ts';
import { ipv6Bytes } from '../src/ipv6.ts';

const day = 86_400_000;

function directory(): string {
  const dir = mkdtempSync(join(tmpdir(), 'pai-ca-'));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}

/** What a client that trusts only the CA makes of the leaf for `serverName`. */
async function handshake(serverName: string | undefined, maxVersion: 'TLSv1.2' | 'TLSv1.3') {
  const ca = loadCa();
  const server = createServer(
    { ...ca.leafFor('127.0.0.1'), SNICallback: (name, done) => done(null, ca.leafFor(name).secureContext) },
    (socket) => socket.on('error', () => {}).end('hello'),
  );
  onTestFinished(() => void server.close());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return new Promise<string>((resolve, reject) => {
    const options = serverName === undefined ? {} : { servername: serverName };
    const client = connect({ host: '127.0.0.1', port, ca: ca.certificatePem, maxVersion, ...options });
    client.on('error', reject).once('secureConnect', () => {
      resolve(`${client.getProtocol()} ${client.getPeerX509Certificate()?.subjectAltName}`);
      client.destroy();
    });
  });
}

test.each([
  ['api.github.com', 'TLSv1.3', 'TLSv1.3 DNS:api.github.com'],
  ['bucket.s3.amazonaws.com', 'TLSv1.2', 'TLSv1.2 DNS:bucket.s3.amazonaws.com'],
  [undefined, 'TLSv1.3', 'TLSv1.3 IP Address:127.0.0.1'],
] as const)(
  'a client that trusts the CA completes the handshake with %s by %s',
  async (name, version, seen) => {
    expect(await handshake(name, version)).toBe(seen);
  },
);

test('the CA certificate may sign leaves and nothing below them', () => {
  const now = Date.UTC(2026, 10, 21);
  const ca = new X509Certificate(loadCa({ now: () => now }).certificatePem);
  expect(ca.ca).toBe(true);
  expect(ca.subject).toMatch(/^CN=Pai sidecar CA [0-9a-f]{8}$/);
  expect(ca.issuer).toBe(ca.subject);
  expect(ca.verify(ca.publicKey)).toBe(true);
  expect(Date.parse(ca.validFrom)).toBe(now - day);
  expect(Date.parse(ca.validTo)).toBe(now + 3_652 * day);
  expect(ca.raw.includes(Buffer.from('300f0603551d130101ff040530030101ff', 'hex'))).toBe(false);
  expect(ca.raw.includes(Buffer.from('30120603551d130101ff040830060101ff020100', 'hex'))).toBe(true);
});

test('two CAs have two names', () => {
  expect(new X509Certificate(loadCa().certificatePem).subject).not.toBe(
    new X509Certificate(loadCa().certificatePem).subject,
  );
});

test('a leaf is for one host, for servers only, signed by the CA', () => {
  const ca = loadCa();
  const leaf = new X509Certificate(ca.leafFor('API.GitHub.com.').cert);
  const issuer = new X509Certificate(ca.certificatePem);
  expect(leaf.subjectAltName).toBe('DNS:api.github.com');
  expect(leaf.checkHost('api.github.com')).toBe('api.github.com');
  expect(leaf.checkHost('uploads.github.com')).toBeUndefined();
  expect(leaf.ca).toBe(false);
  expect(leaf.keyUsage).toEqual(['1.3.6.1.5.5.7.3.1']);
  expect(leaf.checkIssued(issuer)).toBe(true);
  expect(leaf.verify(issuer.publicKey)).toBe(true);
  expect(leaf.serialNumber).toMatch(/^[4-7][0-9A-F]{31}$/);
});

test('leaves of one process share a key and never a serial number', () => {
  const ca = loadCa();
  const leaves = ['a.example', 'b.example'].map((name) => ca.leafFor(name));
  const certificates = leaves.map(({ cert }) => new X509Certificate(cert));
  expect(new Set(leaves.map(({ key }) => key)).size).toBe(1);
  expect(new Set(certificates.map(({ serialNumber }) => serialNumber)).size).toBe(2);
  expect(certificates[0]?.publicKey.equals(createPublicKey(leaves[1]?.key ?? ''))).toBe(true);
});

test('a leaf is kept until seven days before its end', () => {
  let now = Date.UTC(2026, 10, 21);
  const { leafFor } = loadCa({ now: () => now });
  const first = leafFor('api.github.com');
  const { validFrom, validTo } = new X509Certificate(first.cert);
  expect(Date.parse(validFrom)).toBe(now - day);
  expect(Date.parse(validTo) - Date.parse(validFrom)).toBe(397 * day);
  now = Date.parse(validTo) - 7 * day - 1;
  expect(leafFor('api.github.com')).toBe(first);
  now += 1;
  const second = leafFor('api.github.com');
  expect(second).not.toBe(first);
  expect(Date.parse(new X509Certificate(second.cert).validTo)).toBeGreaterThan(now + 300 * day);
});

test('a leaf that was made while the clock was ahead is not kept when it is set back', () => {
  const ahead = Date.UTC(2036, 10, 21);
  let now = ahead;
  const { leafFor } = loadCa({ now: () => now });
  for (const host of ['api.github.com', 'api.gitlab.com', 'api.github.com']) leafFor(host);
  now = Date.UTC(2026, 10, 21);
  for (const host of ['api.github.com', 'api.gitlab.com']) {
    expect(Date.parse(new X509Certificate(leafFor(host).cert).validFrom)).toBe(now - day);
  }
});

test('one host by several names has one leaf, and several hosts in turn have their own', () => {
  const { leafFor } = loadCa();
  const first = leafFor('api.github.com');
  const other = leafFor('api.gitlab.com');
  for (let i = 0; i < 2; i += 1) {
    for (const name of ['api.github.com', 'API.GitHub.com.', 'api.github.com'])
      expect(leafFor(name)).toBe(first);
    expect(leafFor('api.gitlab.com')).toBe(other);
  }
  expect(() => leafFor('a b')).toThrow('a b');
  expect(leafFor('api.gitlab.com')).toBe(other);
});

test('of more than a thousand names the one asked for longest ago is forgotten', () => {
  const { leafFor } = loadCa();
  const oldest = leafFor('oldest.example');
  const used = leafFor('used.example');
  for (let i = 0; i < 998; i += 1) leafFor(`h${i}.example`);
  expect(leafFor('used.example')).toBe(used);
  leafFor('one-more.example');
  leafFor('two-more.example');
  expect(leafFor('used.example')).toBe(used);
  expect(leafFor('oldest.example')).not.toBe(oldest);
});

test.each([
  '',
  'a b',
  '*.example.com',
  'a\0.example',
  'é.example',
  'a,b',
  'user@host',
  'fe80::1%eth0',
  '../x',
])('no leaf is made for the server name %j', (name) => {
  expect(() => loadCa().leafFor(name)).toThrow(expect.objectContaining({ code: 'malformed_request' }));
});

test.each(['::1', '[2001:db8::1]', '10.0.0.1'])('the address %s gets a leaf with an IP address', (name) => {
  const leaf = new X509Certificate(loadCa().leafFor(name).cert);
  expect(leaf.checkIP(name.replace(/[[\]]/g, ''))).toBeDefined();
});

test('a host name too long for a common name still gets its leaf', () => {
  const host = `${'a'.repeat(63)}.${'b'.repeat(63)}.example`;
  const leaf = new X509Certificate(loadCa().leafFor(host).cert);
  expect(leaf.subject).toBe('CN=Pai sidecar');
  expect(leaf.checkHost(host)).toBe(host);
});

test('a directory keeps the CA, its key for the owner alone', () => {
  const dir = join(directory(), 'deep', 'ca');
  const first = loadCa({ dir });
  const second = loadCa({ dir });
  expect(second.certificatePem).toBe(first.certificatePem);
  expect(readdirSync(dir).sort()).toEqual(['ca-key.pem', 'ca.pem']);
  expect(statSync(join(dir, 'ca-key.pem')).mode & 0o777).toBe(0o600);
  const leaf = new X509Certificate(second.leafFor('api.github.com').cert);
  expect(leaf.verify(new X509Certificate(first.certificatePem).publicKey)).toBe(true);
});

test('a lost certificate is made again from its key', () => {
  const dir = directory();
  const first = loadCa({ dir });
  rmSync(join(dir, 'ca.pem'));
  const again = new X509Certificate(loadCa({ dir }).certificatePem);
  expect(again.subject).toBe(new X509Certificate(first.certificatePem).subject);
  expect(again.verify(new X509Certificate(first.certificatePem).publicKey)).toBe(true);
});

test('processes that make the CA at once end up with the same one', async () => {
  const dir = directory();
  const program = `import { loadCa } from ${JSON.stringify(new URL('../src/ca.ts', import.meta.url).href)};
    console.log(JSON.stringify(loadCa({ dir: ${JSON.stringify(dir)} }).certificatePem));`;
  const runs = await Promise.all(
    [1, 2, 3].map(
      () =>
        new Promise<string>((resolve, reject) => {
          const child = spawn(process.execPath, ['--input-type=module', '-e', program]);
          let out = '';
          child.stdout.on('data', (chunk) => {
            out += chunk;
          });
          child.on('error', reject).on('close', () => resolve(out.trim()));
        }),
    ),
  );
  expect(runs[0]).toContain('BEGIN CERTIFICATE');
  expect(new Set(runs).size).toBe(1);
  expect(readdirSync(dir).sort()).toEqual(['ca-key.pem', 'ca.pem']);
});

const otherKey = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({
  type: 'pkcs8',
  format: 'pem',
});
const otherCurve = generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' });

test.each<[string, (dir: string) => void, RegExp]>([
  ['a key others can read', (dir) => chmodSync(join(dir, 'ca-key.pem'), 0o640), /mode 0640\); run chmod 600/],
  [
    'a key cut short',
    (dir) => writeFileSync(join(dir, 'ca-key.pem'), '-----BEGIN'),
    /is not a P-256 private key/,
  ],
  ['a key of another kind', (dir) => writeFileSync(join(dir, 'ca-key.pem'), otherCurve), /is not a P-256/],
  [
    'a lost key',
    (dir) => rmSync(join(dir, 'ca-key.pem')),
    /ca-key\.pem is missing beside ca\.pem; restore it/,
  ],
  [
    'another key',
    (dir) => writeFileSync(join(dir, 'ca-key.pem'), otherKey),
    /does not belong to ca-key\.pem/,
  ],
  ['an empty certificate', (dir) => writeFileSync(join(dir, 'ca.pem'), ''), /ca\.pem is not a certificate/],
  [
    'a leaf as the CA',
    (dir) => writeFileSync(join(dir, 'ca.pem'), loadCa().leafFor('a.example').cert),
    /not the certificate of a CA/,
  ],
])('%s is refused with a remedy and nothing is written over', (_, spoil, message) => {
  const dir = directory();
  loadCa({ dir });
  spoil(dir);
  const before = contents(dir);
  expect(() => loadCa({ dir })).toThrow(expect.objectContaining({ code: 'state_corrupt' }));
  expect(() => loadCa({ dir })).toThrow(message);
  expect(contents(dir)).toEqual(before);
});

test('an expired CA says so', () => {
  const dir = directory();
  loadCa({ dir, now: () => Date.UTC(2010, 1) });
  expect(() => loadCa({ dir })).toThrow(/expired on Feb .* 2020/);
});

test('a directory that cannot be made is a clear error', () => {
  const file = join(directory(), 'file');
  writeFileSync(file, '');
  const dir = join(file, 'ca');
  expect(() => loadCa({ dir })).toThrow(expect.objectContaining({ code: 'state_unwritable' }));
});

test('the bundle has every public root and ours, each once', () => {
  const ca = loadCa();
  const certificates: readonly string[] =
    bundlePem(ca).match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  expect(new Set(certificates).size).toBe(certificates.length);
  expect(certificates).toContain(ca.certificatePem.trim());
  expect(rootCertificates.every((root) => certificates.includes(root.trim()))).toBe(true);
});

const openssl = process.env['OPENSSL'] ?? 'openssl';
const hasOpenssl = spawnSync(openssl, ['version']).status === 0;

test.runIf(hasOpenssl)('openssl accepts every leaf in its strict mode', () => {
  const dir = directory();
  const ca = loadCa();
  writeFileSync(join(dir, 'ca'), ca.certificatePem);
  for (const [name, option] of [
    ['api.github.com', '-verify_hostname'],
    ['2001:db8::ff', '-verify_ip'],
  ] as const) {
    writeFileSync(join(dir, 'leaf'), ca.leafFor(name).cert);
    const args = ['verify', '-x509_strict', '-purpose', 'sslserver', option, name];
    expect(
      execFileSync(openssl, [...args, '-CAfile', join(dir, 'ca'), join(dir, 'leaf')]).toString(),
    ).toMatch(/: OK\n$/);
  }
});

test.each<[string, Buffer, string]>([
  ['a short value', der(0x04, Buffer.of(1, 2)), '04020102'],
  ['a length of 128', der(0x04, Buffer.alloc(128)).subarray(0, 4), '04818000'],
  ['a length of 65536', der(0x04, Buffer.alloc(65_536)).subarray(0, 6), '048301000000'],
  ['a number with its high bit set', positiveInteger(Buffer.of(0x80)), '02020080'],
  ['an object identifier', objectIdentifier('1.2.840.10045.4.3.2'), '06082a8648ce3d040302'],
  ['a time of this half century', time(Date.UTC(2049, 11, 31, 23, 59, 59)), `170d${hex('491231235959Z')}`],
  ['a time of the next', time(Date.UTC(2050, 0, 1)), `180f${hex('20500101000000Z')}`],
])('DER writes %s', (_, bytes, expected) => {
  expect(bytes.toString('hex')).toBe(expected);
});

test.each([
  ['::', '00000000000000000000000000000000'],
  ['::1', '00000000000000000000000000000001'],
  ['2001:DB8::8:800:200c:417A', '20010db80000000000080800200c417a'],
  ['::ffff:192.0.2.1', '00000000000000000000ffffc0000201'],
  ['64:ff9b::255.255.255.255', '0064ff9b0000000000000000ffffffff'],
  ['1:2:3:4:5:6:7:8', '00010002000300040005000600070008'],
  ['fe80::1%eth0', 'fe800000000000000000000000000001'],
  ['1::', '00010000000000000000000000000000'],
])('the bytes of %s are read', (address, expected) => {
  expect(ipv6Bytes(address).toString('hex')).toBe(expected);
});

function contents(dir: string): Record<string, string> {
  return Object.fromEntries(readdirSync(dir).map((name) => [name, readFileSync(join(dir, name), 'latin1')]));
}

function hex(text: string): string {
  return Buffer.from(text).toString('hex');
}
