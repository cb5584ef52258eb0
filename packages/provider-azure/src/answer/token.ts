import {
  type AgentRequest,
  findPlaceholder,
  getHeader,
  jsonResponse,
  type LocalResponse,
  type Parameter,
  placeholderFor,
  readParameters,
  singleValue,
} from '@pai/core';
import type { AnswerOptions } from './answer.ts';
import { entraError, interactive } from './entra-error.ts';
import { placeholderLife, placeholderToken } from './placeholder-token.ts';

/** Bytes of a form that are read: an assertion can have certificates in it. */
const mostBytes = 262_144;

/** How a token was asked for. */
export interface TokenOptions extends Pick<AnswerOptions, 'provider' | 'tenant' | 'now'> {
  /** 1 names a `resource`, 2 scopes. */
  readonly version: 1 | 2;
  /** The tenant in the path. */
  readonly asked: string;
}

/** Grants that no person has a part in. */
const grants: ReadonlySet<string> = new Set([
  'client_credentials',
  'password',
  'refresh_token',
  'urn:ietf:params:oauth:grant-type:jwt-bearer',
  'urn:ietf:params:oauth:grant-type:saml1_1-bearer',
  'urn:ietf:params:oauth:grant-type:saml2-bearer',
]);

/** Fields in which an agent can have the placeholder of a Provider, the one that says most first. */
const carriers = [
  'client_secret',
  'client_assertion',
  'refresh_token',
  'assertion',
  'password',
  'client_id',
] as const;

/**
 * A token that is a placeholder, whatever it was asked for with; of the Provider whose placeholder the request carries.
 * Rejects with `malformed_request` for content that has two readings.
 */
export async function answerToken(request: AgentRequest, options: TokenOptions): Promise<LocalResponse> {
  const parameters = await readParameters(request, mostBytes);
  const grant = textOf(parameters, 'grant_type') ?? '';
  if (!grants.has(grant)) return entraError(request, 'unsupported_grant_type', interactive);
  const placeholder = carriedBy(request, parameters) ?? placeholderFor(options.provider);
  const tenant = named.has(options.asked.toLowerCase()) ? options.tenant : options.asked;
  const clientId = textOf(parameters, 'client_id') ?? placeholder;
  const now = options.now();
  const scope = textOf(parameters, 'scope') ?? '';
  const audience = textOf(parameters, 'resource') ?? audienceOf(scope);
  if (audience === '') {
    const missing = options.version === 1 ? 'resource' : 'scope';
    return entraError(
      request,
      'invalid_request',
      `the parameter ${missing} says whom the token is for; send it`,
    );
  }
  const token = (whom: string) => placeholderToken({ placeholder, tenant, clientId, audience: whom, now });
  const isPersonal = grant !== 'client_credentials';
  return jsonResponse(200, {
    token_type: 'Bearer',
    ...lifeOf(options.version, now, audience),
    access_token: token(audience),
    ...(isPersonal && { scope, refresh_token: placeholder }),
    ...(isPersonal && /\bopenid\b/.test(scope) && { id_token: token(clientId) }),
    ...(textOf(parameters, 'client_info') !== undefined && { client_info: clientInfo(tenant) }),
  });
}

/** Names of tenants that stand for whichever it is. */
const named: ReadonlySet<string> = new Set(['common', 'organizations', 'consumers']);

function textOf(parameters: readonly Parameter[], name: string): string | undefined {
  const value = singleValue(parameters, name);
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function carriedBy({ headers }: AgentRequest, parameters: readonly Parameter[]): string | undefined {
  const texts = [...carriers.map((name) => textOf(parameters, name)), getHeader(headers, 'authorization')];
  return texts.map((text) => (text === undefined ? undefined : findPlaceholder(text))).find(Boolean);
}

/** `https://storage.azure.com/.default` is for `https://storage.azure.com`. */
function audienceOf(scope: string): string {
  const scopes = scope.split(' ').filter((one) => !/^(?:openid|profile|email|offline_access)?$/.test(one));
  return (scopes[0] ?? scope).replace(/(?<=.)\/[^/]*$/, '');
}

/** The first version writes numbers as text, and more of them. */
function lifeOf(version: 1 | 2, now: number, resource: string) {
  if (version === 2) return { expires_in: placeholderLife, ext_expires_in: placeholderLife };
  const life = String(placeholderLife);
  const seconds = Math.floor(now / 1_000);
  return {
    expires_in: life,
    ext_expires_in: life,
    expires_on: String(seconds + placeholderLife),
    not_before: String(seconds),
    resource,
  };
}

/** What MSAL names an account by. */
function clientInfo(tenant: string): string {
  const nobody = '00000000-0000-0000-0000-000000000000';
  return Buffer.from(JSON.stringify({ uid: nobody, utid: tenant })).toString('base64url');
}
