import type { Denial } from './decision.ts';
import type { PaiError } from './errors.ts';
import { expectsGrpc, grpcResponse, grpcStatusOf } from './grpc.ts';
import { setHeader } from './headers.ts';
import type { Provider } from './provider.ts';
import type { AgentRequest, LocalResponse } from './request.ts';

/** A JSON response. `headers` are added to its content type. */
export function jsonResponse(status: number, value: unknown, headers: readonly string[] = []): LocalResponse {
  return {
    status,
    headers: ['content-type', 'application/json; charset=utf-8', ...headers],
    body: JSON.stringify(value),
  };
}

/**
 * The `{error: {code, message, request_id}}` answer to a request that never reached a Provider; to a gRPC request, its
 * status and message.
 */
export function refusalResponse(error: PaiError, requestId: string, isGrpc = false): LocalResponse {
  const { code, message } = error;
  const response = isGrpc
    ? grpcResponse(grpcStatusOf(code), message)
    : jsonResponse(error.status, { error: { code, message, request_id: requestId } });
  return withDecision(response, 'refuse', code, requestId);
}

/** A denial in the service's own shape, where its Provider has one, else in that of the request's protocol. */
export function denialResponse(
  denial: Denial,
  request: AgentRequest,
  { deny, denyLater }: Pick<Provider, 'deny' | 'denyLater'>,
): LocalResponse | Promise<LocalResponse> {
  const plain = () => plainDenial(denial, request);
  const finish = (response: LocalResponse) => withDecision(response, 'deny', denial.rule, denial.requestId);
  if (denyLater !== undefined) return denyLater(denial, request).catch(plain).then(finish);
  return finish(deny?.(denial, request) ?? plain());
}

/** Who answers a request that cannot be sent on. */
interface Refuser {
  readonly name: string;
  readonly provider: Pick<Provider, 'deny' | 'denyLater'>;
}

/**
 * The answer to a request that its Provider cannot send on: in gRPC to gRPC, else in the service's own shape where there
 * is one. Never throws.
 */
export function providerRefusal(error: PaiError, request: AgentRequest, by: Refuser): LocalResponse {
  const isGrpc = expectsGrpc(request);
  const plain = refusalResponse(error, request.id, isGrpc);
  const { deny } = by.provider;
  if (isGrpc || deny === undefined) return plain;
  try {
    return withDecision(deny(refusalOf(error, request, by), request), 'refuse', error.code, request.id);
  } catch {
    return plain;
  }
}

/** As `providerRefusal`, in a shape that may take time. Never rejects. */
export async function lateRefusal(
  error: PaiError,
  request: AgentRequest,
  by: Refuser,
): Promise<LocalResponse> {
  const { denyLater } = by.provider;
  if (denyLater === undefined || expectsGrpc(request)) return providerRefusal(error, request, by);
  try {
    const response = await denyLater(refusalOf(error, request, by), request);
    return withDecision(response, 'refuse', error.code, request.id);
  } catch {
    return refusalResponse(error, request.id);
  }
}

function refusalOf({ code, status, message }: PaiError, { id }: AgentRequest, { name }: Refuser): Denial {
  return { provider: name, decision: 'refuse', status, rule: code, message, requestId: id, actions: [] };
}

function plainDenial({ message, requestId }: Denial, request: AgentRequest): LocalResponse {
  if (expectsGrpc(request)) return grpcResponse(grpcStatusOf('request_denied'), message);
  return jsonResponse(403, { error: { code: 'request_denied', message, request_id: requestId } });
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
