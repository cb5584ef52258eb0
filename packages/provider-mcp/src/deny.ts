import type { Denial, LocalResponse } from '@pai/core';
import type { McpEndpoint } from './endpoint.ts';
import type { Frame, FrameId, Message } from './frame.ts';

/** JSON-RPC error codes: the specification's own, and one of those it leaves to implementations. */
const codes = {
  invalidParams: -32_602,
  invalidRequest: -32_600,
  denied: -32_003,
  withheld: -32_603,
} as const;

/**
 * A denial or refusal as the server would word it: an error for the id of each request. A tool that is denied looks as one
 * that there is not.
 */
export function formatDenial(
  denial: Denial,
  message: Message | undefined,
  { transport }: McpEndpoint,
): LocalResponse {
  const requests = message?.frames.filter((frame) => frame.kind === 'request') ?? [];
  const errors = requests.map((frame) => errorFor(denial, frame));
  const [
    first = errorOf(null, denial.decision === 'deny' ? codes.denied : codes.invalidRequest, denial.message),
  ] = errors;
  // Streamable HTTP carries errors with 200. The older transport answers in its stream, and clients read no content here.
  const status = transport === 'http' && errors.length > 0 ? 200 : denial.status;
  const body = message?.isBatch === true && errors.length > 0 ? `[${errors.join()}]` : first;
  return { status, headers: ['content-type', 'application/json'], body };
}

function errorFor(
  { decision, message }: Denial,
  { id, method, params }: Extract<Frame, { kind: 'request' }>,
): string {
  if (decision === 'refuse') return errorOf(id, codes.invalidRequest, message);
  if (method !== 'tools/call') return errorOf(id, codes.denied, message);
  const { name } = params;
  return errorOf(id, codes.invalidParams, typeof name === 'string' ? `Unknown tool: ${name}` : message);
}

/** An error for each request, in a batch where they came in one; undefined when there is none. */
export function formatErrors(
  requests: readonly Extract<Frame, { kind: 'request' }>[],
  isBatch: boolean,
  message: string,
): string | undefined {
  const errors = requests.map(({ id }) => errorOf(id, codes.withheld, message));
  return isBatch && errors.length > 0 ? `[${errors.join()}]` : errors[0];
}

/** As text, since JSON.stringify has no whole numbers that a double cannot hold. */
function errorOf(id: FrameId | null, code: number, message: string): string {
  const shown = typeof id === 'bigint' ? String(id) : JSON.stringify(id);
  return `{"jsonrpc":"2.0","id":${shown},"error":${JSON.stringify({ code, message })}}`;
}
