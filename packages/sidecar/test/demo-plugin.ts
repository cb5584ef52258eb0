import { defineProvider, headerInjector, parseHostPattern, placeholderFor } from '@pai/core';
import { compileResourcePattern, createScope, credentialFields, providerSpec } from '@pai/policy';
import { Type } from 'typebox';
import type { Plugins } from '../src/plugins.ts';

const closed = { additionalProperties: false } as const;

const demo = defineProvider({
  apiVersion: 'v1',
  type: 'demo',
  spec: providerSpec({
    type: 'demo',
    host: 'required',
    auth: Type.Union([
      Type.Object({ type: Type.Literal('bearer'), ...credentialFields }, closed),
      Type.Object(
        { type: Type.Literal('api-key'), header: Type.String({ maxLength: 100 }), ...credentialFields },
        closed,
      ),
    ]),
    config: Type.Object({ services: Type.Optional(Type.Array(Type.String())) }, closed),
    scope: Type.Object({ resources: Type.Optional(Type.Array(Type.String())) }, closed),
  }),
  create: (spec, { name, secrets }) => ({
    hosts: [parseHostPattern(spec.host ?? '')],
    placeholders: { env: { DEMO_TOKEN: placeholderFor(name) } },
    credentialSlots: { headers: ['authorization'] },
    resolve: () => ({ actions: [{ name: 'things:read', resource: 'thing' }] }),
    scope: createScope('scope.resources', spec.scope?.resources, (pattern) =>
      compileResourcePattern(pattern),
    ),
    inject: headerInjector('authorization', 'Bearer ', secrets.read(spec.auth.secretKey ?? 'token')),
  }),
});

/** One provider type, made for these tests. */
export const demoPlugins: Plugins = new Map([['demo', async () => demo]]);

/** A Provider of that type. `extra` lines go into its spec, indented by two. */
export function demoProvider(name: string, extra = ''): string {
  return `apiVersion: pai.io/v1
kind: Provider
metadata: {name: ${name}}
spec:
  type: demo
  host: ${name}.example.com
  auth: {type: bearer, secretRef: ${name}-token}
  policy: {allow: ["things:read"]}
${extra === '' ? '' : `${extra}\n`}`;
}
