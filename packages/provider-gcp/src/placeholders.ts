import { generateKeyPairSync } from 'node:crypto';
import { type Placeholders, placeholderFor } from '@pai/core';
import { placeholderEmail } from './answer/identity.ts';
import type { GcpSpec } from './schema.ts';

const keyFile = 'key.json';

/**
 * What Google's clients need to start: the file of a service account that does not exist, with a key that is thrown away,
 * made when the file is laid. gcloud takes a token as it is.
 */
export function placeholdersOf({ auth, config = {} }: GcpSpec, name: string): Placeholders {
  const { project } = config;
  return {
    env: {
      [auth.agentEnvVar ?? 'GOOGLE_APPLICATION_CREDENTIALS']: `{{file:${keyFile}}}`,
      ...(project !== undefined && { GOOGLE_CLOUD_PROJECT: project, CLOUDSDK_CORE_PROJECT: project }),
      CLOUDSDK_AUTH_ACCESS_TOKEN: placeholderFor(name),
      CLOUDSDK_CORE_CHECK_GCE_METADATA: 'false',
      // Else gcloud bills a project in every request, which takes a permission.
      CLOUDSDK_BILLING_QUOTA_PROJECT: 'LEGACY',
      GCE_METADATA_HOST: 'metadata.google.internal',
    },
    files: {
      get [keyFile]() {
        return JSON.stringify(keyOf(name, project), undefined, 2);
      },
    },
  };
}

/** The members that Google writes; clients look at most of them. */
function keyOf(name: string, project: string | undefined) {
  const token = placeholderFor(name);
  const email = placeholderEmail(token, project);
  return {
    type: 'service_account',
    ...(project !== undefined && { project_id: project }),
    private_key_id: token,
    private_key: throwAwayKey(),
    client_email: email,
    client_id: '0',
    auth_uri: 'https://accounts.google.com/o/oauth2/auth',
    token_uri: 'https://oauth2.googleapis.com/token',
    auth_provider_x509_cert_url: 'https://www.googleapis.com/oauth2/v1/certs',
    client_x509_cert_url: `https://www.googleapis.com/robot/v1/metadata/x509/${encodeURIComponent(email)}`,
    universe_domain: 'googleapis.com',
  };
}

let made: string | undefined;

/** What it signs is thrown away too, so that all Providers of a process have one; it takes some 100 ms to make. */
function throwAwayKey(): string {
  made ??= generateKeyPairSync('rsa', {
    modulusLength: 2_048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  }).privateKey;
  return made;
}
