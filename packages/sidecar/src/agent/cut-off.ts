import type { Socket } from 'node:net';

/**
 * Ends a connection in the middle of a response, so that nobody takes it for a whole one. Over TLS the missing goodbye
 * says so (RFC 8446 section 6.1). In clear only a reset does, where the response would have lasted until the end.
 */
export function cutOff(socket: Socket): void {
  if ('encrypted' in socket) socket.destroy();
  else socket.resetAndDestroy();
}
