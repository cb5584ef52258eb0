import type { RequestListener } from 'node:http';
import { exportJWK, generateKeyPair, type JWTPayload, jwtVerify } from 'jose';
import Provider, { errors } from 'oidc-provider';

/** An authorization server as its package has it: PKCE, dynamic registration, resource indicators, refresh tokens that rotate. */
export interface AuthorizationServer {
  readonly handle: RequestListener;
  /** Every answer of the token endpoint: the grant and the status. */
  readonly granted: { readonly grant: string; readonly status: number }[];
  /** Every token that was given out. */
  readonly tokens: Set<string>;
  /** The claims of a token that was issued for this resource. */
  readonly verify: (token: string, resource: string) => Promise<JWTPayload>;
  /** Ends all that was granted. */
  readonly revokeAll: () => Promise<void>;
}

/** What it knows and how it behaves. */
export interface AuthorizationServerOptions {
  readonly issuer: string;
  readonly resource: string;
  /** Seconds that an access token lives which is issued now. */
  readonly seconds: () => number;
  /** Clients beside those that are registered. */
  readonly clients?: readonly {
    readonly id: string;
    readonly secret?: string;
    readonly redirectUri: string;
  }[];
  readonly isRegistrationOpen?: boolean;
}

const scopes = ['issues:read', 'issues:write'];

/** Starts one that takes any name and any password. */
export async function createAuthorizationServer(
  options: AuthorizationServerOptions,
): Promise<AuthorizationServer> {
  const { issuer, resource, seconds, clients = [], isRegistrationOpen = true } = options;
  const { privateKey, publicKey } = await generateKeyPair('RS256', { extractable: true });
  const grants = new Set<string>();
  const tokens = new Set<string>();
  const granted: AuthorizationServer['granted'] = [];
  const provider = new Provider(issuer, {
    jwks: { keys: [{ ...(await exportJWK(privateKey)), kid: 'one', alg: 'RS256', use: 'sig' }] },
    cookies: { keys: ['not-a-secret-of-anybody'] },
    scopes: ['openid', 'offline_access', ...scopes],
    clients: clients.map(({ id, secret, redirectUri }) => ({
      client_id: id,
      redirect_uris: [redirectUri],
      application_type: 'native',
      grant_types: ['authorization_code', 'refresh_token'],
      ...(secret === undefined ? { token_endpoint_auth_method: 'none' } : { client_secret: secret }),
    })),
    clientAuthMethods: ['none', 'client_secret_basic', 'client_secret_post'],
    pkce: { required: () => true },
    ttl: { AccessToken: 600, Grant: 600, Interaction: 600, RefreshToken: 600, Session: 600 },
    rotateRefreshToken: true,
    issueRefreshToken: async (_ctx, client, code) =>
      client.grantTypeAllowed('refresh_token') && code.scopes.has('offline_access'),
    findAccount: async (_ctx, id) => ({ accountId: id, claims: async () => ({ sub: id }) }),
    features: {
      registration: { enabled: isRegistrationOpen },
      resourceIndicators: {
        enabled: true,
        useGrantedResource: () => true,
        getResourceServerInfo: async (_ctx, wanted) => {
          if (wanted !== resource) throw new errors.InvalidTarget();
          return {
            scope: scopes.join(' '),
            audience: resource,
            accessTokenFormat: 'jwt',
            accessTokenTTL: seconds(),
            jwt: { sign: { alg: 'RS256' } },
          };
        },
      },
    },
  });
  provider.on('grant.success', (ctx) => {
    granted.push({ grant: String(ctx.oidc.params?.['grant_type']), status: 200 });
    const { access_token: access, refresh_token: renewal } = ctx.body as Record<string, string>;
    for (const token of [access, renewal]) if (token !== undefined) tokens.add(token);
  });
  provider.on('grant.error', (ctx, error) => {
    granted.push({ grant: String(ctx.oidc.params?.['grant_type']), status: error.statusCode });
  });
  provider.on('grant.saved', (grant: { jti: string }) => void grants.add(grant.jti));
  return {
    handle: provider.callback(),
    granted,
    tokens,
    verify: async (token, audience) => (await jwtVerify(token, publicKey, { issuer, audience })).payload,
    revokeAll: async () => {
      for (const id of grants) {
        await provider.RefreshToken.revokeByGrantId(id);
        await provider.Grant.adapter.destroy(id);
      }
    },
  };
}
