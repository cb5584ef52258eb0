import { escapeUnits, isSearchable, type ProviderContext } from '@pai/core';
import { type CredentialDocument, readDocument } from './document.ts';

/**
 * Reads the credential document under `key` of the Secret, which may be another each time. Responses may show what only
 * names something in it: policies are full of the account's address, and agents write back what they have read. Throws
 * as `readDocument`.
 */
export function createDocumentReader(
  key: string,
  { name, secrets }: Pick<ProviderContext, 'name' | 'secrets'>,
): () => CredentialDocument {
  let last = '';
  return () => {
    const secret = secrets.read(key, { multiline: true, isIdentifier: true });
    const document = readDocument(secret);
    const confidential = withoutNames(secret.reveal());
    if (confidential !== last && isSearchable(confidential)) secrets.derive(`${name}/${key}`, confidential);
    last = confidential;
    return document;
  };
}

/** The JSON text of a document without the members that only name something, in ASCII. */
function withoutNames(text: string): string {
  const isKept = (member: string, value: unknown) => (names.has(member) ? undefined : value);
  return JSON.stringify(JSON.parse(text), isKept).replace(/[^\x20-\x7e]/g, escapeUnits);
}

/** Source: https://google.aip.dev/auth/4110, and the documents that Google gives. */
const names: ReadonlySet<string> = new Set([
  'account',
  'audience',
  'auth_provider_x509_cert_url',
  'auth_uri',
  'client_email',
  'client_id',
  'client_x509_cert_url',
  'delegates',
  'private_key_id',
  'project_id',
  'quota_project_id',
  'service_account_impersonation_url',
  'subject_token_type',
  'token_info_url',
  'token_uri',
  'token_url',
  'type',
  'universe_domain',
  'workforce_pool_user_project',
]);
