import { Readable } from 'node:stream';
import { type AuditEvent, auditPrefix, recordLater } from './audit.ts';
import { type Awaitable, andThen } from './awaitable.ts';
import { createBody } from './body.ts';
import type { Decide, Resolution } from './decision.ts';
import { PaiError } from './errors.ts';
import type { ContentReader, Provider } from './provider.ts';
import type { AgentRequest } from './request.ts';

/** Who judges a request. */
export interface Judge {
  readonly provider: Pick<Provider, 'later'>;
  readonly decide: Decide;
  readonly enforcement: 'enforce' | 'audit';
}

/**
 * The request with content that is judged piece by piece, before any byte of a piece goes on, where its Provider has to
 * see all of it. The content fails with `request_denied` where a piece is denied, and with what the Provider throws; the
 * agent's own stream is left open for the answer that says so. What the pieces do is written to the event.
 */
export function holdContent(judge: Judge, request: AgentRequest, event: AuditEvent): Awaitable<AgentRequest> {
  const { later } = judge.provider;
  if (later === undefined || request.body.length === 0) return request;
  return andThen(later(request), (read) =>
    read === undefined ? request : heldBy(read, judge, request, event),
  );
}

function heldBy(
  read: ContentReader,
  { decide, enforcement }: Judge,
  request: AgentRequest,
  event: AuditEvent,
): AgentRequest {
  const { body } = request;
  const judge = (resolution: Resolution): void => {
    const { effect, reason } = decide(request, resolution);
    if (effect === 'deny' && enforcement === 'enforce') throw denied(reason);
    if ('actions' in resolution) recordLater(event, resolution.actions);
    if (effect === 'allow') return;
    Object.assign(event, { decision: 'audit', reason, message: auditPrefix + reason });
  };
  const open = () => Readable.from(judged(body.stream(), read, judge), { objectMode: false });
  return { ...request, body: createBody({ length: body.length, open, trailers: body.trailers }) };
}

async function* judged(
  content: Readable,
  read: ContentReader,
  judge: (resolution: Resolution) => void,
): AsyncGenerator<Buffer> {
  for await (const { bytes, resolution } of read(content)) {
    if (resolution !== undefined) judge(resolution);
    yield* bytes;
  }
}

function denied(reason: string): PaiError {
  return new PaiError('request_denied', `${reason}; the request was ended before the part that asks for it`);
}
