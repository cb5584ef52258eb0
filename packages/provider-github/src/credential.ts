import { type Provider, type ProviderContext, tokenInjection, type UpstreamRequest } from '@pai/core';
import { credentialFields } from '@pai/policy';
import { type Static, Type } from 'typebox';
import { appAuthSchema } from './app/auth-schema.ts';
import { createInstallationTokens } from './app/installation-tokens.ts';
import { permissionsFor } from './app/permissions.ts';
import { repositoriesFor } from './app/repositories.ts';
import { apiRootsOf } from './hosts.ts';
import { writeToken } from './inject.ts';

/** `spec.auth`: a token that somebody made, or an app that makes them. */
export const authSchema = Type.Union(
  [
    Type.Object(
      {
        type: Type.Literal('pat', { description: 'A personal access token, classic or fine-grained.' }),
        ...credentialFields,
      },
      { additionalProperties: false, description: 'The credential.' },
    ),
    appAuthSchema,
  ],
  { description: 'The credential.' },
);

/** The parts of a spec that decide what a credential is and what it must be good for. */
export interface CredentialSpec {
  readonly host?: string;
  readonly auth: Static<typeof authSchema>;
  readonly policy?: { readonly allow?: readonly string[] };
  readonly scope?: { readonly repositories?: readonly string[] };
  readonly audit?: { readonly enforcement?: 'enforce' | 'audit' };
}

/** How requests get their credential. */
export type Credential = Pick<Provider, 'inject' | 'renew'>;

/** The credential of a spec. Throws `secret_missing` or `secret_invalid`. */
export function createCredential(spec: CredentialSpec, context: ProviderContext): Credential {
  const { auth, host } = spec;
  if (auth.type === 'pat') {
    const token = context.secrets.read(auth.secretKey ?? 'token');
    return { inject: (request: UpstreamRequest) => writeToken(request, token) };
  }
  const api = apiRootsOf(host).rest;
  const source = createInstallationTokens({ auth, api, ...limitsOf(spec) }, context);
  return tokenInjection(source, writeToken);
}

/** With `enforcement: audit` what the policy denies goes up too, and is for GitHub to judge. */
function limitsOf({ policy, scope, audit }: CredentialSpec) {
  if (audit?.enforcement === 'audit') return { repositories: undefined, permissions: undefined };
  const allow = policy?.allow;
  return {
    repositories: repositoriesFor(scope?.repositories),
    permissions: allow === undefined ? undefined : permissionsFor(allow),
  };
}
