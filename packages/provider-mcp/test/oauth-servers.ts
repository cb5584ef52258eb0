import { type LoginContext, PaiError, Secret, type SecretChange } from '@pai/core';
import { mcp } from '../src/index.ts';
import type { McpSpec, OAuthAuth } from '../src/schema.ts';

/** An answer of one of the servers: its content as JSON, unless it is a text. */
export interface Said {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

/** What is at each URL; a function gets what was sent there. Everything else is 404. */
export type World = Readonly<Record<string, Said | ((content: string) => Said)>>;

/** The server, and the authorization server that it names. */
export const url = 'https://mcp.example.com/mcp';
export const issuer = 'https://login.example.com';

/** Tokens that are looked for everywhere. */
export const canary = {
  access: 'canary-access-81f2c0',
  refresh: 'canary-refresh-5d90ab',
  code: 'canary-code-77e1',
};

/** Where all is as it should be. */
export const metadata = {
  issuer,
  authorization_endpoint: `${issuer}/authorize`,
  token_endpoint: `${issuer}/token`,
  registration_endpoint: `${issuer}/register`,
  code_challenge_methods_supported: ['S256'],
  token_endpoint_auth_methods_supported: ['none'],
};

/** A world in which a login works. */
export const goodWorld: World = {
  [url]: { status: 401, headers: { 'www-authenticate': 'Bearer' } },
  'https://mcp.example.com/.well-known/oauth-protected-resource/mcp': {
    body: { resource: url, authorization_servers: [issuer] },
  },
  [`${issuer}/.well-known/oauth-authorization-server`]: { body: metadata },
  [`${issuer}/register`]: { status: 201, body: { client_id: 'made' } },
  [`${issuer}/token`]: {
    body: {
      access_token: canary.access,
      refresh_token: canary.refresh,
      token_type: 'Bearer',
      expires_in: 60,
    },
  },
};

/** Where the authorization server says what it is. */
export const asMetadata = `${issuer}/.well-known/oauth-authorization-server`;

/** The good world with other things in it. */
export const but = (parts: World): LoginParts => ({ world: { ...goodWorld, ...parts } });

/** The good world, whose authorization server says other things of itself. */
export const says = (parts: object): LoginParts => but({ [asMetadata]: { body: { ...metadata, ...parts } } });

/** The server with another challenge. */
export const challenged = (challenge: string): World => ({
  [url]: { status: 401, headers: { 'www-authenticate': challenge } },
});

/** A request that was sent. */
export interface Sent {
  readonly url: string;
  readonly content: string;
  readonly headers: Headers;
}

/** How a login went. */
export interface LoginEnd {
  readonly change?: SecretChange;
  readonly error?: PaiError;
  readonly sent: readonly Sent[];
  /** The page that the person was sent to. */
  readonly opened?: URL;
  readonly logs: readonly string[];
}

/** What differs from the usual login. */
export interface LoginParts {
  readonly auth?: Partial<OAuthAuth>;
  readonly world?: World;
  readonly stored?: Readonly<Record<string, string>>;
  readonly scopes?: readonly string[];
  /** Parameters that the browser comes back with, beside the state. */
  readonly back?: Readonly<Record<string, string>>;
  readonly at?: string;
}

/** A `fetch` in a world. */
export function fetchIn(world: World, sent: Sent[]): typeof globalThis.fetch {
  return async (input, init) => {
    const request = new Request(input, init);
    const content = await request.text();
    sent.push({ url: request.url, content, headers: request.headers });
    if (new URL(request.url).protocol !== 'https:') throw new PaiError('destination_forbidden', 'in clear');
    const found = world[request.url] ?? { status: 404 };
    const { status = 200, headers = {}, body = '' } = typeof found === 'function' ? found(content) : found;
    const fields = { 'content-type': 'application/json', ...headers };
    return new Response(typeof body === 'string' ? body : JSON.stringify(body), { status, headers: fields });
  };
}

/** Logs in for a Provider of the server. */
export async function logIn(parts: LoginParts = {}): Promise<LoginEnd> {
  const { auth, world = goodWorld, stored = {}, scopes = [], back = { code: canary.code }, at = url } = parts;
  const sent: Sent[] = [];
  const logs: string[] = [];
  let opened: URL | undefined;
  const context: LoginContext = {
    name: 'tracker',
    stored: (key) => (stored[key] === undefined ? undefined : new Secret(`s/${key}`, stored[key])),
    fetch: fetchIn(world, sent),
    redirectUris: { callback: 'http://127.0.0.1:7/callback', unguessable: 'http://127.0.0.1:7/3f9a' },
    authorize: async (shown, redirectUri) => {
      opened = shown;
      const state = shown.searchParams.get('state') ?? '';
      return new URL(`${redirectUri}?${new URLSearchParams({ state, ...back })}`);
    },
    scopes,
    now: () => 1_000_000,
    log: (line) => void logs.push(line),
  };
  const spec: McpSpec = {
    type: 'mcp',
    mcp: { transport: 'http', url: at },
    auth: { type: 'oauth', secretRef: 's', ...auth },
  };
  try {
    const change = await mcp.login?.(spec)?.(context);
    return { ...(change && { change }), sent, logs, ...(opened && { opened }) };
  } catch (thrown) {
    return { error: thrown as PaiError, sent, logs, ...(opened && { opened }) };
  }
}
