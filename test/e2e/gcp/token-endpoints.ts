import type { IncomingMessage, ServerResponse } from 'node:http';
import { type createRemoteJWKSet, type JWTVerifyGetKey, jwtVerify } from 'jose';
import { readBody, sendJson } from '../tls-service.ts';
import type { BoundaryRule, Tokens } from './tokens.ts';

/** Whose tokens a workload identity pool takes. */
export interface Pool {
  /** `//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p/providers/k8s` */
  readonly audience: string;
  readonly issuer: string;
  readonly subject: string;
  readonly keys: JWTVerifyGetKey | ReturnType<typeof createRemoteJWKSet>;
}

/** What happened at the token endpoints, newest last. */
export interface TokenCall {
  readonly kind: 'jwt-bearer' | 'downscope' | 'federation' | 'impersonation';
  readonly status: number;
  readonly body: string;
}

/** What the endpoints stand on. */
export interface TokenEndpoints {
  readonly tokens: Tokens;
  readonly pool?: Pool;
  /** Who may impersonate whom: `caller → target`. A federated caller is its subject. */
  readonly mayImpersonate: (caller: string, target: string) => boolean;
  readonly calls: TokenCall[];
  /** Milliseconds before an answer. */
  readonly delay: number;
}

const jwtBearer = 'urn:ietf:params:oauth:grant-type:jwt-bearer';
const exchange = 'urn:ietf:params:oauth:grant-type:token-exchange';
const accessTokenType = 'urn:ietf:params:oauth:token-type:access_token';
const jwtTypes = ['urn:ietf:params:oauth:token-type:jwt', 'urn:ietf:params:oauth:token-type:id_token'];

class OAuthError extends Error {
  readonly code: string;
  readonly status: number;
  constructor(code: string, message: string, status = 400) {
    super(message);
    this.code = code;
    this.status = status;
  }
}

/** Answers the token endpoints of Google; false: the path is none. */
export async function answerTokens(
  req: IncomingMessage,
  res: ServerResponse,
  host: string,
  given: TokenEndpoints,
): Promise<boolean> {
  const path = req.url?.split('?')[0] ?? '';
  const isOAuth =
    (host === 'oauth2.googleapis.com' && path === '/token') ||
    (host === 'www.googleapis.com' && path === '/oauth2/v4/token');
  const isSts = host === 'sts.googleapis.com' && path === '/v1/token';
  const target = /^\/v1\/projects\/-\/serviceAccounts\/([^/:]+):generateAccessToken$/.exec(path)?.[1];
  if (!isOAuth && !isSts && !(host === 'iamcredentials.googleapis.com' && target !== undefined)) return false;
  const body = (await readBody(req)).toString();
  let kind: TokenCall['kind'] = isOAuth ? 'jwt-bearer' : 'impersonation';
  await new Promise((resolve) => setTimeout(resolve, given.delay));
  try {
    if (req.method !== 'POST') throw new OAuthError('invalid_request', 'POST only', 405);
    if (isSts) {
      const form = readForm(req, body);
      kind = form.get('subject_token_type') === accessTokenType ? 'downscope' : 'federation';
      sendJson(res, 200, kind === 'downscope' ? await downscope(form, given) : await federate(form, given));
    } else if (isOAuth) {
      sendJson(res, 200, await bearer(readForm(req, body), given));
    } else {
      sendJson(res, 200, await impersonate(req, body, decodeURIComponent(target ?? ''), given));
    }
    given.calls.push({ kind, status: 200, body });
  } catch (error) {
    if (!(error instanceof OAuthError)) throw error;
    given.calls.push({ kind, status: error.status, body });
    const { code, message, status } = error;
    const answer =
      kind === 'impersonation'
        ? { error: { code: status, message, status: code } }
        : { error: code, error_description: message };
    sendJson(res, status, answer);
  }
  return true;
}

function readForm(req: IncomingMessage, body: string): URLSearchParams {
  if (req.headers['content-type']?.split(';')[0]?.trim() !== 'application/x-www-form-urlencoded') {
    throw new OAuthError('invalid_request', `content type ${req.headers['content-type']}`);
  }
  return new URLSearchParams(body);
}

async function bearer(form: URLSearchParams, { tokens }: TokenEndpoints) {
  if (form.get('grant_type') !== jwtBearer) {
    throw new OAuthError('unsupported_grant_type', `Invalid grant_type: ${form.get('grant_type')}`);
  }
  const grant = await tokens.readAssertion(form.get('assertion') ?? '').catch((error: Error) => {
    throw new OAuthError('invalid_grant', `Invalid JWT Signature: ${error.message}`);
  });
  return answerOf(tokens.issue(grant));
}

async function downscope(form: URLSearchParams, { tokens }: TokenEndpoints) {
  if (form.get('grant_type') !== exchange) throw new OAuthError('unsupported_grant_type', 'grant_type');
  if (form.get('requested_token_type') !== accessTokenType) {
    throw new OAuthError('invalid_request', 'requested_token_type');
  }
  const grant = await tokens.check(form.get('subject_token') ?? '', 'https://sts.googleapis.com');
  if (grant === undefined) throw new OAuthError('invalid_grant', 'The subject token is invalid.');
  const options = JSON.parse(form.get('options') ?? '{}');
  const boundary: BoundaryRule[] | undefined = options.accessBoundary?.accessBoundaryRules;
  if (boundary === undefined || boundary.length === 0 || boundary.length > 10) {
    throw new OAuthError('invalid_request', 'an access boundary has one to ten rules');
  }
  for (const rule of boundary) {
    if (!/^\/\/storage\.googleapis\.com\/projects\/_\/buckets\/[^/*]+$/.test(rule.availableResource)) {
      throw new OAuthError('invalid_request', `availableResource ${rule.availableResource}`);
    }
    if (!rule.availablePermissions.every((role) => role.startsWith('inRole:roles/'))) {
      throw new OAuthError('invalid_request', 'availablePermissions');
    }
  }
  const answer = answerOf(tokens.issue({ email: grant.email, scopes: grant.scopes, boundary }));
  return { ...answer, issued_token_type: accessTokenType };
}

async function federate(form: URLSearchParams, { tokens, pool }: TokenEndpoints) {
  if (form.get('grant_type') !== exchange) throw new OAuthError('unsupported_grant_type', 'grant_type');
  if (pool === undefined || form.get('audience') !== pool.audience) {
    throw new OAuthError('invalid_target', 'no such pool');
  }
  if (!jwtTypes.includes(form.get('subject_token_type') ?? '')) {
    throw new OAuthError('invalid_request', 'subject_token_type');
  }
  const options = {
    issuer: pool.issuer,
    audience: [`https:${pool.audience}`, pool.audience],
    subject: pool.subject,
    requiredClaims: ['exp', 'iat'],
  };
  await jwtVerify(form.get('subject_token') ?? '', pool.keys, options).catch((error: Error) => {
    throw new OAuthError('invalid_grant', `The subject token is refused: ${error.message}`);
  });
  const scopes = (form.get('scope') ?? '').split(' ').filter(Boolean);
  return {
    ...answerOf(tokens.issue({ email: pool.subject, scopes })),
    issued_token_type: accessTokenType,
  };
}

async function impersonate(req: IncomingMessage, body: string, target: string, given: TokenEndpoints) {
  const token = /^Bearer (.+)$/.exec(req.headers.authorization ?? '')?.[1] ?? '';
  const grant = await given.tokens.check(token, 'https://iamcredentials.googleapis.com');
  if (grant === undefined) throw new OAuthError('UNAUTHENTICATED', 'Invalid Credentials', 401);
  const covering = ['cloud-platform', 'iam'].map((name) => `https://www.googleapis.com/auth/${name}`);
  if (!grant.scopes.some((scope) => covering.includes(scope)) || !given.mayImpersonate(grant.email, target)) {
    const message =
      "Permission 'iam.serviceAccounts.getAccessToken' denied on resource (or it may not exist).";
    throw new OAuthError('PERMISSION_DENIED', message, 403);
  }
  const { scope = [] } = JSON.parse(body === '' ? '{}' : body) as { scope?: string[] };
  if (scope.length === 0) throw new OAuthError('INVALID_ARGUMENT', 'scope is empty');
  const { token: accessToken, seconds } = given.tokens.issue({ email: target, scopes: scope });
  return { accessToken, expireTime: new Date(Date.now() + seconds * 1_000).toISOString() };
}

function answerOf({ token, seconds }: { token: string; seconds: number }) {
  return { access_token: token, expires_in: seconds, token_type: 'Bearer' };
}
