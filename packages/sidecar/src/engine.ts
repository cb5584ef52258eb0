import {
  type AgentRequest,
  type AuditEvent,
  endToEnd,
  type ForwardOutcome,
  type Outcome,
  openAudit,
  type PaiError,
  type Pipeline,
  type RequestFacts,
  type RespondOutcome,
  refusalResponse,
  toPaiError,
  type UpstreamRequest,
} from '@pai/core';
import type { Exchange, ExchangeEnd } from './agent/exchange.ts';
import { carry, type ForwardOptions, forward, respond } from './forward.ts';
import { createRegister, type Registered } from './register.ts';
import type { Upstream } from './upstream/pool.ts';

/** What the engine stands on. */
export interface EngineOptions {
  /** The generation that judges the next request. */
  readonly pipeline: () => Pipeline;
  readonly upstream: Upstream;
  /** What takes the requests of a Provider in place of its hosts. */
  readonly programOf?: ForwardOptions['programOf'];
  /** Takes every finished event, once. `isLogged` is false for what `audit.logRequests: false` leaves out. */
  readonly record: (event: AuditEvent, isLogged: boolean) => void;
  /** Why nothing may be served now, if something forbids it. */
  readonly obstacle: () => PaiError | undefined;
  /** Milliseconds for which a service may take no content. Default 300,000. */
  readonly stallDeadline?: number | undefined;
  /** Milliseconds without a byte either way after which a connection that switched protocols is closed. */
  readonly idleDeadline?: number | undefined;
  /** Milliseconds that are left, after a change, to what the configuration would no longer begin. Default 10,000. */
  readonly detachDelay?: number | undefined;
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
  /** The configuration has changed: what it would no longer begin ends after `detachDelay`. */
  readonly reconsider: () => void;
}

/** A request that is not judged, because no Provider claims its host and egress is let through. */
interface RelayOutcome {
  readonly kind: 'relay';
  readonly request: UpstreamRequest;
  readonly event: AuditEvent;
}

type Judged = Outcome | RelayOutcome;

type Judge = (request: AgentRequest) => Judged | Promise<Judged>;

/** A request that has not ended. */
interface UnderWay extends Registered {
  readonly exchange: Exchange;
  outcome: Judged | undefined;
  end: ExchangeEnd | undefined;
  /** The configurations since a change whose delay was over before this was judged. */
  overdue: ReadonlySet<Pipeline> | undefined;
}

/** The engine behind every door. */
export function createEngine(options: EngineOptions): Engine {
  const { pipeline, upstream, record, obstacle, stallDeadline = 300_000, idleDeadline } = options;
  const send = { upstream, programOf: options.programOf, stallDeadline, idleDeadline };
  const underWay = createRegister<UnderWay>();

  const finish = (outcome: Judged, end: ExchangeEnd, started: number) => {
    const { event } = outcome;
    recordEnd(event, end);
    event.duration_ms = milliseconds(started);
    record(event, !isPlain(event) || !('by' in outcome) || outcome.by?.isLogged !== false);
  };

  const run = (exchange: Exchange, judge: Judge, options: ForwardOptions) => {
    const current: UnderWay = { exchange, outcome: undefined, end: undefined, overdue: undefined, index: 0 };
    underWay.add(current);
    const started = performance.now();
    const settle = () => {
      const { outcome, end } = current;
      if (outcome === undefined || end === undefined) return;
      underWay.remove(current);
      finish(outcome, end, started);
      // It may never have been sent.
      if (outcome.kind !== 'respond') outcome.request.body.discard?.();
    };
    const proceed = (outcome: Judged) => {
      current.outcome = outcome;
      if (current.end !== undefined) settle();
      else if (current.overdue === undefined) deliver(exchange, outcome, options);
      else void deliverLate(current, outcome, current.overdue, options);
    };
    exchange.onClose((how) => {
      current.end = how;
      settle();
    });
    const judged = read(exchange, judge, obstacle(), pipeline().conceal);
    if (judged instanceof Promise) void judged.then(proceed);
    else proceed(judged);
  };

  return {
    handle: (exchange) => run(exchange, pipeline().judge, send),
    relay: (exchange, plain) => run(exchange, judgeRelay, { ...send, upstream: plain }),
    note: (facts, fields) => record({ ...openAudit(pipeline().conceal(facts), Date.now()), ...fields }, true),
    active: underWay.size,
    reconsider() {
      // One that has been allowed again by then goes on.
      const changed = pipeline();
      const end = () => void endDetached(underWay.items(), new Set([changed, pipeline()]));
      setTimeout(end, options.detachDelay ?? 10_000).unref();
    },
  };
}

function deliver(exchange: Exchange, outcome: Judged, options: ForwardOptions): void {
  try {
    if (outcome.kind === 'respond') answer(exchange, outcome);
    else if (outcome.kind === 'forward') forward(exchange, outcome, options);
    else carry(exchange, { ...outcome, label: 'egress', isPrivateAllowed: false }, options);
  } catch {
    outcome.event.error ??= 'internal';
    exchange.abort();
  }
}

async function deliverLate(
  current: UnderWay,
  outcome: Judged,
  overdue: ReadonlySet<Pipeline>,
  options: ForwardOptions,
): Promise<void> {
  const isOver = (await endIfDetached(current, overdue)) || current.end !== undefined;
  if (!isOver) deliver(current.exchange, outcome, options);
}

/** Early answers make some clients of HTTP/2 wait for ever to send the rest. */
function answer(exchange: Exchange, { response, unread, event }: RespondOutcome): void {
  if (unread === undefined) return respond(exchange, response, event);
  const content = unread.stream();
  content.on('data', (chunk: Buffer) => {
    event.bytes_in += chunk.length;
  });
  content.on('error', () => exchange.abort());
  content.on('end', () => {
    try {
      respond(exchange, response, event);
    } catch {
      exchange.abort();
    }
  });
}

async function endDetached(underWay: readonly UnderWay[], generations: ReadonlySet<Pipeline>): Promise<void> {
  await Promise.all(underWay.map((current) => endIfDetached(current, generations)));
}

/** Gives whether it was ended. What is still being judged is asked about when that is done. */
async function endIfDetached(current: UnderWay, generations: ReadonlySet<Pipeline>): Promise<boolean> {
  const { exchange, outcome } = current;
  if (outcome === undefined) current.overdue = generations;
  if (outcome?.kind !== 'forward') return false;
  if (await isAllowedByAny(generations, exchange, outcome)) return false;
  // It may have ended meanwhile, and its connection carry another request.
  if (current.end !== undefined) return false;
  const { by, event } = outcome;
  const reason = `${by.name} was detached, or allows this request no longer; what was still open of it was cut off`;
  Object.assign(event, { error: 'provider_detached', reason });
  exchange.abort();
  return true;
}

async function isAllowedByAny(
  generations: ReadonlySet<Pipeline>,
  exchange: Exchange,
  outcome: ForwardOutcome,
): Promise<boolean> {
  for (const pipeline of generations) if (await isStillAllowed(exchange, outcome, pipeline)) return true;
  return false;
}

/** Content that has gone up cannot be judged again; a credential that cannot be had now says nothing about the policy. */
async function isStillAllowed(
  exchange: Exchange,
  { by, request }: ForwardOutcome,
  pipeline: Pipeline,
): Promise<boolean> {
  if (!pipeline.attached.some(({ name }) => name === by.name)) return false;
  if (request.body.length !== 0) return true;
  // Another Provider of the host may come first by now: this one is asked all the same.
  const again = await pipeline.judge({ ...exchange.read(), provider: by.name });
  return again.kind === 'forward' || again.event.error === 'credential_unavailable';
}

/** A message that is denied later, or a credential that came back, is no less a fact for what was allowed before. */
function isPlain({ decision, error, redactions }: AuditEvent): boolean {
  return (decision === 'allow' || decision === 'answer') && error === undefined && redactions === undefined;
}

function recordEnd(event: AuditEvent, end: ExchangeEnd): void {
  if (end === 'gone') event.error ??= 'agent_gone';
  if (typeof end === 'string') return;
  event.error ??= end.code;
  if (event.status !== 0) return;
  Object.assign(event, { decision: 'refuse', rule: end.code, status: end.status, reason: end.message });
  delete event.message;
}

/** Judges at once where nothing has to be waited for. */
function read(
  exchange: Exchange,
  judge: Judge,
  obstacle: PaiError | undefined,
  conceal: Pipeline['conceal'],
): Judged | Promise<Judged> {
  const refuse = (thrown: unknown) => refuseUnread(exchange, toPaiError(thrown, unreadable), conceal);
  try {
    const request = exchange.read();
    if (obstacle !== undefined) throw obstacle;
    const judged = judge(request);
    return judged instanceof Promise ? judged.catch(refuse) : judged;
  } catch (thrown) {
    return refuse(thrown);
  }
}

const unreadable = 'the request could not be read';

function refuseUnread(exchange: Exchange, error: PaiError, conceal: Pipeline['conceal']): Judged {
  const facts = conceal(exchange.facts());
  const event = openAudit(facts, Date.now());
  Object.assign(event, { rule: error.code, error: error.code, reason: error.message });
  return { kind: 'respond', response: refusalResponse(error, facts.id, exchange.isGrpc), event };
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
