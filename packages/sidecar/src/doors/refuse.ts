import type { Socket } from 'node:net';
import type { PaiError, RequestFacts } from '@pai/core';
import { formatRefusal } from '../agent/format-refusal.ts';
import type { Engine } from '../engine.ts';

/** Milliseconds a connection that was refused is kept, so that the refusal is read. */
const lingerTime = 2_000;

/** Records why a connection is refused, says it there in HTTP/1.1, and ends it. */
export function refuseConnection(
  socket: Socket,
  error: PaiError,
  facts: RequestFacts,
  engine: Pick<Engine, 'note'>,
): void {
  const { status, code, message } = error;
  engine.note(facts, { status, rule: code, error: code, reason: message });
  // Of an answer to CONNECT that is none, clients show the status line and nothing more.
  const reason = message.replace(/[^\x20-\x7e]/g, '?');
  if (socket.writable) socket.end(formatRefusal(error, facts, { reason }));
  socket.resume();
  const timer = setTimeout(() => socket.destroy(), lingerTime).unref();
  socket.once('close', () => clearTimeout(timer));
}
