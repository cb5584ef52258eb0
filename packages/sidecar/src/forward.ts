import {
  type AttachedProvider,
  type AuditEvent,
  type Body,
  endToEnd,
  type ForwardOutcome,
  isGrpc,
  isPrivateAllowed,
  type LocalResponse,
  PaiError,
  printable,
  type RawHeaders,
  type Redactor,
  readGrpcStatus,
  refusalResponse,
  setHeader,
  toPaiError,
  withoutHeaders,
} from '@pai/core';
import type { Exchange } from './agent/exchange.ts';
import { type AnyFilter, createFilteredSink } from './filtered-sink.ts';
import { noteMasks } from './redact/plain.ts';
import { createRedactingSink } from './redact/sink.ts';
import { maskText } from './redact/text.ts';
import { createRejectingSink } from './rejecting-sink.ts';
import { type Send, sendRenewing } from './replay.ts';
import { splice } from './splice.ts';
import type { Call, ResponseSink } from './upstream/call.ts';
import type { Upstream } from './upstream/pool.ts';

/** Answers an agent without the service. */
export function respond(exchange: Exchange, response: LocalResponse, event: AuditEvent): void {
  const body = Buffer.from(response.body);
  const headers: RawHeaders = [...response.headers];
  if (isGrpc(headers)) recordGrpcStatus(event, headers);
  else setHeader(headers, 'content-length', String(body.length));
  event.status = response.status;
  exchange.start(response.status, headers, body.length === 0);
  if (body.length > 0 && exchange.facts().method !== 'HEAD') {
    event.bytes_out += body.length;
    exchange.write(body);
  }
  exchange.end([]);
}

function respondLater(exchange: Exchange, response: Promise<LocalResponse>, event: AuditEvent): true {
  response.then((late) => respond(exchange, late, event)).catch(() => exchange.abort());
  return true;
}

/** What forwarding needs beside the request. */
export interface ForwardOptions {
  readonly upstream: Upstream;
  /** What takes the requests of a Provider in place of its hosts. */
  readonly programOf?: ((by: AttachedProvider) => Upstream | undefined) | undefined;
  /** Milliseconds for which a service may take no content. */
  readonly stallDeadline: number;
  /** Milliseconds without a byte either way after which a connection that switched protocols is closed. */
  readonly idleDeadline: number | undefined;
}

/** Sends a judged request to its service and streams the answer back. */
export function forward(exchange: Exchange, outcome: ForwardOutcome, options: ForwardOptions): void {
  const { by, request, event } = outcome;
  const { redactor } = by;
  const { renew, rejects } = outcome;
  const filter = outcome.filterLater ?? outcome.filter;
  const refuse = outcome.refuseLater ?? outcome.refuse;
  const isPrivate = isPrivateAllowed(by.provider.hosts, request);
  const program = options.programOf?.(by);
  carry(
    exchange,
    { request, event, label: by.name, isPrivateAllowed: isPrivate, filter, renew, rejects, refuse, redactor },
    program === undefined ? options : { ...options, upstream: program },
  );
}

/** A request on its way, judged or not. */
export interface Carried extends Pick<ForwardOutcome, 'request' | 'event'> {
  /** Names it in errors. */
  readonly label: string;
  readonly isPrivateAllowed: boolean;
  readonly filter?: AnyFilter | undefined;
  readonly renew?: ForwardOutcome['renew'] | undefined;
  readonly rejects?: ForwardOutcome['rejects'] | undefined;
  readonly refuse?: ForwardOutcome['refuse'] | ForwardOutcome['refuseLater'];
  readonly redactor?: Redactor | undefined;
}

/** Sends a request and streams the answer back, both ways with backpressure. */
export function carry(
  exchange: Exchange,
  { request, event, label, isPrivateAllowed, filter, renew, rejects, refuse, redactor }: Carried,
  { upstream, stallDeadline, idleDeadline }: ForwardOptions,
): void {
  let refusing: true | undefined;
  const fail: Fail = (thrown, _isUntouched, resetCode) => {
    const error = toPaiError(thrown, 'the request could not be forwarded');
    const said = withoutCredential(named(label, error), redactor, event);
    Object.assign(event, { error: said.code, reason: said.message });
    const isPassedOn = exchange.isGrpc === true && (resetCode === refusedStream || resetCode === cancel);
    if (event.status !== 0 && exchange.isGrpc === true && said.code === 'request_denied')
      return endCall(exchange, said, event);
    if (event.status !== 0 || isPassedOn) return exchange.abort(resetCode);
    if (event.decision === 'tunnel') Object.assign(event, { decision: 'refuse', rule: said.code });
    try {
      const response = refuse?.(said) ?? refusalResponse(said, event.request_id, exchange.isGrpc);
      if (!(response instanceof Promise)) return respond(exchange, response, event);
      if (refusing === undefined) refusing = respondLater(exchange, response, event);
    } catch {
      exchange.abort();
    }
  };
  try {
    if (request.upgrade !== undefined && exchange.switchTo === undefined) throw unswitchable(request.upgrade);
    let call: Call | undefined;
    const goOn = () => (filtered === undefined ? call?.resume() : filtered.resume());
    const agent = createSink(exchange, event, { fail, idleDeadline });
    const redaction = redactor && { redactor, event, onRoom: goOn, isGrpc: exchange.isGrpc };
    const redacted = redaction && createRedactingSink(request.method, agent, redaction);
    const sink = redacted ?? agent;
    const filtered = filter && createFilteredSink(sink, filter, () => call?.resume());
    const send: Send = (sent, to) => upstream.send(sent, isPrivateAllowed, to);
    let isOver = false;
    const letGo = () => {
      isOver = true;
      filtered?.close();
      redacted?.close();
      call?.abort();
    };
    const giveUp = (thrown: unknown) => {
      letGo();
      fail(thrown);
    };
    const accepted = createRejectingSink(filtered ?? sink, rejects, giveUp);
    call = sendRenewing({ request, event, renew }, send, accepted);
    exchange.onDrain(redacted?.resume ?? goOn);
    exchange.onClose(letGo);
    if (request.body.length === 0) return;
    const stall = createStallTimer(stallDeadline, () => giveUp(stalled(request.host)));
    const onCutOff = (thrown: unknown) => (isOver ? undefined : giveUp(thrown));
    exchange.onClose(stall.stop);
    pump(request.body, call, event, { stall, onCutOff });
  } catch (thrown) {
    fail(thrown);
  }
}

function stalled(host: string): PaiError {
  return new PaiError('upstream_timeout', `${host} stopped taking the content of the request`);
}

function unswitchable(protocol: string): PaiError {
  const message = `nothing can switch to ${printable(protocol)} here; use a door of a sidecar, over HTTP/1.1`;
  return new PaiError('upgrade_refused', message);
}

function named(label: string, error: PaiError): PaiError {
  if (error.message.startsWith(`${label}: `)) return error;
  return new PaiError(error.code, `${label}: ${error.message}`);
}

/** What was wrong with a response may be said in its own words. */
function withoutCredential(error: PaiError, redactor: Redactor | undefined, event: AuditEvent): PaiError {
  if (redactor === undefined) return error;
  const { text, count } = maskText(error.message, redactor);
  noteMasks(event, count);
  return count === 0 ? error : new PaiError(error.code, text);
}

/** A call that has begun to be answered can still be told how it ended (gRPC over HTTP/2, "Responses"). */
function endCall(exchange: Exchange, error: PaiError, event: AuditEvent): void {
  const { headers } = refusalResponse(error, event.request_id, true);
  const trailers = withoutHeaders(headers, new Set(['content-type']));
  recordGrpcStatus(event, trailers);
  exchange.end(trailers);
}

type Fail = (thrown: unknown, isUntouched?: boolean, resetCode?: number) => void;

/** What gRPC clients read from these codes (RFC 9113 section 7) no status says: that nothing was done, and CANCELLED. */
const refusedStream = 7;
const cancel = 8;

interface SinkOptions {
  readonly fail: Fail;
  readonly idleDeadline: number | undefined;
}

function createSink(
  exchange: Exchange,
  event: AuditEvent,
  { fail, idleDeadline }: SinkOptions,
): ResponseSink {
  const sent = performance.now();
  return {
    onHead({ status, headers }, isEmpty) {
      event.upstream_duration_ms = Math.round((performance.now() - sent) * 1_000) / 1_000;
      startResponse(exchange, status, endToEnd(headers), isEmpty);
      event.status = status;
      if (isEmpty === true) recordGrpcStatus(event, headers);
    },
    onInterim: ({ status, headers }) => exchange.inform(status, endToEnd(headers, isLength)),
    onSwitch(head, socket) {
      if (exchange.switchTo === undefined) {
        socket.destroy();
        return fail(
          new PaiError('upstream_protocol', 'the service switched protocols where the agent cannot'),
        );
      }
      event.status = head.status;
      const agent = exchange.switchTo(endToEnd(head.headers, isLength));
      return splice(agent, socket, { carried: event, idleDeadline });
    },
    onData(chunk) {
      event.bytes_out += chunk.length;
      return exchange.write(chunk);
    },
    onEnd(trailers) {
      if (trailers.length > 0) recordGrpcStatus(event, trailers);
      try {
        exchange.end(endToEnd(trailers));
      } catch (cause) {
        fail(unwritable('trailers', cause));
      }
    },
    onError: fail,
  };
}

/** What no response with a status of 1xx may have (RFC 9110 section 8.6): clients of HTTP/2 refuse it, and llhttp looks for content. */
function isLength(key: string): boolean {
  return key === 'content-length';
}

function recordGrpcStatus(event: AuditEvent, headers: RawHeaders): void {
  const status = readGrpcStatus(headers);
  if (status !== undefined) event.grpc_status = status;
}

function startResponse(
  exchange: Exchange,
  status: number,
  headers: RawHeaders,
  isEmpty: boolean | undefined,
): void {
  try {
    exchange.start(status, headers, isEmpty);
  } catch (cause) {
    throw unwritable('a response head', cause);
  }
}

function unwritable(what: string, cause: unknown): PaiError {
  return new PaiError('upstream_protocol', `the service sent ${what} that cannot be passed on`, { cause });
}

/** An agent that goes away while its content waits is not seen to go, so that the wait must end. */
function createStallTimer(deadline: number, onStall: () => void): { start(): void; stop(): void } {
  let timer: NodeJS.Timeout | undefined;
  return {
    start: () => {
      timer ??= setTimeout(onStall, deadline).unref();
    },
    stop: () => {
      clearTimeout(timer);
      timer = undefined;
    },
  };
}

interface Pumping {
  readonly stall: ReturnType<typeof createStallTimer>;
  /** The content ended before its end. */
  readonly onCutOff: (thrown: unknown) => void;
}

function pump(body: Body, call: Call, event: AuditEvent, { stall, onCutOff }: Pumping): void {
  const stream = body.stream();
  stream.on('data', (chunk: Buffer) => {
    event.bytes_in += chunk.length;
    if (call.write(chunk)) return;
    stream.pause();
    stall.start();
  });
  stream.on('end', () => call.end([...body.trailers()]));
  stream.on('error', onCutOff);
  stream.on('close', () => {
    stall.stop();
    if (!stream.readableEnded) onCutOff(new PaiError('malformed_request', 'the content was cut off'));
  });
  call.onDrain(() => {
    stall.stop();
    stream.resume();
  });
}
