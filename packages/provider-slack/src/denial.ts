import { type AgentRequest, type Denial, getHeader, jsonResponse, type LocalResponse } from '@pai/core';

/**
 * Slack's own error shape. Slack answers 200 also to what it refuses, and clients that expect nothing else get that
 * status: at another they drop the sentence, or try again for half an hour.
 */
export function deny({ status, message }: Denial, { headers, path }: AgentRequest): LocalResponse {
  const isMethod = path.startsWith('/api/');
  const isSuccess = isMethod && needsSuccess.test(getHeader(headers, 'user-agent') ?? '');
  return jsonResponse(isSuccess ? 200 : status, {
    ok: false,
    error: `${codeOf(status)}: ${message}`,
    response_metadata: { messages: [`[ERROR] ${message}`] },
  });
}

/** Errors that every method can have (https://docs.slack.dev/reference/methods/auth.test). */
function codeOf(status: number): string {
  if (status >= 500) return 'service_unavailable';
  return status === 403 ? 'access_denied' : 'invalid_arguments';
}

/** Slack's SDK for JavaScript, on which Bolt stands, and Go's default, which slack-go leaves as it is. */
const needsSuccess = /(?:^|\s)@slack:web-api\/|^Go-http-client\//;
