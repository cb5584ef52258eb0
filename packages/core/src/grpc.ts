import type { ErrorCode } from './errors.ts';
import { getHeader, type ReadonlyRawHeaders } from './headers.ts';
import type { AgentRequest, LocalResponse } from './request.ts';

/** Status codes of gRPC (grpc/grpc, doc/statuscodes.md) that Pai itself answers with. */
const status = {
  invalidArgument: 3,
  deadlineExceeded: 4,
  notFound: 5,
  permissionDenied: 7,
  resourceExhausted: 8,
  failedPrecondition: 9,
  unimplemented: 12,
  internal: 13,
  unavailable: 14,
  unauthenticated: 16,
} as const;

const statusOf: Partial<Record<ErrorCode, number>> = {
  malformed_request: status.invalidArgument,
  limit_reached: status.resourceExhausted,
  access_key_refused: status.unauthenticated,
  nothing_here: status.notFound,
  session_unknown: status.notFound,
  request_denied: status.permissionDenied,
  plain_http_refused: status.permissionDenied,
  placeholder_misplaced: status.permissionDenied,
  upgrade_refused: status.permissionDenied,
  egress_denied: status.permissionDenied,
  origin_refused: status.permissionDenied,
  provider_detached: status.permissionDenied,
  destination_forbidden: status.permissionDenied,
  method_refused: status.unimplemented,
  body_too_large: status.resourceExhausted,
  target_too_long: status.resourceExhausted,
  headers_too_large: status.resourceExhausted,
  misdirected_request: status.failedPrecondition,
  agent_timeout: status.deadlineExceeded,
  credential_unavailable: status.unavailable,
  credential_refused: status.unavailable,
  upstream_unreachable: status.unavailable,
  upstream_untrusted: status.unavailable,
  upstream_protocol: status.unavailable,
  upstream_timeout: status.unavailable,
  overloaded: status.unavailable,
  program_unavailable: status.unavailable,
  plugin_failed: status.unavailable,
  audit_unavailable: status.unavailable,
};

/** The gRPC status that stands for an error code; 13, `INTERNAL`, for what no request causes. */
export function grpcStatusOf(code: ErrorCode): number {
  return statusOf[code] ?? status.internal;
}

/** Whether the content type is gRPC's own, whatever its message format (gRPC over HTTP/2, `Content-Type`). */
export function isGrpc(headers: ReadonlyRawHeaders): boolean {
  const type = getHeader(headers, 'content-type');
  return type !== undefined && /^application\/grpc(?:\+[^;\s]*)?[\t ]*(?:;|$)/i.test(type);
}

/** Whether an answer of Pai's own to this request has to be gRPC: only HTTP/2 carries it. */
export function expectsGrpc({ protocol, headers }: Pick<AgentRequest, 'protocol' | 'headers'>): boolean {
  return protocol === 'h2' && isGrpc(headers);
}

/** A whole gRPC answer in one head (`Trailers-Only`), with `message` percent-encoded. */
export function grpcResponse(code: number, message: string): LocalResponse {
  return {
    status: 200,
    headers: [
      'content-type',
      'application/grpc',
      'grpc-status',
      String(code),
      'grpc-message',
      encodeGrpcMessage(message),
    ],
    body: '',
  };
}

/** A sentence as `grpc-message` carries it: UTF-8, with all but visible ASCII and spaces percent-encoded. */
export function encodeGrpcMessage(message: string): string {
  let text = '';
  for (const byte of Buffer.from(message)) {
    const isPlain = byte >= 0x20 && byte <= 0x7e && byte !== 0x25;
    text += isPlain ? String.fromCharCode(byte) : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
  }
  return text;
}

/** The number in a `grpc-status` field, or undefined when there is none by the letter. */
export function readGrpcStatus(headers: ReadonlyRawHeaders): number | undefined {
  const text = getHeader(headers, 'grpc-status');
  return text !== undefined && /^\d{1,3}$/.test(text) ? Number(text) : undefined;
}
