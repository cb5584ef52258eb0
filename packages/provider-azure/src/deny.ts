import { type AgentRequest, type Denial, getHeader, jsonResponse, type LocalResponse } from '@pai/core';
import { isLoginHost } from './answer/login-hosts.ts';
import type { AzureEndpoint, AzureService } from './endpoint.ts';
import { xmlElement } from './xml.ts';

/**
 * A denial or refusal as the service would write it, so that SDKs raise their usual error with our sentence in it.
 * `endpointOf` says what a host is.
 */
export function createDeny(
  endpointOf: (host: string) => AzureEndpoint | undefined,
): (denial: Denial, request: AgentRequest) => LocalResponse {
  return (denial, request) => {
    const service = isLoginHost(request.host) ? 'login' : endpointOf(request.host)?.service;
    const { headers, body } = (shapes[service ?? 'arm'] ?? resourceManager)(denial, request);
    const ids = ['x-ms-request-id', denial.requestId];
    return {
      status: service === 'servicebus' ? serviceBusStatus(denial) : denial.status,
      headers: [...headers, ...ids],
      body: request.method === 'HEAD' ? '' : body,
    };
  };
}

type Shape = (denial: Denial, request: AgentRequest) => Pick<LocalResponse, 'headers' | 'body'>;

const shapes: Readonly<Partial<Record<AzureService | 'login', Shape>>> = {
  appconfig: problem,
  blob: storage,
  cosmos: (denial) => jsonResponse(0, { code: codeOf(denial, 'Forbidden'), message: denial.message }),
  dfs: (denial) => coded(denial, 'AuthorizationPermissionMismatch'),
  file: storage,
  graph,
  login: ({ message, requestId }) =>
    jsonResponse(0, { error: 'access_denied', error_description: message, trace_id: requestId }),
  managedhsm: vault,
  queue: storage,
  search: (denial) => coded(denial, 'Forbidden'),
  servicebus: serviceBus,
  table,
  vault,
  web: storage,
};

/** None of them makes an SDK ask for another token, or try again where that is of no use. */
function codeOf({ status }: Denial, forbidden: string): string {
  if (status === 403) return forbidden;
  return status < 500 ? 'BadRequest' : 'ServiceUnavailable';
}

/** https://github.com/cloud-and-ai-microsoft/resource-provider-contract: `{error: {code, message}}`, as most services have it. */
function coded(denial: Denial, forbidden: string): ReturnType<Shape> {
  const code = codeOf(denial, forbidden);
  return jsonResponse(0, { error: { code, message: denial.message } }, ['x-ms-error-code', code]);
}

function resourceManager(denial: Denial): ReturnType<Shape> {
  return coded(denial, 'AuthorizationFailed');
}

/** https://learn.microsoft.com/rest/api/storageservices/status-and-error-codes2 */
function storage(denial: Denial): ReturnType<Shape> {
  const code = codeOf(denial, 'AuthorizationPermissionMismatch');
  const members = [xmlElement('Code', code), xmlElement('Message', denial.message)];
  return {
    headers: ['content-type', 'application/xml', 'x-ms-error-code', code],
    body: `${xmlDeclaration}<Error>${members.join('')}</Error>`,
  };
}

const xmlDeclaration = '<?xml version="1.0" encoding="utf-8"?>';

/** OData 3, in the form that the request asks for: https://learn.microsoft.com/rest/api/storageservices/table-service-error-codes */
function table(denial: Denial, { headers }: AgentRequest): ReturnType<Shape> {
  const code = codeOf(denial, 'AuthorizationPermissionMismatch');
  const isAtom = /atom\+xml|application\/xml/i.test(getHeader(headers, 'accept') ?? '');
  const extra = ['x-ms-error-code', code];
  if (!isAtom) {
    const message = { lang: 'en-US', value: denial.message };
    return jsonResponse(0, { 'odata.error': { code, message } }, extra);
  }
  const namespace = 'http://schemas.microsoft.com/ado/2007/08/dataservices/metadata';
  const members = xmlElement('code', code) + xmlElement('message', denial.message, ' xml:lang="en-US"');
  return {
    headers: ['content-type', 'application/xml', ...extra],
    body: `${xmlDeclaration}<error xmlns="${namespace}">${members}</error>`,
  };
}

/** https://learn.microsoft.com/azure/key-vault/general/rest-error-codes */
function vault(denial: Denial): ReturnType<Shape> {
  const code = codeOf(denial, 'Forbidden');
  const innererror = denial.status === 403 ? { innererror: { code: 'ForbiddenByRbac' } } : {};
  return jsonResponse(0, { error: { code, message: denial.message, ...innererror } });
}

/** https://learn.microsoft.com/graph/errors */
function graph(denial: Denial): ReturnType<Shape> {
  const code = codeOf(denial, 'Authorization_RequestDenied');
  const innerError = { 'request-id': denial.requestId };
  return jsonResponse(0, { error: { code, message: denial.message, innerError } });
}

/**
 * Problem details (RFC 9457), as App Configuration writes them, with the member that most services have, since its SDKs
 * show nothing else; and not as `application/problem+json`, which they do not read.
 */
function problem(denial: Denial): ReturnType<Shape> {
  const { status, message } = denial;
  const code = codeOf(denial, 'Forbidden');
  return jsonResponse(0, {
    type: 'about:blank',
    title: code,
    detail: message,
    status,
    error: { code, message },
  });
}

/** https://learn.microsoft.com/rest/api/servicebus/error-codes: its management and its messages have the one shape. */
function serviceBus(denial: Denial): ReturnType<Shape> {
  const { message } = denial;
  const members = xmlElement('Code', String(serviceBusStatus(denial))) + xmlElement('Detail', message);
  return { headers: ['content-type', 'application/xml; charset=utf-8'], body: `<Error>${members}</Error>` };
}

/** Its SDKs take 403 for a quota that is used up. */
function serviceBusStatus({ decision, status }: Denial): number {
  return decision === 'deny' ? 401 : status;
}
