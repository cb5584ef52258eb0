import { createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import tls from 'node:tls';
import { openCaFiles } from './ca-files.ts';
import { type Issuer, publicKeyInfo, signCa } from './certificate.ts';
import { createLeafStore, type LeafStore } from './leaf-store.ts';

/** The sidecar's certificate authority. Its key is in no member of it. */
export interface Ca {
  /** What agents must trust. */
  readonly certificatePem: string;
  readonly leafFor: LeafStore;
}

/** Where the CA lives and what time it is, in milliseconds since the epoch. */
export interface CaOptions {
  /** Holds `ca.pem` and `ca-key.pem`; both are made when neither is there. Left out: the CA ends with the process. */
  readonly dir?: string;
  readonly now?: () => number;
}

/**
 * Opens the CA in `dir`, or makes one. Throws `state_corrupt` when its files cannot be used as they are, a key that
 * others can read included, and `state_unwritable` when they cannot be made.
 */
export function loadCa({ dir, now = Date.now }: CaOptions = {}): Ca {
  if (dir === undefined) {
    const key = createCaKey();
    return { certificatePem: createCaCertificate(key, now()), leafFor: createLeafStore(issuerOf(key), now) };
  }
  const { key, certificatePem } = openCaFiles(dir, {
    createKey: createCaKey,
    createCertificate: (created) => createCaCertificate(created, now()),
    now,
  });
  return { certificatePem, leafFor: createLeafStore(issuerOf(key), now) };
}

/** Every root this machine trusts, and the CA, as one PEM: for clients whose setting replaces their own roots. */
export function bundlePem({ certificatePem }: Pick<Ca, 'certificatePem'>): string {
  const roots = [
    ...tls.rootCertificates,
    ...tls.getCACertificates('system'),
    ...tls.getCACertificates('extra'),
  ];
  return `${[...new Set([certificatePem, ...roots].map((pem) => pem.trim()))].join('\n')}\n`;
}

const day = 86_400_000;

function createCaKey(): KeyObject {
  return generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
}

function createCaCertificate(key: KeyObject, time: number): string {
  return signCa(issuerOf(key), { from: time - day, to: time + 3_652 * day });
}

/** The name is taken from the key, so that several CAs are told apart and a lost certificate can be made again. */
function issuerOf(privateKey: KeyObject): Issuer {
  const publicKey = publicKeyInfo(createPublicKey(privateKey));
  const tag = publicKey.id.toString('hex', 0, 4);
  return { name: `Pai sidecar CA ${tag}`, privateKey, publicKey };
}
