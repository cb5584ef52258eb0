import {
  type AgentRequest,
  getHeader,
  jsonResponse,
  type LocalResponse,
  placeholderFor,
  readForm,
  readPath,
} from '@pai/core';
import type { AnswerOptions } from './answer.ts';
import { placeholderLife, placeholderToken } from './placeholder-token.ts';

/**
 * Answers requests for tokens of a managed identity, as the metadata service of a machine and as the endpoint of App
 * Service does, with placeholders; all else with 404, by which it is left to Providers that know it.
 */
export function answerMetadata(request: AgentRequest, options: AnswerOptions): LocalResponse {
  const path = pathOf(request);
  if (path === '/metadata/identity/oauth2/token') return answerInstance(request, options);
  if (path === '/msi/token') return answerAppService(request, options);
  return notFound;
}

function pathOf({ path }: AgentRequest): string | undefined {
  try {
    return readPath(path).text.toLowerCase();
  } catch {
    return undefined;
  }
}

const notFound = jsonResponse(404, { error: 'Not found' });

/** https://learn.microsoft.com/entra/identity/managed-identities-azure-resources/how-to-use-vm-token */
function answerInstance(request: AgentRequest, options: AnswerOptions): LocalResponse {
  if (getHeader(request.headers, 'metadata')?.toLowerCase() !== 'true') {
    return invalid('Required metadata header not specified');
  }
  const token = issue(request, options);
  if (token === undefined) return invalid('the parameter resource says whom the token is for; send it once');
  const { expires_on: end, ...rest } = token;
  const life = String(placeholderLife);
  return jsonResponse(200, {
    ...rest,
    expires_in: life,
    ext_expires_in: life,
    expires_on: String(end),
    not_before: String(end - placeholderLife),
  });
}

/** https://learn.microsoft.com/azure/app-service/overview-managed-identity#rest-endpoint-reference */
function answerAppService(request: AgentRequest, options: AnswerOptions): LocalResponse {
  if (getHeader(request.headers, 'x-identity-header') === undefined) {
    return invalid('the header X-IDENTITY-HEADER is missing; send it with any value');
  }
  const token = issue(request, options);
  if (token === undefined) return invalid('the parameter resource says whom the token is for; send it once');
  return jsonResponse(200, { ...token, expires_on: String(token.expires_on) });
}

function issue({ method, query }: AgentRequest, { provider, tenant, now }: AnswerOptions) {
  const parameters = readForm(query);
  const valuesOf = (wanted: string) =>
    parameters.filter(([name]) => name.toLowerCase() === wanted).map(([, value]) => value);
  const [resource = '', ...others] = valuesOf('resource');
  if (method !== 'GET' || resource === '' || others.length > 0) return undefined;
  const placeholder = placeholderFor(provider);
  const clientId = valuesOf('client_id')[0] ?? placeholder;
  const time = now();
  return {
    access_token: placeholderToken({ placeholder, tenant, clientId, audience: resource, now: time }),
    client_id: clientId,
    resource,
    token_type: 'Bearer',
    expires_on: Math.floor(time / 1_000) + placeholderLife,
  };
}

function invalid(message: string): LocalResponse {
  return jsonResponse(400, { error: 'invalid_request', error_description: message });
}
