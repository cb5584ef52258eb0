import { createPrivateKey, type KeyObject, randomUUID, X509Certificate } from 'node:crypto';
import { PaiError, type Secret } from '@pai/core';

/** A certificate that is registered with an application, and its private key. */
export interface ClientCertificate {
  readonly key: KeyObject;
  /** SHA-256 of the certificate's DER, in base64url: `x5t#S256` (RFC 7515 section 4.1.8). */
  readonly thumbprint: string;
}

/**
 * A PEM file with a certificate and its RSA key, in any order; of several certificates the one that fits the key. Throws
 * `secret_invalid`, naming the Secret only, for anything else.
 */
export function readCertificate(secret: Secret): ClientCertificate {
  const blocks = [...secret.reveal().matchAll(/-----BEGIN ([A-Z0-9 ]+)-----.*?-----END \1-----/gs)];
  const labelled = (label: RegExp) => blocks.filter(([, name = '']) => label.test(name)).map(([pem]) => pem);
  const [pem, ...others] = labelled(/PRIVATE KEY$/);
  const certificates = labelled(/^CERTIFICATE$/);
  if (pem === undefined || others.length > 0) throw wrong(secret, 'has not exactly one private key');
  if (certificates.length === 0) throw wrong(secret, 'has no certificate');
  const key = parse(() => createPrivateKey({ key: pem, format: 'pem' }));
  if (key === undefined) throw wrong(secret, 'has a private key that is damaged or encrypted');
  if (key.asymmetricKeyType !== 'rsa') throw wrong(secret, 'has a private key that is no RSA key');
  const fitting = certificates
    .map((text) => parse(() => new X509Certificate(text)))
    .find((certificate) => certificate?.checkPrivateKey(key) === true);
  if (fitting === undefined) throw wrong(secret, 'has no certificate that fits its private key');
  const thumbprint = Buffer.from(fitting.fingerprint256.replaceAll(':', ''), 'hex').toString('base64url');
  return { key, thumbprint };
}

/** What an assertion says. */
export interface AssertionOptions {
  readonly clientId: string;
  /** The token endpoint it is for. */
  readonly endpoint: string;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/** Seconds before now that an assertion says it was made, for clocks that differ; and that it lasts. */
const backdating = 60;
const life = 600;

/** https://learn.microsoft.com/entra/identity-platform/certificate-credentials */
export async function createAssertion(
  { key, thumbprint }: ClientCertificate,
  { clientId, endpoint, now }: AssertionOptions,
): Promise<string> {
  const { SignJWT } = await import('jose');
  const seconds = Math.floor(now / 1_000);
  return new SignJWT()
    .setProtectedHeader({ alg: 'PS256', typ: 'JWT', 'x5t#S256': thumbprint })
    .setIssuer(clientId)
    .setSubject(clientId)
    .setAudience(endpoint)
    .setJti(randomUUID())
    .setIssuedAt(seconds - backdating)
    .setNotBefore(seconds - backdating)
    .setExpirationTime(seconds + life)
    .sign(key);
}

/** What OpenSSL says of a file may quote from it. */
function parse<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}

function wrong({ name }: Secret, why: string): PaiError {
  return new PaiError(
    'secret_invalid',
    `secret ${name} ${why}; store a PEM file with the certificate of the application and its RSA key without a passphrase`,
  );
}
