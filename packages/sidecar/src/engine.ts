import {
  type AgentRequest,
  type AuditEvent,
  endToEnd,
  type Outcome,
  openAudit,
  type PaiError,
  type Pipeline,
  type RequestFacts,
  refusalResponse,
  toPaiError,
  type UpstreamRequest,
} from '@pai/core';
import type { Exchange, ExchangeEnd } from './agent/exchange.ts';
import { carry, type ForwardOptions, forward, respond } from './forward.ts';
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
  /** Takes a request that no Provider claims to where it says, over `upstream`, without any credential. */
  readonly relay: (exchange: Exchange, upstream: Upstream) => void;
  /** Records something that never became an exchange: bytes that are no request, a tunnel. */
  readonly note: (facts: RequestFacts, fields: Partial<AuditEvent>) => void;
  /** Requests under way. */
  readonly active: () => number;
}

/** A request that is not judged, because no Provider claims its host and egress is let through. */
interface RelayOutcome {
  readonly kind: 'relay';
  readonly request: UpstreamRequest;
  readonly event: AuditEvent;
}

type Judged = Outcome | RelayOutcome;

/** The engine behind every door. */
export function createEngine(options: EngineOptions): Engine {
  const { pipeline, upstream, record, obstacle, stallDeadline = 300_000 } = options;
  const send = { upstream, stallDeadline };
  let active = 0;

  const finish = ({ event, ...outcome }: Judged, end: ExchangeEnd, started: number) => {
    active -= 1;
    recordEnd(event, end);
    event.duration_ms = milliseconds(started);
    const isNotable = event.decision !== 'allow' && event.decision !== 'answer';
    record(event, isNotable || !('by' in outcome) || outcome.by?.isLogged !== false);
  };

  const run = async (
    exchange: Exchange,
    judge: (request: AgentRequest) => Judged | Promise<Judged>,
    options: ForwardOptions,
  ) => {
    active += 1;
    const started = performance.now();
    let end: ExchangeEnd | undefined;
    let outcome: Judged | undefined;
    exchange.onClose((how) => {
      end = how;
      if (outcome !== undefined) finish(outcome, how, started);
    });
    outcome = await read(exchange, judge, obstacle());
    if (end === undefined) deliver(exchange, outcome, options);
    else finish(outcome, end, started);
  };

  return {
    handle: (exchange) => void run(exchange, pipeline().judge, send),
    relay: (exchange, plain) => void run(exchange, judgeRelay, { ...send, upstream: plain }),
    note: (facts, fields) => record({ ...openAudit(facts, Date.now()), ...fields }, true),
    active: () => active,
  };
}

function deliver(exchange: Exchange, outcome: Judged, options: ForwardOptions): void {
  try {
    if (outcome.kind === 'respond') respond(exchange, outcome.response, outcome.event);
    else if (outcome.kind === 'forward') forward(exchange, outcome, options);
    else carry(exchange, { ...outcome, label: 'egress', isPrivateAllowed: false }, options);
  } catch {
    outcome.event.error ??= 'internal';
    exchange.abort();
  }
}

function recordEnd(event: AuditEvent, end: ExchangeEnd): void {
  if (end === 'gone') event.error ??= 'agent_gone';
  if (typeof end === 'string') return;
  event.error ??= end.code;
  if (event.status !== 0) return;
  Object.assign(event, { decision: 'refuse', rule: end.code, status: end.status, reason: end.message });
  delete event.message;
}

async function read(
  exchange: Exchange,
  judge: (request: AgentRequest) => Judged | Promise<Judged>,
  obstacle: PaiError | undefined,
): Promise<Judged> {
  try {
    const request = exchange.read();
    if (obstacle !== undefined) throw obstacle;
    return await judge(request);
  } catch (thrown) {
    const error = toPaiError(thrown, 'the request could not be read');
    const facts = exchange.facts();
    const event = openAudit(facts, Date.now());
    Object.assign(event, { rule: error.code, error: error.code, reason: error.message });
    return { kind: 'respond', response: refusalResponse(error, facts.id, exchange.isGrpc), event };
  }
}

function judgeRelay(request: AgentRequest): RelayOutcome {
  const event = openAudit(request, Date.now());
  Object.assign(event, { decision: 'tunnel', rule: 'egress' });
  const { method, host, port, target, body } = request;
  const headers = endToEnd(request.headers, (key) => key === 'expect');
  return { kind: 'relay', request: { method, host, port, target, headers, body }, event };
}

function milliseconds(started: number): number {
  return Math.round((performance.now() - started) * 1_000) / 1_000;
}
