import { createTokenSource, PaiError, type ProviderContext, Secret, type TokenSource } from '@pai/core';
import { clouds } from '../clouds.ts';
import type { AzureSpec } from '../schema.ts';
import { createClientProof } from './client-proof.ts';
import { type AskForToken, createEntra } from './entra.ts';
import { createManagedIdentity } from './managed-identity.ts';

/** The source of tokens that are issued for an audience: `https://storage.azure.com`. */
export type TokenSources = (audience: string) => TokenSource;

/**
 * One source of tokens for each audience, made when it is first asked for. Throws `config_invalid`, `secret_missing` or
 * `secret_invalid`. Where nothing can be fetched, tokens are stubs.
 */
export function createTokens(spec: AzureSpec, context: ProviderContext): TokenSources {
  const { name, now, signal, secrets, isOffline = false } = context;
  const tenant = tenantOf(spec);
  if (isOffline) return () => stub(name);
  const ask = askerOf(spec, tenant, context);
  const sources = new Map<string, TokenSource>();
  return (audience) => {
    const known = sources.get(audience);
    if (known !== undefined) return known;
    const label = `${name}/token for ${audience}`;
    const source = createTokenSource({
      name: label,
      now,
      signal,
      fetch: async (limit) => {
        const { token, expiresAt } = await ask(audience, limit);
        return { secret: secrets.derive(label, token), expiresAt };
      },
    });
    sources.set(audience, source);
    return source;
  };
}

function tenantOf({ auth, config }: AzureSpec): string {
  const tenant = config?.tenantId;
  if (tenant !== undefined || auth.type === 'azure-managed-identity') return tenant ?? '';
  throw new PaiError(
    'config_invalid',
    'config.tenantId: an application gets its tokens from one tenant of Entra ID; add the id of the tenant',
  );
}

function askerOf({ auth, config }: AzureSpec, tenant: string, context: ProviderContext): AskForToken {
  if (auth.type === 'azure-managed-identity') return createManagedIdentity(auth.clientId, context);
  const { authority } = clouds[config?.cloud ?? 'public'];
  const endpoint = `https://${authority}/${tenant}/oauth2/v2.0/token`;
  return createEntra(endpoint, createClientProof(endpoint, context), context);
}

function stub(provider: string): TokenSource {
  const token = new Secret(`${provider}/token`, `[secret ${provider}/token]`);
  return { get: async () => token, renew: async () => token };
}
