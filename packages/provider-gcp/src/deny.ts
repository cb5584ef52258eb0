import { type AgentRequest, type Denial, expectsGrpc, grpcResponse, type LocalResponse } from '@pai/core';

/**
 * A denial or refusal as Google's APIs say it, so that clients raise their usual error with our sentence in it and try
 * again only what may pass. `isXml` says whether a request is of the XML API of Cloud Storage.
 */
export function createDeny(
  isXml: (request: AgentRequest) => boolean,
): (denial: Denial, request: AgentRequest) => LocalResponse {
  return (denial, request) => {
    const { status, message } = denial;
    if (expectsGrpc(request)) return grpcResponse(permissionDenied, message);
    const { type, body } = isXml(request) ? xmlError(denial) : jsonError(denial);
    return { status, headers: ['content-type', type], body: request.method === 'HEAD' ? '' : body };
  };
}

/** grpc/grpc, doc/statuscodes.md. Refusals in gRPC are core's. */
const permissionDenied = 7;

interface Rendered {
  readonly type: string;
  readonly body: string;
}

/** https://google.aip.dev/193, with `errors` for clients of older APIs. */
function jsonError(denial: Denial): Rendered {
  const { status: code, message, provider } = denial;
  const isDenial = denial.decision === 'deny';
  const [action] = denial.actions;
  const info = {
    '@type': 'type.googleapis.com/google.rpc.ErrorInfo',
    reason: isDenial ? 'IAM_PERMISSION_DENIED' : denial.rule.toUpperCase(),
    domain: isDenial ? 'iam.googleapis.com' : 'pai.io',
    metadata: {
      provider,
      rule: denial.rule,
      ...(action !== undefined && { permission: action.name }),
      ...(action?.resource !== undefined && { resource: action.resource }),
    },
  };
  const errors = [{ message, domain: 'global', reason: isDenial ? 'forbidden' : reasonOf(code) }];
  const error = { code, message, errors, status: statusOf(code), details: [info] };
  return { type: 'application/json; charset=UTF-8', body: JSON.stringify({ error }) };
}

/** google.rpc.Code by HTTP status. Source: googleapis, google/rpc/code.proto. */
function statusOf(status: number): string {
  const names: Readonly<Record<number, string>> = {
    400: 'INVALID_ARGUMENT',
    403: 'PERMISSION_DENIED',
    404: 'NOT_FOUND',
    408: 'DEADLINE_EXCEEDED',
    429: 'RESOURCE_EXHAUSTED',
    500: 'INTERNAL',
    504: 'DEADLINE_EXCEEDED',
  };
  return names[status] ?? (status < 500 ? 'FAILED_PRECONDITION' : 'UNAVAILABLE');
}

function reasonOf(status: number): string {
  if (status === 403) return 'forbidden';
  return status < 500 ? 'badRequest' : 'backendError';
}

/** https://docs.cloud.google.com/storage/docs/xml-api/reference-status */
function xmlError({ status, message, requestId }: Denial): Rendered {
  const names: Readonly<Record<number, string>> = { 403: 'AccessDenied', 404: 'NoSuchKey' };
  const code = names[status] ?? (status < 500 ? 'InvalidArgument' : 'ServiceUnavailable');
  const text = escapeXml(message);
  const members = `<Code>${code}</Code><Message>${text}</Message><Details>${text}</Details><RequestId>${escapeXml(requestId)}</RequestId>`;
  return {
    type: 'application/xml; charset=UTF-8',
    body: `<?xml version='1.0' encoding='UTF-8'?><Error>${members}</Error>`,
  };
}

function escapeXml(text: string): string {
  return text
    .replace(/[^\t\n\r\x20-\ud7ff\ue000-\ufffd]/g, '?')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;');
}
