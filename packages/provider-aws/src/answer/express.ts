import { type AgentRequest, type LocalResponse, PaiError } from '@pai/core';
import { xmlDocument } from '../xml.ts';
import { placeholderSession } from './session.ts';

/**
 * Answers `CreateSession` of a directory bucket with placeholders: the real session is made where a request is signed.
 * Undefined for other requests. Throws `malformed_request` for one that could be taken for it, and is none.
 */
export function answerExpress(
  request: AgentRequest,
  provider: string,
  now: () => number,
): LocalResponse | undefined {
  const { method, path, query } = request;
  if (!query.split('&').some(isSession)) return undefined;
  if (method !== 'GET' || path !== '/') {
    throw new PaiError(
      'malformed_request',
      'only GET /?session asks a directory bucket for a session; send that',
    );
  }
  const session = placeholderSession(provider, now());
  const Credentials = {
    SessionToken: session.sessionToken,
    SecretAccessKey: session.secretAccessKey,
    AccessKeyId: session.accessKeyId,
    Expiration: session.expiration,
  };
  const body = xmlDocument('CreateSessionResult', { Credentials }, 'http://s3.amazonaws.com/doc/2006-03-01/');
  return { status: 200, headers: ['content-type', 'application/xml', 'x-amz-request-id', request.id], body };
}

function isSession(pair: string): boolean {
  const [name = ''] = pair.split('=', 1);
  try {
    return decodeURIComponent(name).trim().toLowerCase() === 'session';
  } catch {
    return false;
  }
}
