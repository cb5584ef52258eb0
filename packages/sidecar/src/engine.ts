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
import type { Exchange } from './agent/exchange.ts';
import { forward, respond } from './forward.ts';
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
export function createEngine({ pipeline, upstream, record, obstacle }: EngineOptions): Engine {
  let active = 0;

  const serve = async (exchange: Exchange) => {
    const started = performance.now();
    let isGone = false;
    const closed = new Promise<boolean>((resolve) => {
      exchange.onClose((isComplete) => {
        isGone = true;
        resolve(isComplete);
      });
    });
    const outcome = await judge(exchange, pipeline(), obstacle());
    if (!isGone && outcome.kind === 'respond') respond(exchange, outcome.response, outcome.event);
    if (!isGone && outcome.kind === 'forward') forward(exchange, outcome, upstream);
    const isComplete = await closed;
    if (!isComplete) outcome.event.error ??= 'agent_gone';
    outcome.event.duration_ms = milliseconds(started);
    const isNotable = outcome.event.decision !== 'allow' && outcome.event.decision !== 'answer';
    record(outcome.event, isNotable || outcome.by?.isLogged !== false);
  };

  return {
    handle: (exchange) => {
      active += 1;
      void serve(exchange).finally(() => {
        active -= 1;
      });
    },
    note: (facts, fields) => record({ ...openAudit(facts, Date.now()), ...fields }, true),
    active: () => active,
  };
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
    const event = openAudit(exchange.facts, Date.now());
    Object.assign(event, { rule: error.code, error: error.code, reason: error.message });
    return { kind: 'respond', response: refusalResponse(error, exchange.facts.id), event };
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
