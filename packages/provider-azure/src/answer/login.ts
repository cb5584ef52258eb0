import { type AgentRequest, jsonResponse, type LocalResponse, PaiError, readPath } from '@pai/core';
import type { AnswerOptions } from './answer.ts';
import { instanceDiscovery, openIdConfiguration } from './discovery.ts';
import { entraError, interactive } from './entra-error.ts';
import { answerToken } from './token.ts';

/**
 * Answers for Entra ID: what clients ask before they ask for tokens, and tokens, all of them placeholders. What would
 * sign a person in is refused with a sentence.
 */
export async function answerLogin(request: AgentRequest, options: AnswerOptions): Promise<LocalResponse> {
  const { segments } = readPath(request.path);
  const [first = '', ...rest] = segments;
  const tenant = readTenant(first);
  const page = rest.join('/').toLowerCase();
  const method = methods[page] ?? 'GET';
  if (request.method !== method) {
    return entraError(request, 'invalid_request', `${page} is asked for with ${method}`);
  }
  if (page.startsWith('userrealm/')) return jsonResponse(200, managedUser);
  switch (page) {
    case 'discovery/instance':
      return instanceDiscovery(request, options.tenant);
    case '.well-known/openid-configuration':
      return openIdConfiguration(request.host, tenant, 1);
    case 'v2.0/.well-known/openid-configuration':
      return openIdConfiguration(request.host, tenant, 2);
    case 'discovery/keys':
    case 'discovery/v2.0/keys':
      return jsonResponse(200, { keys: [] });
    case 'oauth2/token':
      return answerToken(request, { ...options, version: 1, asked: tenant });
    case 'oauth2/v2.0/token':
      return answerToken(request, { ...options, version: 2, asked: tenant });
    default:
      return entraError(request, 'unauthorized_client', interactive);
  }
}

const methods: Readonly<Record<string, 'GET' | 'POST'>> = {
  'oauth2/token': 'POST',
  'oauth2/v2.0/token': 'POST',
  'oauth2/devicecode': 'POST',
  'oauth2/v2.0/devicecode': 'POST',
};

/** Whose password an agent would send does not matter: https://github.com/AzureAD/microsoft-authentication-library-for-python asks first. */
const managedUser = {
  ver: '1.0',
  account_type: 'Managed',
  domain_name: 'placeholder',
  cloud_instance_name: 'placeholder',
};

function readTenant(segment: string): string {
  if (/^[0-9A-Za-z.-]{1,254}$/.test(segment)) return segment;
  throw new PaiError(
    'malformed_request',
    'the path names no tenant; begin it with the one in AZURE_TENANT_ID',
  );
}
