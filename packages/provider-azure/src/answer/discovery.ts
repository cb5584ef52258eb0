import { type AgentRequest, jsonResponse, type LocalResponse, readForm } from '@pai/core';
import { entraError } from './entra-error.ts';
import { isLoginHost, loginHosts } from './login-hosts.ts';

/**
 * Which hosts are aliases of one another, and where the configuration of a tenant is. What MSAL asks first; of an authority
 * that Entra ID does not know it is told so.
 */
export function instanceDiscovery(request: AgentRequest, tenant: string): LocalResponse {
  const asked = readForm(request.query).find(
    ([name]) => name.toLowerCase() === 'authorization_endpoint',
  )?.[1];
  const [, host = request.host, named = tenant] =
    /^https:\/\/([^/]+)\/([0-9A-Za-z.-]+)\//i.exec(asked ?? '') ?? [];
  if (!isLoginHost(host.toLowerCase())) {
    return entraError(request, 'invalid_instance', 'the authority is no host of Entra ID');
  }
  return jsonResponse(200, {
    tenant_discovery_endpoint: `https://${host.toLowerCase()}/${named}/v2.0/.well-known/openid-configuration`,
    'api-version': '1.1',
    metadata: loginHosts.map((aliases) => ({
      preferred_network: aliases[0],
      preferred_cache: aliases[0] === 'login.microsoftonline.com' ? 'login.windows.net' : aliases[0],
      aliases,
    })),
  });
}

/** The configuration of a tenant (OpenID Connect Discovery 1.0), in the first and in the second version of endpoints. */
export function openIdConfiguration(host: string, tenant: string, version: 1 | 2): LocalResponse {
  const base = `https://${host}/${tenant}`;
  const infix = version === 1 ? '' : '/v2.0';
  return jsonResponse(200, {
    token_endpoint: `${base}/oauth2${infix}/token`,
    token_endpoint_auth_methods_supported: ['client_secret_post', 'private_key_jwt', 'client_secret_basic'],
    jwks_uri: `${base}/discovery${infix}/keys`,
    response_modes_supported: ['query', 'fragment', 'form_post'],
    subject_types_supported: ['pairwise'],
    id_token_signing_alg_values_supported: ['RS256'],
    response_types_supported: ['code', 'id_token', 'code id_token', 'id_token token'],
    scopes_supported: ['openid', 'profile', 'email', 'offline_access'],
    issuer: version === 1 ? `https://sts.windows.net/${tenant}/` : `${base}/v2.0`,
    authorization_endpoint: `${base}/oauth2${infix}/authorize`,
    device_authorization_endpoint: `${base}/oauth2${infix}/devicecode`,
    end_session_endpoint: `${base}/oauth2${infix}/logout`,
    tenant_region_scope: null,
    cloud_instance_name: host.replace(/^login\.|^sts\./, ''),
  });
}
