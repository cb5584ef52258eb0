import { keyHolder, PaiError } from '@pai/core';
import type { Exchange } from '../agent/exchange.ts';
import type { ComposedProvider } from '../compose.ts';
import { createOnce } from '../once.ts';
import type { AggregateOptions } from './aggregate.ts';
import type { AccessKey } from './key-ring.ts';
import { loadMcpSdk } from './mcp-sdk.ts';
import { refuseExchange } from './visits.ts';

/** What all the MCP servers of a key have together, as one. */
export interface Aggregate {
  serve(exchange: Exchange, key: AccessKey, providers: readonly ComposedProvider[]): void;
  close(): void;
}

/** An aggregate whose libraries are loaded with the first request. */
export function createLazyAggregate(
  options: Omit<AggregateOptions, 'sdk'>,
  loadSdk: typeof loadMcpSdk = loadMcpSdk,
): Aggregate {
  const aggregate = createOnce(async () => {
    const [sdk, { createAggregate }] = await Promise.all([loadSdk(), import('./aggregate.ts')]);
    return createAggregate({ ...options, sdk });
  });
  return {
    serve(exchange, key, providers) {
      const fail = (cause: Error) => {
        options.log(`/mcp cannot be served: ${cause.message}`);
        const error = new PaiError('internal', '/mcp cannot be served; the log says why', { cause });
        options.runtime.engine.handle(refuseExchange(exchange, error, [], keyHolder(key.name)));
      };
      aggregate
        .get()
        .then((all) => all.serve(exchange, key, providers), fail)
        .catch(() => exchange.abort());
    },
    close: () =>
      void aggregate
        .begun()
        .then((all) => all?.close())
        .catch(() => {}),
  };
}
