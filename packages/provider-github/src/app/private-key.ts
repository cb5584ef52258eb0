import { createPrivateKey, type KeyObject } from 'node:crypto';
import { PaiError, type Secret } from '@pai/core';

/**
 * The private key of an app, in PEM: PKCS#1, as GitHub hands it out, or PKCS#8. Throws `secret_invalid`, naming the
 * Secret only, for anything else.
 */
export function readPrivateKey(secret: Secret): KeyObject {
  const pem = secret.reveal();
  const label = /-----BEGIN ([A-Z0-9 ]+)-----/.exec(pem)?.[1];
  if (label === undefined) throw wrongKey(secret, 'is no PEM');
  if (!label.endsWith('PRIVATE KEY')) throw wrongKey(secret, `is a ${label.toLowerCase()} in PEM`);
  if (label === 'ENCRYPTED PRIVATE KEY' || /^Proc-Type:.*ENCRYPTED/m.test(pem)) {
    throw wrongKey(secret, 'is encrypted with a passphrase');
  }
  const key = parse(pem);
  if (key === undefined) throw wrongKey(secret, 'is damaged');
  if (key.asymmetricKeyType !== 'rsa') throw wrongKey(secret, 'is no RSA key');
  return key;
}

/** What OpenSSL says of a key may quote from it. */
function parse(pem: string): KeyObject | undefined {
  try {
    return createPrivateKey({ key: pem, format: 'pem' });
  } catch {
    return undefined;
  }
}

function wrongKey({ name }: Secret, why: string): PaiError {
  return new PaiError(
    'secret_invalid',
    `secret ${name} ${why}; store the .pem file that GitHub gave for the private key of the app`,
  );
}
