import {
  type AgentRequest,
  type AuditEvent,
  endToEnd,
  keyHolder,
  type RawHeaders,
  refusalResponse,
  toPaiError,
} from '@pai/core';
import type { Exchange } from '../agent/exchange.ts';
import type { ComposedProvider } from '../compose.ts';
import { createEngineFetch } from '../embed/engine-fetch.ts';
import type { Runtime } from '../runtime.ts';
import { createToolsServer } from './aggregate-tools.ts';
import type { DailyCounts } from './daily-counts.ts';
import { createInnerServers } from './inner-servers.ts';
import type { AccessKey, KeyRing } from './key-ring.ts';
import type { Aggregate } from './lazy-aggregate.ts';
import { limitOf, takeUse } from './limits.ts';
import type { McpSdk } from './mcp-sdk.ts';
import { revokedKey, type Visits } from './visits.ts';

/** What it stands on. */
export interface AggregateOptions {
  readonly sdk: McpSdk;
  readonly runtime: Pick<Runtime, 'engine' | 'live' | 'audit'>;
  readonly ring: Pick<KeyRing, 'holds'>;
  readonly visits: Visits;
  readonly counts: DailyCounts;
  readonly now: () => number;
  readonly log: (line: string) => void;
}

/** Most bytes of a message, as everywhere. */
const limit = 4 << 20;

/**
 * Serves `/mcp` in every revision, without sessions. What it asks of a Provider's server goes the way of every request: it
 * is judged, counted and recorded as the key holder's.
 */
export function createAggregate(options: AggregateOptions): Aggregate {
  const { sdk, ring, visits, counts, now, log } = options;
  const { engine, live, audit } = options.runtime;
  const servers = createInnerServers(sdk, (key, { name }) => {
    const handle = (exchange: Exchange) => engine.handle(visits.enter(exchange, { key, provider: name }));
    const send = createEngineFetch({ handle, agent: keyHolder(key.name), provider: name });
    return async (input, init) => {
      // A connection outlives what its key and Provider were when it was opened.
      if (!ring.holds(key, name)) throw revokedKey(key);
      takeUse(
        counts,
        live
          .attached()
          .filter((one) => one.name === name)
          .map(limitOf),
        now(),
      );
      return send(input, init);
    };
  });
  const answer = async (exchange: Exchange, key: AccessKey, providers: readonly ComposedProvider[]) => {
    const obstacle = audit.obstacle();
    if (obstacle !== undefined) throw obstacle;
    const request = await toWebRequest(exchange.read(), exchange);
    const handler = sdk.server.createMcpHandler(() =>
      createToolsServer({ sdk, servers, key, providers, log }),
    );
    return handler.fetch(request);
  };
  return {
    serve(exchange, key, providers) {
      const facts = { ...exchange.facts(), agent: keyHolder(key.name) };
      const said: Said = { decision: 'answer', rule: 'aggregate', status: 0, bytes_out: 0 };
      const started = performance.now();
      exchange.onClose((end) => {
        const error = end === 'complete' ? undefined : end === 'gone' ? 'agent_gone' : end.code;
        const duration = Math.round((performance.now() - started) * 1_000) / 1_000;
        engine.note(facts, {
          ...said,
          duration_ms: duration,
          ...(error !== undefined && { error }),
        });
      });
      answer(exchange, key, providers)
        .then((response) => sendResponse(exchange, response, said))
        .catch((thrown: unknown) => {
          if (said.status !== 0) return exchange.abort();
          const refusal = toPaiError(thrown, 'the request could not be answered');
          const { code, message: reason } = refusal;
          Object.assign(said, { decision: 'refuse', rule: code, error: code, reason });
          const { status, headers, body } = refusalResponse(refusal, facts.id);
          return sendResponse(
            exchange,
            new Response(String(body), { status, headers: pairs(headers) }),
            said,
          );
        })
        .catch(() => exchange.abort());
    },
    close: servers.close,
  };
}

/** What the audit line says of the answer. */
type Said = Pick<AuditEvent, 'decision' | 'rule' | 'status' | 'bytes_out' | 'error' | 'reason'>;

async function toWebRequest({ method, headers, body }: AgentRequest, exchange: Exchange): Promise<Request> {
  const bytes = await body.bytes(limit);
  const gone = new AbortController();
  exchange.onClose(() => gone.abort());
  const hasContent = method !== 'GET' && method !== 'HEAD' && bytes.length > 0;
  return new Request('https://gateway.pai.internal/mcp', {
    method,
    headers: pairs(
      endToEnd(headers, (key) => key === 'host' || key === 'content-length' || key === 'expect'),
    ),
    signal: gone.signal,
    ...(hasContent && { body: new Uint8Array(bytes) }),
  });
}

function pairs(headers: RawHeaders): [string, string][] {
  return headers.flatMap((name, i): [string, string][] =>
    i % 2 === 0 ? [[name, headers[i + 1] ?? '']] : [],
  );
}

async function sendResponse(exchange: Exchange, response: Response, said: Said): Promise<void> {
  const { status, body } = response;
  const isEmpty = body === null;
  exchange.start(status, endToEnd([...response.headers].flat()), isEmpty);
  said.status = status;
  let drained = Promise.withResolvers<void>();
  exchange.onDrain(() => drained.resolve());
  exchange.onClose(() => drained.resolve());
  for await (const chunk of body ?? []) {
    said.bytes_out += chunk.length;
    if (exchange.write(chunk)) continue;
    await drained.promise;
    drained = Promise.withResolvers();
  }
  exchange.end([]);
}
