import type { Socket } from 'node:net';
import { type PaiError, type RequestFacts, refusalResponse } from '@pai/core';
import type { Engine } from '../engine.ts';
import { formatResponseHead } from '../http1/format-response-head.ts';

/** Milliseconds a connection that was refused is kept, so that the refusal is read. */
const lingerTime = 2_000;

/** Records why a connection is refused, says it there in HTTP/1.1, and ends it. */
export function refuseConnection(
  socket: Socket,
  error: PaiError,
  facts: RequestFacts,
  engine: Pick<Engine, 'note'>,
): void {
  const { status, headers, body } = refusalResponse(error, facts.id);
  engine.note(facts, { status, rule: error.code, error: error.code, reason: error.message });
  const fields = [...headers, 'Content-Length', String(Buffer.byteLength(body))];
  const head = formatResponseHead({ status, headers: fields, framing: 'length', isKept: false });
  if (socket.writable) socket.end(`${head}${String(body)}`);
  socket.resume();
  const timer = setTimeout(() => socket.destroy(), lingerTime).unref();
  socket.once('close', () => clearTimeout(timer));
}
