import { createHash, hash } from 'node:crypto';
import { type Body, getHeaders, PaiError, printable, type UpstreamRequest } from '@pai/core';
import { emptyHash } from './hash.ts';

/** Reads a body to its end, shows its bytes, and gives a body with the same bytes. */
export type Spool = (body: Body, onChunk: (chunk: Buffer) => void) => Promise<Body>;

/** Most bytes of a body that are hashed in memory. */
const mostHeld = 1024 * 1024;
/** The same where nothing can be put elsewhere. */
const mostHeldAlone = 16 * 1024 * 1024;

const known =
  /^(?:[0-9a-f]{64}|UNSIGNED-PAYLOAD|STREAMING-(?:UNSIGNED-PAYLOAD-TRAILER|AWS4-HMAC-SHA256-EVENTS|AWS4-(?:HMAC-SHA256|ECDSA-P256-SHA256)-PAYLOAD(?:-TRAILER)?))$/;

/**
 * What the request says of its content in `x-amz-content-sha256`, which the service holds against the bytes; undefined when
 * it says nothing. Throws `malformed_request` for anything that is neither a hash nor a way to send content that is known.
 */
export function declaredHash({ headers }: Pick<UpstreamRequest, 'headers'>): string | undefined {
  const [value, ...others] = getHeaders(headers, 'x-amz-content-sha256');
  if (value === undefined) return undefined;
  if (others.length === 0 && known.test(value)) return value;
  throw new PaiError(
    'malformed_request',
    `x-amz-content-sha256 ${others.length > 0 ? 'is sent twice' : `is ${printable(value)}`}; send one SHA-256 in lower-case hex, UNSIGNED-PAYLOAD or one of AWS's STREAMING values`,
  );
}

/** The hash of all of a request's content, in lower-case hex. The body is read once, and stays with the request. */
export async function hashBody(
  request: Pick<UpstreamRequest, 'body'>,
  spool: Spool | undefined,
): Promise<string> {
  const { body } = request;
  if (body.length === 0) return emptyHash;
  if (spool === undefined) return hash('sha256', await body.bytes(mostHeldAlone), 'hex');
  if (body.isHeld() || (body.length ?? 0) <= mostHeld) {
    // Kept in the agent's own body, so that the request can be sent again.
    const content = await body.peek(mostHeld);
    if (body.isHeld()) return hash('sha256', content, 'hex');
  }
  const digest = createHash('sha256');
  request.body = await spool(body, (chunk) => digest.update(chunk));
  return digest.digest('hex');
}
