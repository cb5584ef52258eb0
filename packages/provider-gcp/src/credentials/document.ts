import { createPrivateKey, type KeyObject } from 'node:crypto';
import { PaiError, type Secret } from '@pai/core';

/** The key of a service account. */
export interface ServiceAccountKey {
  readonly kind: 'service_account';
  readonly email: string;
  readonly keyId: string | undefined;
  readonly key: KeyObject;
}

/** What `gcloud auth application-default login` stores: a user who let gcloud act in their name. */
export interface AuthorizedUser {
  readonly kind: 'authorized_user';
  readonly clientId: string;
  readonly clientSecret: string;
  readonly refreshToken: string;
}

/** Workload or workforce identity federation: a token of another identity provider is exchanged for one of Google. */
export interface ExternalAccount {
  readonly kind: 'external_account';
  readonly audience: string;
  readonly subjectTokenType: string;
  /** The project that pays for a user of a workforce pool. */
  readonly userProject: string | undefined;
}

/** A service account that another identity acts as. */
export interface Impersonation {
  readonly target: string;
  /** Service accounts on the way to it, in order. */
  readonly delegates: readonly string[];
}

/** What the Secret holds: an identity, and whom it acts as by its own document. */
export interface CredentialDocument {
  readonly identity: ServiceAccountKey | AuthorizedUser | ExternalAccount;
  readonly impersonation: Impersonation | undefined;
  /** The project that calls are counted and paid for, where that is not the project of the identity. */
  readonly quotaProject: string | undefined;
}

/**
 * Reads a credential document in JSON (https://google.aip.dev/auth/4110). Throws `secret_invalid`, naming the Secret and
 * what is wrong and showing nothing of it, also when it would send a credential to an address that is not Google's own.
 */
export function readDocument(secret: Secret): CredentialDocument {
  const document = createReader(secret, parse(secret));
  const domain = document.optional('universe_domain');
  if (domain !== undefined && domain !== 'googleapis.com') {
    throw document.wrong('universe_domain', 'is not googleapis.com, and no other universe is known here');
  }
  return {
    identity: readIdentity(document),
    impersonation: readImpersonation(document),
    quotaProject: document.optional('quota_project_id'),
  };
}

type Members = Readonly<Record<string, unknown>>;

/** What a parser says of a text may quote from it. */
function parse(secret: Secret): Members {
  try {
    const value: unknown = JSON.parse(secret.reveal());
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Members;
  } catch {}
  throw invalid(secret, 'is no JSON object');
}

type Reader = ReturnType<typeof createReader>;

function createReader(secret: Secret, members: Members) {
  const wrong = (member: string, why: string) => invalid(secret, `has a ${member} that ${why}`);
  const optional = (member: string): string | undefined => {
    const value = members[member];
    if (value === undefined || value === null) return undefined;
    if (typeof value === 'string' && /^[ -~\n]+$/.test(value)) return value;
    throw wrong(member, 'is no plain text');
  };
  const required = (member: string): string => {
    const value = optional(member);
    if (value === undefined) throw invalid(secret, `has no ${member}`);
    return value;
  };
  return { secret, members, optional, required, wrong };
}

function readIdentity(document: Reader): CredentialDocument['identity'] {
  const type = document.optional('type');
  switch (type) {
    case 'service_account':
      return readKey(document);
    case 'authorized_user':
      requireAddress(document, 'token_uri', tokenAddresses);
      return {
        kind: type,
        clientId: document.required('client_id'),
        clientSecret: document.required('client_secret'),
        refreshToken: document.required('refresh_token'),
      };
    case 'external_account':
      return readExternal(document);
    case 'impersonated_service_account':
      return readSource(document);
    default:
      throw invalid(
        document.secret,
        type === undefined ? 'has no type' : 'has a type that is not known here',
      );
  }
}

function readSource({ secret, members }: Reader): CredentialDocument['identity'] {
  const source = members.source_credentials;
  const type = (source as Members | undefined)?.type;
  if (typeof source !== 'object' || source === null || type === 'impersonated_service_account') {
    throw invalid(
      secret,
      'has no source_credentials of a service_account, authorized_user or external_account',
    );
  }
  return readIdentity(createReader(secret, source as Members));
}

const tokenAddresses = [
  'https://oauth2.googleapis.com/token',
  'https://accounts.google.com/o/oauth2/token',
  'https://www.googleapis.com/oauth2/v4/token',
];

/** An address in the document may say where Google is, but not send the credential anywhere else. */
function requireAddress(document: Reader, member: string, known: readonly string[]): void {
  const address = document.optional(member);
  if (address === undefined || known.includes(address)) return;
  throw document.wrong(member, `is not Google's own; write ${known[0]}`);
}

function readKey(document: Reader): ServiceAccountKey {
  requireAddress(document, 'token_uri', tokenAddresses);
  const key = parseKey(document.required('private_key'));
  if (key?.asymmetricKeyType !== 'rsa') throw document.wrong('private_key', 'is no RSA key in PEM');
  return {
    kind: 'service_account',
    email: document.required('client_email'),
    keyId: document.optional('private_key_id'),
    key,
  };
}

/** What OpenSSL says of a key may quote from it. */
function parseKey(pem: string): KeyObject | undefined {
  try {
    return createPrivateKey({ key: pem, format: 'pem' });
  } catch {
    return undefined;
  }
}

const exchangeAddresses = ['https://sts.googleapis.com/v1/token'];

function readExternal(document: Reader): ExternalAccount {
  requireAddress(document, 'token_url', exchangeAddresses);
  const subjectTokenType = document.required('subject_token_type');
  if (!subjectTokenTypes.includes(subjectTokenType)) {
    throw document.wrong('subject_token_type', `is none of ${subjectTokenTypes.join(', ')}`);
  }
  return {
    kind: 'external_account',
    audience: document.required('audience'),
    subjectTokenType,
    userProject: document.optional('workforce_pool_user_project'),
  };
}

/** Tokens that are sent as they are. What an AWS identity sends in place of one is a signed request. */
const subjectTokenTypes = [
  'urn:ietf:params:oauth:token-type:jwt',
  'urn:ietf:params:oauth:token-type:id_token',
  'urn:ietf:params:oauth:token-type:saml2',
];

function readImpersonation(document: Reader): Impersonation | undefined {
  const member = 'service_account_impersonation_url';
  const address = document.optional(member);
  const type = document.optional('type');
  if (address === undefined) {
    if (type === 'impersonated_service_account') throw invalid(document.secret, `has no ${member}`);
    return undefined;
  }
  const target = impersonationAddress.exec(address)?.[1];
  if (target === undefined) throw document.wrong(member, 'is no address of iamcredentials.googleapis.com');
  const delegates = document.members.delegates ?? [];
  if (!Array.isArray(delegates) || !delegates.every(isAccount)) {
    throw document.wrong('delegates', 'is no list of service accounts');
  }
  return { target, delegates: delegates.map((name) => name.replace(/^projects\/-\/serviceAccounts\//, '')) };
}

const impersonationAddress =
  /^https:\/\/iamcredentials\.googleapis\.com\/v1\/projects\/-\/serviceAccounts\/([\w.@-]+):generateAccessToken$/;

function isAccount(name: unknown): name is string {
  return typeof name === 'string' && /^(?:projects\/-\/serviceAccounts\/)?[\w.@-]+$/.test(name);
}

function invalid({ name }: Secret, why: string): PaiError {
  return new PaiError(
    'secret_invalid',
    `secret ${name} ${why}; store the JSON document that Google gave, whole`,
  );
}
