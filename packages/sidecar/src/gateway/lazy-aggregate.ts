import type { Exchange } from '../agent/exchange.ts';
import type { ComposedProvider } from '../compose.ts';
import type { AggregateOptions } from './aggregate.ts';
import type { AccessKey } from './key-ring.ts';
import { loadMcpSdk } from './mcp-sdk.ts';

/** What all the MCP servers of a key have together, as one. */
export interface Aggregate {
  serve(exchange: Exchange, key: AccessKey, providers: readonly ComposedProvider[]): void;
  close(): void;
}

/** An aggregate whose libraries are loaded with the first request. */
export function createLazyAggregate(options: Omit<AggregateOptions, 'sdk'>): Aggregate {
  let loading: Promise<Aggregate> | undefined;
  const load = async () => {
    const [sdk, { createAggregate }] = await Promise.all([loadMcpSdk(), import('./aggregate.ts')]);
    return createAggregate({ ...options, sdk });
  };
  return {
    serve(exchange, key, providers) {
      loading ??= load();
      loading
        .then((aggregate) => aggregate.serve(exchange, key, providers))
        .catch((thrown: Error) => {
          options.log(`/mcp cannot be served: ${thrown.message}`);
          exchange.abort();
        });
    },
    close: () => void loading?.then((aggregate) => aggregate.close()).catch(() => {}),
  };
}
