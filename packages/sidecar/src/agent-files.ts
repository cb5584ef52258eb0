import { createHash, X509Certificate } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { bundlePem, type Ca } from './ca.ts';

/** What agents' clients need to trust the sidecar. */
export interface TrustFiles {
  /** The CA alone, PEM: for settings that add to a client's roots. */
  readonly caPath: string;
  /** System roots and the CA, PEM: for settings that replace a client's roots. */
  readonly bundlePath: string;
  /** The same as a Java truststore (JKS). */
  readonly javaPath: string;
}

/** Java insists on a password; it protects nothing. */
export const javaPassword = 'changeit';

/** Lays the trust files into `dir`. */
export function layTrustFiles(ca: Pick<Ca, 'certificatePem'>, dir: string): TrustFiles {
  mkdirSync(dir, { recursive: true });
  const files = {
    caPath: join(dir, 'ca.pem'),
    bundlePath: join(dir, 'ca-bundle.pem'),
    javaPath: join(dir, 'ca-bundle.jks'),
  };
  const bundle = bundlePem(ca);
  writeFileSync(files.caPath, ca.certificatePem);
  writeFileSync(files.bundlePath, bundle);
  writeFileSync(files.javaPath, javaTruststore(bundle));
  return files;
}

/** A JKS truststore: entries of trusted certificates, then a digest keyed with the password (sun.security.provider.JavaKeyStore). */
function javaTruststore(bundle: string): Buffer {
  const pems = bundle.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  const entries = pems.map((pem, i) => {
    const der = new X509Certificate(pem).raw;
    const trusted = 2;
    return Buffer.concat([
      int32(trusted),
      text(`root-${i}`),
      Buffer.alloc(8),
      text('X.509'),
      int32(der.length),
      der,
    ]);
  });
  const body = Buffer.concat([int32(0xfeedfeed), int32(2), int32(entries.length), ...entries]);
  const key = Buffer.from(javaPassword, 'utf16le').swap16();
  return Buffer.concat([
    body,
    createHash('sha1').update(key).update('Mighty Aphrodite').update(body).digest(),
  ]);
}

function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

function text(value: string): Buffer {
  const bytes = Buffer.from(value);
  const length = Buffer.alloc(2);
  length.writeUInt16BE(bytes.length);
  return Buffer.concat([length, bytes]);
}
