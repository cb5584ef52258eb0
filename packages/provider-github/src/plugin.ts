import {
  type AuthInjector,
  basicInjector,
  type Denial,
  defineProvider,
  headerInjector,
  jsonResponse,
  type LocalResponse,
  placeholderFor,
  readPath,
  type Secret,
  splitTarget,
} from '@pai/core';
import { compileRepositoryPattern, createScope, credentialFields, providerSpec } from '@pai/policy';
import { Type } from 'typebox';
import { hostsOf, roleOf } from './hosts.ts';
import { patternsOf } from './patterns.ts';
import { resolveGitHub } from './resolve.ts';

/** GitHub: github.com, Enterprise Cloud and Enterprise Server, with a personal access token. */
export const github = defineProvider({
  apiVersion: 'v1',
  type: 'github',
  spec: providerSpec({
    type: 'github',
    auth: Type.Object(
      {
        type: Type.Literal('pat', { description: 'A personal access token, classic or fine-grained.' }),
        ...credentialFields,
      },
      { additionalProperties: false, description: 'The credential.' },
    ),
    scope: Type.Object(
      {
        repositories: Type.Optional(
          Type.Array(Type.String(), {
            description:
              'Repositories the agent may reach: `owner/repo`, `*` inside either part, in any case.',
          }),
        ),
      },
      { additionalProperties: false, description: 'What the agent may reach.' },
    ),
  }),
  example: { type: 'github', auth: { type: 'pat', secretRef: 'github-pat' } },
  patterns: patternsOf,
  create: (spec, context) => ({
    hosts: hostsOf(spec.host),
    placeholders: { env: placeholderEnv(spec.auth.agentEnvVar, spec.host, placeholderFor(context.name)) },
    credentialSlots: {
      headers: ['authorization', 'cookie'],
      query: ['access_token', 'client_id', 'client_secret', 'token'],
    },
    resolve: resolveGitHub,
    scope: createScope('scope.repositories', spec.scope?.repositories, compileRepositoryPattern),
    inject: createInjector(context.secrets.read(spec.auth.secretKey ?? 'token')),
    deny,
  }),
});

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

/** The API takes a bearer token; git and the downloads beside it take Basic, as git itself sends. */
function createInjector(token: Secret): AuthInjector {
  const bearer = headerInjector('authorization', 'Bearer ', token);
  const file = headerInjector('authorization', 'token ', token);
  const basic = basicInjector('x-access-token', token);
  return (request) => {
    const role = roleOf(request.host);
    if (role === 'raw' || role === 'codeload') return file(request);
    const isApi = role === 'rest' || (role === 'server' && isApiPath(splitTarget(request.target).path));
    return isApi ? bearer(request) : basic(request);
  };
}

/** By the reading that the request was judged by. */
function isApiPath(path: string): boolean {
  return /^(?:api|manage|setup)$/i.test(readPath(path).segments[0] ?? '');
}

/** GitHub's own error shape (https://docs.github.com/rest/using-the-rest-api/troubleshooting-the-rest-api). */
function deny({ message }: Denial): LocalResponse {
  return jsonResponse(403, {
    message,
    documentation_url: 'https://docs.github.com/rest',
    status: '403',
  });
}
