import { Transform } from 'node:stream';
import {
  createTokenSource,
  defineProvider,
  jsonResponse,
  PaiError,
  parseHostPattern,
  placeholderFor,
  readJson,
  setHeader,
  tokenInjection,
} from '@pai/core';
import { credentialFields, providerSpec } from '@pai/policy';
import { Type } from 'typebox';

const closed = { additionalProperties: false };

/** A type as a third party would write it, with a use of everything that crosses into a process of its own. */
export const widgets = defineProvider({
  apiVersion: 'v1',
  type: 'widgets',
  spec: providerSpec({
    type: 'widgets',
    auth: Type.Object(
      { type: Type.Literal('key', { description: 'A key.' }), ...credentialFields },
      { ...closed, description: 'Its credential.' },
    ),
    config: Type.Object(
      {
        services: Type.Optional(Type.Array(Type.String(), { description: 'Services.' })),
        prefix: Type.Optional(Type.String({ default: 'Key ', description: 'Before the key.' })),
        fetches: Type.Optional(
          Type.Boolean({ default: false, description: 'Exchanges the key for a token.' }),
        ),
      },
      { ...closed, description: 'More.' },
    ),
    scope: Type.Object(
      { widgets: Type.Optional(Type.Array(Type.String(), { description: 'Names of widgets.' })) },
      { ...closed, description: 'What it is held to.' },
    ),
  }),
  example: {
    type: 'widgets',
    auth: { type: 'key', secretRef: 'widgets-key' },
    policy: { allow: ['widget:*'] },
  },
  patterns: (pattern) => (pattern === 'all:read' ? ['widget:read', 'gadget:read'] : [pattern]),
  serviceOf: ({ name }) => name.split(':')[0],
  secretKeys: () => [{ key: 'token' }],
  tokenHosts: () => [{ host: 'login.example.com' }],
  create: (spec, { name, secrets, fetch, signal, now, log }) => {
    const key = secrets.read(spec.auth.secretKey);
    const { prefix = 'Key ', fetches = false } = spec.config ?? {};
    log(`ready as ${name}`);
    const source = createTokenSource({
      name: `${name}/token`,
      now,
      signal,
      fetch: async () => {
        const response = await fetch('https://login.example.com/token', {
          method: 'POST',
          body: key.reveal(),
        });
        if (!response.ok) throw new PaiError('credential_unavailable', `login: status ${response.status}`);
        const { token } = await response.json();
        return { secret: secrets.derive(`${name}/token`, token), expiresAt: now() + 3_600_000 };
      },
    });
    const tokens = tokenInjection(source, ({ headers }, token) =>
      setHeader(headers, 'authorization', `Bearer ${token.reveal()}`),
    );
    const held = spec.scope?.widgets;
    return {
      hosts: [parseHostPattern(spec.host ?? 'api.widgets.example')],
      placeholders: { env: { WIDGETS_KEY: placeholderFor(name) } },
      credentialSlots: { headers: ['authorization'], query: ['key'] },
      answer: ({ path }) => (path === '/whoami' ? jsonResponse(200, { name }) : undefined),
      resolve: async ({ method, path, body }) => {
        const [, noun = 'widget', id] = path.split('/');
        if (method === 'GET') return { actions: [{ name: `${noun}:read`, resource: id ?? '*' }] };
        const read = readJson(String(await body.bytes(64 * 1024)));
        if (typeof read?.id !== 'string') return { unresolved: 'the content names no widget' };
        return { actions: [{ name: `${noun}:write`, resource: read.id, arguments: read }] };
      },
      scope: ({ resource }) =>
        held === undefined || held.includes(resource)
          ? undefined
          : { rule: 'scope.widgets', reason: `${resource} is not in scope.widgets` },
      // As gRPC says it (UNAUTHENTICATED), and with 401.
      isRefusal: ({ status, headers }) => status === 401 || headers.join().includes('grpc-status,16'),
      ...(fetches
        ? tokens
        : { inject: ({ headers }) => setHeader(headers, 'authorization', prefix + key.reveal()) }),
      deny: ({ message, status }) => jsonResponse(status, { widget_error: message }),
      filter: (head) => {
        const at = head.headers.findIndex((field) => field.toLowerCase() === 'x-internal');
        if (at === -1) return undefined;
        head.headers.splice(at, 2);
        return (content) =>
          content.pipe(
            new Transform({
              transform: (chunk, _, done) => done(null, String(chunk).replaceAll('hidden', '')),
            }),
          );
      },
    };
  },
});
