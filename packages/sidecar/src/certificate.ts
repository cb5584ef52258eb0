import { createHash, type KeyObject, randomBytes, sign } from 'node:crypto';
import { isIPv4 } from 'node:net';
import {
  bitString,
  der,
  isTrue,
  objectIdentifier,
  octetString,
  positiveInteger,
  sequence,
  time,
  utf8String,
} from './der.ts';
import { ipv6Bytes } from './ipv6.ts';

/** A public P-256 key as certificates carry it. */
export interface PublicKeyInfo {
  /** SubjectPublicKeyInfo, DER. */
  readonly spki: Buffer;
  /** The key identifier: 160 bits of SHA-256 over the point (RFC 7093 section 2, method 1). */
  readonly id: Buffer;
}

/** Who signs: a CA's common name and its P-256 key. */
export interface Issuer {
  readonly name: string;
  readonly privateKey: KeyObject;
  readonly publicKey: PublicKeyInfo;
}

/** Reads a P-256 key once, so that signing need not. */
export function publicKeyInfo(publicKey: KeyObject): PublicKeyInfo {
  const spki = publicKey.export({ type: 'spki', format: 'der' });
  return { spki, id: createHash('sha256').update(spki.subarray(-65)).digest().subarray(0, 20) };
}

/** When a certificate holds, in milliseconds since the epoch. */
export interface Validity {
  readonly from: number;
  readonly to: number;
}

/** A self-signed CA certificate that may sign leaves and nothing below them, as PEM. */
export function signCa(issuer: Issuer, validity: Validity): string {
  return createSigner(issuer, issuer.publicKey)(issuer.name, validity, [
    extension(oids.basicConstraints, sequence(isTrue, positiveInteger(Buffer.of(0))), 'critical'),
    extension(oids.keyUsage, bitString(Buffer.of(0b0000_0110), 1), 'critical'),
    extension(oids.subjectKeyIdentifier, octetString(issuer.publicKey.id)),
  ]);
}

/** Signs a leaf for one host name or IP address, and gives it as PEM. */
export type SignLeaf = (host: string, validity: Validity) => string;

/**
 * Signs TLS server certificates for `publicKey`, in the profile of RFC 5280 that strict verifiers ask for. What all of
 * them have in common is written once.
 */
export function createLeafSigner(issuer: Issuer, publicKey: PublicKeyInfo): SignLeaf {
  const sign = createSigner(issuer, publicKey);
  const usage = [
    extension(oids.basicConstraints, sequence(), 'critical'),
    extension(oids.keyUsage, bitString(Buffer.of(0b1000_0000), 7), 'critical'),
    extension(oids.extendedKeyUsage, sequence(objectIdentifier(oids.serverAuth))),
  ];
  const subjectAltName = objectIdentifier(oids.subjectAltName);
  const identifiers = [
    extension(oids.subjectKeyIdentifier, octetString(publicKey.id)),
    extension(oids.authorityKeyIdentifier, sequence(der(0x80, issuer.publicKey.id))),
  ];
  return (host, validity) => {
    const commonName = host.length <= 64 ? host : 'Pai sidecar';
    const names = sequence(subjectAltName, octetString(sequence(generalName(host))));
    return sign(commonName, validity, [...usage, names, ...identifiers]);
  };
}

const oids = {
  commonName: '2.5.4.3',
  ecdsaWithSha256: '1.2.840.10045.4.3.2',
  basicConstraints: '2.5.29.19',
  keyUsage: '2.5.29.15',
  extendedKeyUsage: '2.5.29.37',
  subjectAltName: '2.5.29.17',
  subjectKeyIdentifier: '2.5.29.14',
  authorityKeyIdentifier: '2.5.29.35',
  serverAuth: '1.3.6.1.5.5.7.3.1',
};

const algorithm = sequence(objectIdentifier(oids.ecdsaWithSha256));
const version3 = der(0xa0, positiveInteger(Buffer.of(2)));
const commonNameType = objectIdentifier(oids.commonName);

/** Gives certificates as PEM. */
function createSigner({ name, privateKey }: Issuer, { spki }: PublicKeyInfo) {
  const issuerName = distinguishedName(name);
  return (commonName: string, { from, to }: Validity, extensions: readonly Buffer[]): string => {
    const body = sequence(
      version3,
      positiveInteger(serialNumber()),
      algorithm,
      issuerName,
      sequence(time(from), time(to)),
      distinguishedName(commonName),
      spki,
      der(0xa3, sequence(...extensions)),
    );
    const signature = sign('sha256', body, privateKey);
    return pemOf(sequence(body, algorithm, bitString(signature)));
  };
}

/** 16 random bytes that are positive and never shorter. */
function serialNumber(): Buffer {
  const bytes = randomBytes(16);
  bytes[0] = ((bytes[0] ?? 0) & 0x3f) | 0x40;
  return bytes;
}

function distinguishedName(commonName: string): Buffer {
  return sequence(der(0x31, sequence(commonNameType, utf8String(commonName))));
}

function extension(oid: string, value: Buffer, criticality?: 'critical'): Buffer {
  const critical = criticality === undefined ? [] : [isTrue];
  return sequence(objectIdentifier(oid), ...critical, octetString(value));
}

function generalName(host: string): Buffer {
  if (isIPv4(host)) return der(0x87, Buffer.from(host.split('.').map(Number)));
  if (host.includes(':')) return der(0x87, ipv6Bytes(host));
  return der(0x82, Buffer.from(host, 'ascii'));
}

function pemOf(certificate: Buffer): string {
  const lines = certificate.toString('base64').match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`;
}
