/** What the load generator can be told, one thing at a time; it answers each with a `LoadReply`. */
export type LoadOrder =
  | { readonly kind: 'open'; readonly port: number; readonly connections: number; readonly token: string }
  | { readonly kind: 'run'; readonly requests: number }
  | { readonly kind: 'close' };

/** What `run` measured; latencies in microseconds. */
export interface LoadResult {
  readonly seconds: number;
  readonly p50: number;
  readonly p99: number;
}

/** `error` says which answer was not the wanted one. */
export type LoadReply = { readonly result?: LoadResult } | { readonly error: string };
