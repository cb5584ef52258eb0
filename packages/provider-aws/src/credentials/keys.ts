import { isPaiError, PaiError, type Secret, type SecretReader } from '@pai/core';
import type { AwsCredentials } from '../sign/credential.ts';

/** What a Secret of AWS holds: access keys, or a token that another identity provider issued. */
export type StoredKeys =
  | { readonly kind: 'access-key'; readonly credentials: AwsCredentials }
  | { readonly kind: 'web-identity'; readonly token: Secret };

/**
 * Reads the Secret. Throws `secret_missing` when a key is missing, and `secret_invalid` when what is there cannot be
 * used together.
 */
export function readKeys(secrets: SecretReader): StoredKeys {
  const token = readOptional(secrets, 'web_identity_token');
  const id = token === undefined ? secrets.read('access_key_id') : readOptional(secrets, 'access_key_id');
  if (token !== undefined && id !== undefined) {
    throw new PaiError(
      'secret_invalid',
      `secret ${id.name} stands beside ${token.name}, and one request has one identity; remove one of them`,
    );
  }
  if (token !== undefined) return { kind: 'web-identity', token };
  return { kind: 'access-key', credentials: readAccessKey(secrets, id ?? secrets.read('access_key_id')) };
}

/** Ids that begin with ASIA are of temporary credentials: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html */
function readAccessKey(secrets: SecretReader, id: Secret): AwsCredentials {
  const accessKeyId = id.reveal();
  if (!/^[\w.@+-]{3,128}$/.test(accessKeyId)) {
    throw new PaiError('secret_invalid', `secret ${id.name} is no access key id; store the id alone`);
  }
  const secretAccessKey = secrets.read('secret_access_key');
  const sessionToken = readOptional(secrets, 'session_token');
  if (accessKeyId.startsWith('ASIA') && sessionToken === undefined) {
    throw new PaiError(
      'secret_missing',
      `secret ${id.name} is of temporary credentials, which have a session token; store that as session_token`,
    );
  }
  return { accessKeyId, secretAccessKey, ...(sessionToken !== undefined && { sessionToken }) };
}

function readOptional(secrets: SecretReader, key: string): Secret | undefined {
  try {
    return secrets.read(key);
  } catch (thrown) {
    if (isPaiError(thrown) && thrown.code === 'secret_missing') return undefined;
    throw thrown;
  }
}
