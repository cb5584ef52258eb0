import { type AgentRequest, type Denial, getHeader, jsonResponse, type LocalResponse } from '@pai/core';

/**
 * Slack's own error shape. Slack answers 200 also to what it refuses, and clients that expect nothing else get that
 * status: at 403 they drop the sentence, or try again for half an hour.
 */
export function deny({ message }: Denial, { headers, path }: AgentRequest): LocalResponse {
  const isMethod = path.startsWith('/api/');
  const status = isMethod && needsSuccess.test(getHeader(headers, 'user-agent') ?? '') ? 200 : 403;
  return jsonResponse(status, {
    ok: false,
    error: `access_denied: ${message}`,
    response_metadata: { messages: [`[ERROR] ${message}`] },
  });
}

/** Slack's SDK for JavaScript, on which Bolt stands, and Go's default, which slack-go leaves as it is. */
const needsSuccess = /(?:^|\s)@slack:web-api\/|^Go-http-client\//;
