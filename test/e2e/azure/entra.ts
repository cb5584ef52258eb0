import { createHash, createPublicKey, generateKeyPairSync, randomUUID, X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { decodeJwt, decodeProtectedHeader, type JWTPayload, type JWTVerifyGetKey, jwtVerify } from 'jose';
import Provider from 'oidc-provider';
import { readBody, sendJson } from '../tls-service.ts';

/** An application of a tenant, and all that it may prove itself with. */
export interface Application {
  readonly id: string;
  secret: string;
  /** PEM. */
  certificate?: string;
  /** Whose tokens it takes in place of a secret. */
  federation?: { readonly issuer: string; readonly subject: string; readonly keys: JWTVerifyGetKey };
}

/** A request for a token, and how it ended. */
export interface EntraCall {
  readonly tenant: string;
  readonly audience: string;
  readonly proof: 'secret' | 'certificate' | 'federation';
  readonly status: number;
  readonly body: string;
}

/** Entra ID with its tenants. */
export interface Entra {
  readonly calls: readonly EntraCall[];
  /** Every token that was given out. */
  readonly given: readonly string[];
  readonly applications: Map<string, Application>;
  /** Answers requests to `login.microsoftonline.com`. */
  answer(req: IncomingMessage, res: ServerResponse): Promise<void>;
  /** The claims of a token that one of the tenants signed for this audience, and that has not expired. */
  verify(token: string, audiences: readonly string[]): Promise<JWTPayload | undefined>;
  close(): Promise<void>;
}

/** What Entra knows. */
export interface EntraOptions {
  readonly tenants: readonly [string, ...string[]];
  readonly applications: readonly Application[];
  /** How long a token lives that is given out now, in seconds. */
  readonly seconds: () => number;
  /** Milliseconds before the token endpoint answers. */
  readonly delay?: number;
}

const authority = 'https://login.microsoftonline.com';
const assertionType = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';

class EntraError extends Error {
  readonly code: string;
  readonly status: number;
  constructor(status: number, code: string, message: string) {
    super(message);
    this.code = code;
    this.status = status;
  }
}

/** Starts an authorization server for each tenant, behind the paths that Entra ID has. */
export async function startEntra(options: EntraOptions): Promise<Entra> {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2_048 });
  const kid = randomUUID();
  const publicKey = createPublicKey(privateKey);
  const applications = new Map(options.applications.map((application) => [application.id, application]));
  const calls: EntraCall[] = [];
  const given: string[] = [];
  const jwks = { keys: [{ ...privateKey.export({ format: 'jwk' }), kid, alg: 'RS256', use: 'sig' }] };

  const providerOf = (tenant: string) => {
    const provider = new Provider(`https://sts.windows.net/${tenant}/`, {
      jwks: jwks as never,
      clients: [...applications.values()].map(({ id, secret }) => ({
        client_id: id,
        client_secret: secret,
        grant_types: ['client_credentials'],
        redirect_uris: [],
        response_types: [],
        token_endpoint_auth_method: 'client_secret_post',
      })),
      ttl: { ClientCredentials: () => options.seconds() },
      features: {
        devInteractions: { enabled: false },
        clientCredentials: { enabled: true },
        resourceIndicators: {
          enabled: true,
          useGrantedResource: () => true,
          getResourceServerInfo: (_ctx, resource) => ({
            scope: '',
            audience: resource,
            accessTokenTTL: options.seconds(),
            accessTokenFormat: 'jwt',
            jwt: { sign: { alg: 'RS256' } },
          }),
        },
      },
      extraTokenClaims: (_ctx, token) => ({
        tid: tenant,
        nbf: Math.floor(Date.now() / 1_000) - 5,
        appid: token.clientId,
        ver: '1.0',
        oid: '00000000-0000-0000-0000-00000000000a',
      }),
    });
    provider.on('server_error', (_ctx, error) => console.error('entra:', error));
    return provider;
  };
  const servers = new Map<string, { secrets: string; handle: http.RequestListener }>();
  /** The same until what applications prove themselves with changes. */
  const handlerOf = (tenant: string) => {
    const secrets = JSON.stringify([...applications.values()].map(({ id, secret }) => [id, secret]));
    const held = servers.get(tenant);
    if (held?.secrets === secrets) return held.handle;
    const handle = providerOf(tenant).callback();
    servers.set(tenant, { secrets, handle });
    return handle;
  };
  const inner = http.createServer((req, res) => {
    const [, tenant = ''] = (req.url ?? '').split('/');
    req.url = '/token';
    void handlerOf(tenant)(req, res);
  });
  inner.listen(0, '127.0.0.1');
  await once(inner, 'listening');
  const { port } = inner.address() as AddressInfo;

  const issue = async (req: IncomingMessage, res: ServerResponse, tenant: string, url: string) => {
    const body = (await readBody(req)).toString();
    let audience = '';
    let proof: EntraCall['proof'] = 'secret';
    const end = (status: number, answer: unknown) => {
      calls.push({ tenant, audience, proof, status, body });
      sendJson(res, status, answer);
    };
    await new Promise((resolve) => setTimeout(resolve, options.delay ?? 0));
    try {
      const form = new URLSearchParams(body);
      audience = audienceOf(form);
      const application = applications.get(form.get('client_id') ?? '');
      if (application === undefined)
        throw new EntraError(400, 'unauthorized_client', 'AADSTS700016: no such application');
      let secret = form.get('client_secret') ?? '';
      if (form.has('client_assertion')) {
        if (form.get('client_assertion_type') !== assertionType) throw invalidClient('client_assertion_type');
        proof = await readAssertion(form.get('client_assertion') ?? '', application, url);
        secret = application.secret;
      }
      const asked = {
        grant_type: form.get('grant_type') ?? '',
        client_id: application.id,
        client_secret: secret,
        resource: audience,
      };
      const response = await fetch(`http://127.0.0.1:${port}/${tenant}/token`, {
        method: 'POST',
        body: new URLSearchParams(asked),
      });
      const answer = (await response.json()) as Record<string, string>;
      if (response.status !== 200)
        throw new EntraError(
          response.status,
          answer['error'] ?? '',
          `AADSTS7000215: ${answer['error_description']}`,
        );
      given.push(answer['access_token'] ?? '');
      const { access_token, expires_in } = answer;
      const until = Math.floor(Date.now() / 1_000) + Number(expires_in);
      const v1 = {
        resource: audience,
        expires_on: `${until}`,
        not_before: `${until - 60}`,
        expires_in: `${expires_in}`,
      };
      end(200, {
        token_type: 'Bearer',
        expires_in: Number(expires_in),
        ext_expires_in: Number(expires_in),
        access_token,
        ...(!url.includes('/v2.0/') && v1),
      });
    } catch (error) {
      if (!(error instanceof EntraError)) throw error;
      const { status, code, message } = error;
      end(status, {
        error: code,
        error_description: message,
        error_codes: [Number(/^AADSTS(\d+)/.exec(message)?.[1] ?? 0)],
        correlation_id: randomUUID(),
      });
    }
  };

  return {
    calls,
    given,
    applications,
    async answer(req, res) {
      const path = req.url?.split('?')[0] ?? '';
      const [, tenant = '', ...rest] = path.split('/');
      const tail = rest.join('/');
      if (path === '/common/discovery/instance') return sendJson(res, 200, instance(req.url ?? ''));
      if (!options.tenants.includes(tenant)) {
        return sendJson(res, 400, {
          error: 'invalid_tenant',
          error_description: `AADSTS90002: Tenant '${tenant}' not found.`,
        });
      }
      if (/^(?:v2\.0\/)?\.well-known\/openid-configuration$/.test(tail)) {
        return sendJson(res, 200, configurationOf(tenant, tail.startsWith('v2.0')));
      }
      if (/^discovery\/(?:v2\.0\/)?keys$/.test(tail)) {
        return sendJson(res, 200, { keys: [{ ...publicKey.export({ format: 'jwk' }), kid, use: 'sig' }] });
      }
      if (/^oauth2\/(?:v2\.0\/)?token$/.test(tail) && req.method === 'POST') {
        return issue(req, res, tenant, `${authority}${path}`);
      }
      sendJson(res, 404, { error: 'not_found', error_description: path });
    },
    async verify(token, audiences) {
      const issuer = options.tenants.map((tenant) => `https://sts.windows.net/${tenant}/`);
      const audience = audiences.flatMap((name) => [name, `${name}/`]);
      const check = { algorithms: ['RS256'], issuer, audience, requiredClaims: ['exp', 'tid'] };
      const verified = await jwtVerify(token, publicKey, check).catch(() => undefined);
      return verified?.payload;
    },
    async close() {
      inner.closeAllConnections();
      const closed = once(inner, 'close');
      inner.close();
      await closed;
    },
  };
}

/** Both versions of the endpoint: a resource, or a scope that ends in `/.default`. */
function audienceOf(form: URLSearchParams): string {
  const [scope, ...others] = (form.get('scope') ?? '')
    .split(' ')
    .filter((word) => !/^(?:openid|profile|offline_access)$/.test(word));
  if (others.length > 0) throw new EntraError(400, 'invalid_scope', 'AADSTS70011: several resources');
  const audience = form.get('resource') ?? scope?.replace(/\/\.default$/, '') ?? '';
  if (!form.has('resource') && scope?.endsWith('/.default') !== true) {
    throw new EntraError(400, 'invalid_scope', `AADSTS1002012: scope ${scope} does not end in /.default`);
  }
  return audience.replace(/\/$/, '');
}

const invalidClient = (message: string) => new EntraError(401, 'invalid_client', `AADSTS700027: ${message}`);

/** Says by which of an application's other proofs an assertion was signed. Throws when it was by none. */
async function readAssertion(
  jwt: string,
  application: Application,
  url: string,
): Promise<'certificate' | 'federation'> {
  const { certificate, federation, id } = application;
  const refuse = (error: Error): never => {
    throw invalidClient(error.message);
  };
  if (federation !== undefined && decodeJwt(jwt).iss === federation.issuer) {
    const { issuer, subject, keys } = federation;
    const check = { issuer, subject, audience: 'api://AzureADTokenExchange', requiredClaims: ['exp'] };
    await jwtVerify(jwt, keys, check).catch(refuse);
    return 'federation';
  }
  if (certificate === undefined) throw invalidClient('the application has no certificate');
  const x509 = new X509Certificate(certificate);
  const header = decodeProtectedHeader(jwt);
  const thumbprints = [
    [header.x5t, createHash('sha1').update(x509.raw).digest('base64url')],
    [header['x5t#S256'], createHash('sha256').update(x509.raw).digest('base64url')],
  ].filter(([shown]) => shown !== undefined);
  if (thumbprints.length === 0 || thumbprints.some(([shown, is]) => shown !== is)) throw invalidClient('x5t');
  const check = {
    algorithms: ['RS256', 'PS256'],
    issuer: id,
    subject: id,
    audience: url,
    requiredClaims: ['exp', 'jti', 'nbf'],
  };
  await jwtVerify(jwt, x509.publicKey, check).catch(refuse);
  return 'certificate';
}

function instance(url: string) {
  const asked = new URL(url, authority).searchParams.get('authorization_endpoint') ?? '';
  const tenant = new URL(asked).pathname.split('/')[1];
  return {
    tenant_discovery_endpoint: `${authority}/${tenant}/v2.0/.well-known/openid-configuration`,
    'api-version': '1.1',
    metadata: [
      {
        preferred_network: 'login.microsoftonline.com',
        preferred_cache: 'login.windows.net',
        aliases: ['login.microsoftonline.com', 'login.windows.net', 'sts.windows.net'],
      },
    ],
  };
}

function configurationOf(tenant: string, isV2: boolean) {
  const base = `${authority}/${tenant}/oauth2${isV2 ? '/v2.0' : ''}`;
  return {
    issuer: isV2 ? `${authority}/${tenant}/v2.0` : `https://sts.windows.net/${tenant}/`,
    authorization_endpoint: `${base}/authorize`,
    token_endpoint: `${base}/token`,
    device_authorization_endpoint: `${base}/devicecode`,
    jwks_uri: `${authority}/${tenant}/discovery/${isV2 ? 'v2.0/' : ''}keys`,
    response_types_supported: ['code'],
    subject_types_supported: ['pairwise'],
    id_token_signing_alg_values_supported: ['RS256'],
    token_endpoint_auth_methods_supported: ['client_secret_post', 'private_key_jwt'],
    tenant_region_scope: 'EU',
    cloud_instance_name: 'microsoftonline.com',
  };
}
