import type { Denial } from './decision.ts';
import type { PaiError } from './errors.ts';
import { setHeader } from './headers.ts';
import type { AgentRequest, LocalResponse } from './request.ts';

/** A JSON response. `headers` are added to its content type. */
export function jsonResponse(status: number, value: unknown, headers: readonly string[] = []): LocalResponse {
  return {
    status,
    headers: ['content-type', 'application/json; charset=utf-8', ...headers],
    body: JSON.stringify(value),
  };
}

/** The `{error: {code, message, request_id}}` answer to a request that never reached a Provider. */
export function refusalResponse(error: PaiError, requestId: string): LocalResponse {
  const body = { error: { code: error.code, message: error.message, request_id: requestId } };
  return withDecision(jsonResponse(error.status, body), 'refuse', error.code, requestId);
}

/** A denial in the service's own shape, where its Provider has one. */
export function denialResponse(
  denial: Denial,
  request: AgentRequest,
  shape: ((denial: Denial, request: AgentRequest) => LocalResponse) | undefined,
): LocalResponse {
  const body = { error: { code: 'request_denied', message: denial.message, request_id: denial.requestId } };
  const response = shape?.(denial, request) ?? jsonResponse(403, body);
  return withDecision(response, 'deny', denial.rule, denial.requestId);
}

function withDecision(
  response: LocalResponse,
  decision: string,
  rule: string,
  requestId: string,
): LocalResponse {
  const headers = [...response.headers];
  setHeader(headers, 'x-pai-decision', decision);
  setHeader(headers, 'x-pai-rule', rule);
  setHeader(headers, 'x-pai-request-id', requestId);
  return { ...response, headers };
}
