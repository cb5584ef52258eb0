import { createHash } from 'node:crypto';
import { getHeader, getHeaders, type ReadonlyRawHeaders } from '@pai/core';

/** RFC 6455 section 1.3. */
const protocolId = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';

/** Whether a response proves that its sender read the WebSocket handshake `asked` (RFC 6455 section 4.2.2). */
export function isAccepted(asked: ReadonlyRawHeaders, answered: ReadonlyRawHeaders): boolean {
  const [key = '', ...others] = getHeaders(asked, 'sec-websocket-key');
  if (others.length > 0 || !/^[A-Za-z0-9+/]{22}==$/.test(key)) return false;
  const accept = createHash('sha1')
    .update(key + protocolId)
    .digest('base64');
  return getHeader(answered, 'sec-websocket-accept') === accept;
}
