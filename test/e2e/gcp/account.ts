import { generateKeyPairSync, randomBytes } from 'node:crypto';

/** A service account of a project, with a key as Google gives it out. */
export interface Account {
  readonly email: string;
  readonly keyId: string;
  readonly privateKey: string;
  readonly publicKey: string;
  /** Content of its `key.json`. */
  readonly keyFile: string;
}

/** Makes an account whose key no other has. */
export function createAccount(name: string, project: string): Account {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', {
    modulusLength: 2_048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
  const email = `${name}@${project}.iam.gserviceaccount.com`;
  const keyId = randomBytes(20).toString('hex');
  const keyFile = JSON.stringify({
    type: 'service_account',
    project_id: project,
    private_key_id: keyId,
    private_key: privateKey,
    client_email: email,
    client_id: '100000000000000000001',
    auth_uri: 'https://accounts.google.com/o/oauth2/auth',
    token_uri: 'https://oauth2.googleapis.com/token',
    universe_domain: 'googleapis.com',
  });
  return { email, keyId, privateKey, publicKey, keyFile };
}
