import {
  type Action,
  type AgentRequest,
  defineProvider,
  jsonResponse,
  type LocalResponse,
  type ProviderContext,
  placeholderFor,
  readPath,
} from '@pai/core';
import { compileRepositoryPattern, createScope, providerSpec } from '@pai/policy';
import { Type } from 'typebox';
import { emptyCloneToken } from './clone-token.ts';
import { authSchema, type Credential, createCredential } from './credential.ts';
import { denyGitHub } from './deny.ts';
import type { CommandReader } from './git/commands.ts';
import { apiRootsOf, hostsOf, roleOf, signedHosts } from './hosts.ts';
import { createLookup } from './lookup.ts';
import { patternsOf } from './patterns.ts';
import { createRefScope } from './refs.ts';
import { createResolver } from './resolve.ts';

const scopeSchema = Type.Object(
  {
    repositories: Type.Optional(
      Type.Array(Type.String(), {
        description: 'Repositories the agent may reach: `owner/repo`, `*` inside either part, in any case.',
      }),
    ),
    refs: Type.Optional(
      Type.Array(Type.String(), {
        description:
          'Git references the agent may write, by their full names: `refs/heads/agent/*`; `*` is any run of characters. Reading is not limited.',
      }),
    ),
  },
  { additionalProperties: false, description: 'What the agent may reach.' },
);

/** GitHub: github.com, Enterprise Cloud and Enterprise Server, with a personal access token or a GitHub App. */
export const github = defineProvider({
  apiVersion: 'v1',
  type: 'github',
  spec: providerSpec({
    type: 'github',
    auth: authSchema,
    scope: scopeSchema,
  }),
  example: { type: 'github', auth: { type: 'pat', secretRef: 'github-pat' } },
  secretKeys: ({ auth }) => [
    auth.type === 'pat'
      ? { key: auth.secretKey ?? 'token' }
      : { key: auth.secretKey ?? 'private-key', isFile: true },
  ],
  patterns: patternsOf,
  actionNames: async () => (await import('./action-names.ts')).actionNames(),
  create: (spec, context) => {
    const { host, auth, scope = {} } = spec;
    const placeholder = placeholderFor(context.name);
    const credential = createCredential(spec, context);
    const ofRepositories = createScope('scope.repositories', scope.repositories, compileRepositoryPattern);
    const ofReferences = createRefScope(scope.refs);
    const pushes = new WeakMap<AgentRequest, CommandReader>();
    return {
      hosts: hostsOf(host),
      placeholders: { env: placeholderEnv(auth.agentEnvVar, host, placeholder) },
      credentialSlots: {
        headers: ['authorization', 'cookie'],
        query: ['access_token', 'client_id', 'client_secret', 'token'],
        signed: { hosts: signedHosts, schemes: ['aws4-hmac-sha256', 'remoteauth'] },
      },
      resolve: createResolver(lookupOf(host, credential, context), {
        readsReferences: scope.refs !== undefined,
        isInScope: (repository) =>
          ofRepositories({ name: 'issues:read', resource: repository }) === undefined,
        onPush: (request) => (reader) => void pushes.set(request, reader),
      }),
      scope: (action: Action) => ofRepositories(action) ?? ofReferences(action),
      ...credential,
      answer: answerOf(placeholder),
      filter: emptyCloneToken,
      deny: (denial, request) => denyGitHub(denial, request, pushes.get(request)),
    };
  },
});

function lookupOf(host: string | undefined, credential: Credential, context: ProviderContext) {
  const { fetch, now, isOffline = false } = context;
  return createLookup({ fetch, ...credential, api: apiRootsOf(host), isOffline, now });
}

/** GITHUB_TOKEN for Actions' tools and SDKs; the GH_ ones for `gh`, which reads another for an Enterprise Server. */
function placeholderEnv(
  wanted: string | undefined,
  host: string | undefined,
  placeholder: string,
): Record<string, string> {
  if (wanted !== undefined) return { [wanted]: placeholder };
  const usual = { GITHUB_TOKEN: placeholder, GH_TOKEN: placeholder };
  const isServer = host !== undefined && roleOf(host.replace(/:\d+$/, '').toLowerCase()) === 'server';
  return isServer ? { ...usual, GH_ENTERPRISE_TOKEN: placeholder } : usual;
}

/** The container registry's clients ask for a token first. They get the placeholder, which the registry never sees. */
function answerOf(placeholder: string): (request: AgentRequest) => LocalResponse | undefined {
  return ({ host, path, method }) => {
    if (roleOf(host) !== 'container') return undefined;
    const { segments } = readPath(path);
    const isToken = segments.length === 1 && segments[0] === 'token';
    if (!isToken || (method !== 'GET' && method !== 'POST')) return undefined;
    return jsonResponse(200, { token: placeholder, access_token: placeholder, expires_in: 300 });
  };
}
