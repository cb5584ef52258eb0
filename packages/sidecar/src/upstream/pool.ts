import type { Socket } from 'node:net';
import { formatAuthority, isGrpc, PaiError, type UpstreamRequest } from '@pai/core';
import { createOnce } from '../once.ts';
import type { Call, ResponseSink } from './call.ts';
import { type Connect, type Destination, isProtocolRefusal, type Protocol } from './connect.ts';
import { deferCall, retryCall, type Seat } from './deferred-call.ts';
import { createH1Pool } from './h1-pool.ts';
import { resetCodes } from './h2-reset.ts';

/** Sends requests to services over verified, pooled TLS. */
export interface Upstream {
  /**
   * `isPrivateAllowed`: the Provider's host was declared by name, so that it may be on a private network. Throws
   * `malformed_request` when the request cannot be written.
   */
  send(request: UpstreamRequest, isPrivateAllowed: boolean, sink: ResponseSink): Call;
  /** Closes idle connections, and busy ones as they become idle. */
  close(): void;
}

/** Where a host's addresses come from; every one of them has passed the fence. */
export type ResolveHost = (
  host: string,
  port: number,
  isPrivateAllowed: boolean,
) => Promise<readonly Destination[]>;

/** Most origins remembered for speaking HTTP/2 alone. */
const maxRemembered = 1_000;

/**
 * The pooled client. gRPC, and what else needs it, goes over HTTP/2; all else over HTTP/1.1, which costs a fraction of it, unless the service
 * has been found not to take that. `defaultPort` is that of the scheme: `https`, unless `connect` speaks in clear.
 */
export function createUpstream(resolveHost: ResolveHost, connect: Connect, defaultPort = 443): Upstream {
  const h1 = createH1Pool(defaultPort);
  const h2Only = new Set<string>();
  let isClosed = false;

  const h2 = createOnce(async () => {
    const pool = (await import('./h2-pool.ts')).createH2Pool();
    if (isClosed) pool.close();
    return pool;
  });

  /** Room that has to be made first. */
  const seatsFor = (request: UpstreamRequest, isPrivateAllowed: boolean, origin: string) => {
    const open = async (protocol: Protocol): Promise<Socket> => {
      const destinations = await resolveHost(request.host, request.port, isPrivateAllowed);
      return connect(request, destinations, protocol);
    };
    const h2Seat = async () => (await h2.get()).take(origin, request, () => open('h2'));
    const h1Seat = async () => h1.add(origin, request, await open('http/1.1'));
    const h1First = (): Promise<Seat> =>
      h1Seat().catch((thrown: unknown) => {
        if (request.upgrade !== undefined || !isProtocolRefusal(thrown)) throw thrown;
        remember(h2Only, origin);
        return h2Seat();
      });
    const h2First = (): Promise<Seat> =>
      h2Seat().catch((thrown: unknown) => {
        if (!isProtocolRefusal(thrown)) throw thrown;
        h2Only.delete(origin);
        return h1Seat();
      });
    return { h2Seat, h1First, h2First };
  };

  return {
    send(request, isPrivateAllowed, sink) {
      const origin = originOf(request, isPrivateAllowed);
      const seats = () => seatsFor(request, isPrivateAllowed, origin);
      const either = () => (h2Only.has(origin) ? seats().h2First() : seats().h1First());
      const isBare = request.body.length === 0;
      if (request.upgrade === undefined) {
        const needing = isGrpc(request.headers) ? 'gRPC' : request.needsH2 === true && 'this request';
        if (needing !== false) return deferCall(seats().h2Seat().catch(explainH2(needing)), sink);
        if (h2Only.has(origin)) {
          const first = (target: ResponseSink) => deferCall(seats().h2First(), target);
          return isBare ? retryCall(first, either, mayRepeat(request), sink) : first(sink);
        }
      }
      const pooled = h1.take(origin, request);
      if (pooled === undefined) return deferCall(seats().h1First(), sink);
      if (!isBare || !isSafe(request.method)) return pooled.start(sink);
      return pooled.start(sink, () => deferCall(either(), sink));
    },
    close() {
      isClosed = true;
      h1.close();
      void h2.begun().then((pool) => pool?.close());
    },
  };
}

function originOf(request: UpstreamRequest, isPrivateAllowed: boolean): string {
  const authority = formatAuthority(request);
  return isPrivateAllowed ? `${authority} private` : authority;
}

/**
 * A connection may have been closed by the service while it was idle. A safe request that met one is sent again on
 * another, once, and only while no byte of a response has come (RFC 9110 section 9.2.2); so is any that the service
 * says it has not looked at (RFC 9113 section 8.7).
 */
function mayRepeat({ method }: UpstreamRequest) {
  return (error: PaiError, isUntouched?: boolean, resetCode?: number) =>
    isUntouched === true &&
    error.code === 'upstream_unreachable' &&
    (resetCode === resetCodes.REFUSED_STREAM || (resetCode === undefined && isSafe(method)));
}

function isSafe(method: string): boolean {
  return method === 'GET' || method === 'HEAD' || method === 'OPTIONS';
}

function remember(origins: Set<string>, origin: string): void {
  if (origins.size >= maxRemembered) origins.clear();
  origins.add(origin);
}

function explainH2(needing: string): (thrown: unknown) => never {
  return (thrown) => {
    if (!isProtocolRefusal(thrown)) throw thrown;
    const { message, cause } = thrown as PaiError;
    const advice = `which ${needing} needs; point the Provider at a service that does`;
    throw new PaiError('upstream_protocol', `${message}, ${advice}`, { cause });
  };
}
