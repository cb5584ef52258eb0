import { readFileSync } from 'node:fs';
import tls from 'node:tls';
import { PaiError } from '@pai/core';

/**
 * The roots that services' certificates are checked against: Node's own (with `NODE_EXTRA_CA_CERTS`), and those in the
 * PEM file `extra`. Throws `config_invalid` when that file has no certificate.
 */
export function createTrust(extra?: string): tls.SecureContext {
  const trust = tls.createSecureContext({ minVersion: 'TLSv1.2' });
  if (extra === undefined) return trust;
  const certificates = readPem(extra);
  const context: Partial<CertificateStore> = trust.context;
  if (context.addCACert === undefined) return createFromPem(certificates);
  for (const certificate of certificates) context.addCACert(certificate);
  return trust;
}

/** What Node itself calls for each `ca`: the context gets a store of its own, of Node's roots and these. */
interface CertificateStore {
  readonly addCACert: (pem: string) => void;
}

/** The same roots, every one of them read again from PEM: some 10 ms where Node's own store takes 2. */
function createFromPem(certificates: readonly string[]): tls.SecureContext {
  return tls.createSecureContext({
    ca: [...tls.getCACertificates('default'), ...certificates],
    minVersion: 'TLSv1.2',
  });
}

function readPem(path: string): string[] {
  const refuse = (why: string, cause?: unknown) =>
    new PaiError('config_invalid', `--upstream-ca ${path} ${why}; name a PEM file of CA certificates`, {
      cause,
    });
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (thrown) {
    throw refuse(`cannot be read (${(thrown as NodeJS.ErrnoException).code})`, thrown);
  }
  const blocks = text.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g);
  if (blocks === null) throw refuse('has no certificate in it');
  return [...blocks];
}
