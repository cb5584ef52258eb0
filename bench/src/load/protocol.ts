/** How a client reaches a service. */
export interface Target {
  readonly port: number;
  /** The name in SNI, which the certificate must be for, and in `Host`. */
  readonly host: string;
  /** Sent as the credential. */
  readonly token: string;
  /** A small GET. */
  readonly path: string;
  /** The CA that is trusted. */
  readonly caFile: string;
  /** What to CONNECT to before TLS, for proxies that take nothing else. */
  readonly connectTo?: string;
}

/** Which way content goes: down is to the client. */
export type Direction = 'down' | 'up';

/** Latencies in microseconds. */
export interface Latencies {
  readonly seconds: number;
  readonly p50: number;
  readonly p99: number;
}

/** What was heard of events. */
export interface Heard extends Latencies {
  readonly events: number;
  /** Streams that heard at least one, and are open. */
  readonly alive: number;
}

/** What the load generator can be told, one thing at a time. Each fails when an answer is not a 200. */
export interface LoadWork {
  /** Opens connections, or HTTP/2 sessions of so many streams, in place of what is open. */
  open: (order: {
    readonly target: Target;
    readonly connections: number;
    readonly http2Streams?: number;
  }) => undefined;
  /** Asks on everything that is open, again as soon as it is answered, until `requests` were sent. */
  run: (order: { readonly requests: number }) => Latencies;
  /** New connections, `lanes` at once, each with a full handshake, and one request if `asks`. `hosts` take turns. */
  handshakes: (order: {
    readonly target: Target;
    readonly hosts: readonly string[];
    readonly count: number;
    readonly lanes: number;
    readonly asks: boolean;
  }) => Latencies;
  /** Sends or fetches `bytes`, `times` times, on one connection. */
  transfer: (order: {
    readonly target: Target;
    readonly direction: Direction;
    readonly bytes: number;
    readonly times: number;
  }) => { readonly seconds: number };
  /** Opens streams of endless content that nobody reads at one end, in place of what is open. */
  stall: (order: {
    readonly target: Target;
    readonly direction: Direction;
    readonly streams: number;
  }) => undefined;
  /** Opens event streams in place of what is open. */
  listen: (order: { readonly target: Target; readonly streams: number }) => { readonly opened: number };
  /** Listens for so long. */
  hear: (order: { readonly milliseconds: number }) => Heard;
  /** Closes everything. */
  close: (order: object) => undefined;
}

/** One order. */
export interface LoadOrder<Kind extends keyof LoadWork = keyof LoadWork> {
  readonly kind: Kind;
  readonly what: Parameters<LoadWork[Kind]>[0];
}

/** The answer to an order; `error` says what was not as wanted. */
export type LoadReply =
  | { readonly result: ReturnType<LoadWork[keyof LoadWork]> }
  | { readonly error: string };
