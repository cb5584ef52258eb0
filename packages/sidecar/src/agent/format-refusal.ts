import { type PaiError, type RequestFacts, refusalResponse } from '@pai/core';
import { formatResponseHead, type ResponseHeadParts } from '../http1/format-response-head.ts';

/** The whole of an HTTP/1.1 response that says why something is refused, and is the last of its connection. */
export function formatRefusal(
  error: PaiError,
  { id, method }: Pick<RequestFacts, 'id' | 'method'>,
  given?: Pick<ResponseHeadParts, 'reason'>,
): string {
  const { status, headers, body } = refusalResponse(error, id);
  const fields = [...headers, 'Content-Length', String(Buffer.byteLength(body))];
  const head = formatResponseHead({ status, headers: fields, framing: 'length', isKept: false, ...given });
  return method === 'HEAD' ? head : `${head}${String(body)}`;
}
