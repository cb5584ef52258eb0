import {
  type AuditEvent,
  type Outcome,
  openAudit,
  PaiError,
  type Pipeline,
  printable,
  type RequestFacts,
  refusalResponse,
  toPaiError,
} from '@pai/core';
import type { Exchange, ExchangeEnd } from './agent/exchange.ts';
import { type ForwardOptions, forward, respond } from './forward.ts';
import type { Upstream } from './upstream/pool.ts';

/** What the engine stands on. */
export interface EngineOptions {
  /** The generation that judges the next request. */
  readonly pipeline: () => Pipeline;
  readonly upstream: Upstream;
  /** Takes every finished event, once. `isLogged` is false for what `audit.logRequests: false` leaves out. */
  readonly record: (event: AuditEvent, isLogged: boolean) => void;
  /** Why nothing may be served now, if something forbids it. */
  readonly obstacle: () => PaiError | undefined;
  /** Milliseconds for which a service may take no content. Default 300,000. */
  readonly stallDeadline?: number | undefined;
}

/** Takes every request from every door to its one end. */
export interface Engine {
  readonly handle: (exchange: Exchange) => void;
  /** Records something that never became an exchange: bytes that are no request, a tunnel. */
  readonly note: (facts: RequestFacts, fields: Partial<AuditEvent>) => void;
  /** Requests under way. */
  readonly active: () => number;
}

/** The engine behind every door. */
export function createEngine(options: EngineOptions): Engine {
  const { pipeline, upstream, record, obstacle, stallDeadline = 300_000 } = options;
  const send = { upstream, stallDeadline };
  let active = 0;

  const finish = ({ event, by }: Outcome, end: ExchangeEnd, started: number) => {
    active -= 1;
    recordEnd(event, end);
    event.duration_ms = milliseconds(started);
    const isNotable = event.decision !== 'allow' && event.decision !== 'answer';
    record(event, isNotable || by?.isLogged !== false);
  };

  return {
    async handle(exchange) {
      active += 1;
      const started = performance.now();
      let end: ExchangeEnd | undefined;
      let outcome: Outcome | undefined;
      exchange.onClose((how) => {
        end = how;
        if (outcome !== undefined) finish(outcome, how, started);
      });
      outcome = await judge(exchange, pipeline(), obstacle());
      if (end === undefined) deliver(exchange, outcome, send);
      else finish(outcome, end, started);
    },
    note: (facts, fields) => record({ ...openAudit(facts, Date.now()), ...fields }, true),
    active: () => active,
  };
}

function deliver(exchange: Exchange, outcome: Outcome, options: ForwardOptions): void {
  try {
    if (outcome.kind === 'respond') respond(exchange, outcome.response, outcome.event);
    else forward(exchange, outcome, options);
  } catch {
    outcome.event.error ??= 'internal';
    exchange.abort();
  }
}

function recordEnd(event: AuditEvent, end: ExchangeEnd): void {
  if (end === 'gone') event.error ??= 'agent_gone';
  if (end !== 'malformed') return;
  event.error ??= 'malformed_request';
  if (event.status !== 0) return;
  event.reason = 'the content of the request is not HTTP';
  Object.assign(event, { decision: 'refuse', rule: 'malformed_request', status: 400 });
  delete event.message;
}

async function judge(
  exchange: Exchange,
  pipeline: Pipeline,
  obstacle: PaiError | undefined,
): Promise<Outcome> {
  try {
    const request = exchange.read();
    if (obstacle !== undefined) throw obstacle;
    if (request.upgrade !== undefined) throw refusedUpgrade(request.upgrade);
    return await pipeline.judge(request);
  } catch (thrown) {
    const error = toPaiError(thrown, 'the request could not be read');
    const facts = exchange.facts();
    const event = openAudit(facts, Date.now());
    Object.assign(event, { rule: error.code, error: error.code, reason: error.message });
    return { kind: 'respond', response: refusalResponse(error, facts.id), event };
  }
}

function refusedUpgrade(protocol: string): PaiError {
  return new PaiError(
    'upgrade_refused',
    `switching to ${printable(protocol)} is refused: no policy can see what would follow`,
  );
}

function milliseconds(started: number): number {
  return Math.round((performance.now() - started) * 1_000) / 1_000;
}
