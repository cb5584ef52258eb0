import {
  createTokenSource,
  defineProvider,
  getHeader,
  PaiError,
  parseHostPattern,
  placeholderFor,
  setHeader,
  tokenInjection,
} from '@pai/core';
import { credentialFields, providerSpec } from '@pai/policy';
import { Type } from 'typebox';
import type { Plugins } from '../src/plugins.ts';

const closed = { additionalProperties: false } as const;

/** Exchanges its Secret for short-lived tokens at login.example.com. */
const tokens = defineProvider({
  apiVersion: 'v1',
  type: 'tokens',
  hasNoActions: true,
  spec: providerSpec({
    type: 'tokens',
    host: 'required',
    auth: Type.Object({ type: Type.Literal('client-secret'), ...credentialFields }, closed),
  }),
  tokenHosts: () => [{ host: 'login.example.com' }],
  create: (spec, { name, secrets, fetch, signal, now }) => {
    const clientSecret = secrets.read('token');
    const source = createTokenSource({
      name: `${name}/access-token`,
      now,
      signal,
      fetch: async (limit) => {
        const response = await fetch('https://login.example.com/token?grant=client', {
          method: 'POST',
          headers: { 'content-type': 'application/x-www-form-urlencoded' },
          body: `client_secret=${clientSecret.reveal()}`,
          signal: limit,
        });
        if (!response.ok) throw new PaiError('credential_unavailable', `login: status ${response.status}`);
        const { token, seconds } = (await response.json()) as { token: string; seconds: number };
        return { secret: secrets.derive(`${name}/access-token`, token), expiresAt: now() + seconds * 1_000 };
      },
    });
    return {
      hosts: [parseHostPattern(spec.host)],
      placeholders: { env: { TOKENS: placeholderFor(name) } },
      credentialSlots: { headers: ['authorization'] },
      resolve: async ({ body }) => {
        if (body.length !== undefined && body.length < 100) await body.bytes(100);
        return { actions: [{ name: 'request' }] };
      },
      scope: () => undefined,
      upgrades: ['websocket'],
      isRefusal: ({ status, headers }) =>
        status === 401 || (status === 403 && getHeader(headers, 'x-why') === 'expired'),
      ...tokenInjection(source, ({ headers }, token) =>
        setHeader(headers, 'authorization', `Bearer ${token.reveal()}`),
      ),
    };
  },
});

/** A provider type whose credential is fetched, and refused with 401 or `X-Why: expired`. Of a request's content it reads what is declared to be short. */
export const tokenPlugins: Plugins = new Map([['tokens', async () => tokens]]);

/** `api.example.com` by a fetched token. */
export const tokenProvider = `apiVersion: pai.io/v1
kind: Provider
metadata: {name: api}
spec:
  type: tokens
  host: api.example.com
  auth: {type: client-secret, secretRef: api-token}
  policy: {allow: ["*"]}
`;
