import {
  type AuditEvent,
  type Body,
  deleteHeader,
  endToEnd,
  type ForwardOutcome,
  type LocalResponse,
  matchHost,
  PaiError,
  type RawHeaders,
  refusalResponse,
  setHeader,
  toPaiError,
} from '@pai/core';
import type { Exchange } from './agent/exchange.ts';
import { createFilteredSink } from './filtered-sink.ts';
import type { Call, ResponseSink } from './upstream/call.ts';
import type { Upstream } from './upstream/pool.ts';

/** Answers an agent without the service. */
export function respond(exchange: Exchange, response: LocalResponse, event: AuditEvent): void {
  const body = Buffer.from(response.body);
  const headers: RawHeaders = [...response.headers];
  setHeader(headers, 'content-length', String(body.length));
  event.status = response.status;
  exchange.start(response.status, headers);
  if (body.length > 0 && exchange.facts.method !== 'HEAD') {
    event.bytes_out += body.length;
    exchange.write(body);
  }
  exchange.end([]);
}

/** Sends a judged request to its service and streams the answer back, both ways with backpressure. */
export function forward(exchange: Exchange, outcome: ForwardOutcome, upstream: Upstream): void {
  const { by, request, event } = outcome;
  const fail = (thrown: unknown) => {
    const error = toPaiError(thrown, 'the request could not be forwarded');
    const said = new PaiError(error.code, `${by.name}: ${error.message}`);
    Object.assign(event, { error: said.code, reason: said.message });
    if (event.status !== 0) return exchange.abort();
    respond(exchange, refusalResponse(said, event.request_id), event);
  };
  const isPrivateAllowed = by.provider.hosts.some(
    (pattern) => pattern.isPrivateAllowed === true && matchHost(pattern, request) === 2,
  );
  try {
    const sink = createSink(exchange, event, fail);
    let call: Call | undefined;
    const resume = () => call?.resume();
    const filtered = outcome.filter && createFilteredSink(sink, outcome.filter, resume);
    call = upstream.send(request, isPrivateAllowed, filtered ?? sink);
    exchange.onDrain(filtered?.resume ?? resume);
    exchange.onClose(call.abort);
    if (request.body.length !== 0) pump(request.body, call, event);
  } catch (thrown) {
    fail(thrown);
  }
}

function createSink(exchange: Exchange, event: AuditEvent, fail: (error: unknown) => void): ResponseSink {
  const sent = performance.now();
  return {
    onHead(head) {
      event.upstream_duration_ms = Math.round((performance.now() - sent) * 1_000) / 1_000;
      event.status = head.status;
      const headers = endToEnd(head.headers);
      // An alternative service would be reached past the sidecar.
      deleteHeader(headers, 'alt-svc');
      exchange.start(head.status, headers);
    },
    onData(chunk) {
      event.bytes_out += chunk.length;
      return exchange.write(chunk);
    },
    onEnd: (trailers) => exchange.end(endToEnd(trailers)),
    onError: fail,
  };
}

function pump(body: Body, call: Call, event: AuditEvent): void {
  const stream = body.stream();
  stream.on('data', (chunk: Buffer) => {
    event.bytes_in += chunk.length;
    if (!call.write(chunk)) stream.pause();
  });
  stream.on('end', () => call.end([...body.trailers()]));
  stream.on('error', call.abort);
  call.onDrain(() => stream.resume());
}
