import { randomUUID } from 'node:crypto';
import type { Socket } from 'node:net';
import {
  type Authority,
  fieldKey,
  formatAuthority,
  keyHolder,
  PaiError,
  type RawHeaders,
  type ReadonlyRawHeaders,
  toPaiError,
} from '@pai/core';
import type { Exchange } from '../agent/exchange.ts';
import { createH1Server } from '../agent/h1.ts';
import type { Aimed } from '../agent/h1-exchange.ts';
import { factsOf, type RequestHead } from '../agent/read-request.ts';
import type { ComposedProvider } from '../compose.ts';
import type { ListenAddress } from '../doors/listen.ts';
import type { Door } from '../doors/tls.ts';
import type { Runtime } from '../runtime.ts';
import { concealAccessKeys } from './access-key.ts';
import { type Callers, readCaller } from './callers.ts';
import type { DailyCounts } from './daily-counts.ts';
import type { Failures } from './failures.ts';
import type { Identity } from './identity.ts';
import type { AccessKey, KeyRing } from './key-ring.ts';
import { readLimits, takeUse } from './limits.ts';
import { type Place, readPlace } from './place.ts';
import { takeKey } from './presented-key.ts';
import { createStrangers, type Strangers } from './strangers.ts';
import { openTlsServer } from './tls-server.ts';
import { gateExchange, refuseExchange, type Visits } from './visits.ts';

/** What the gateway's door needs. */
export interface GatewayDoorOptions {
  readonly at: ListenAddress;
  readonly runtime: Runtime;
  readonly identity: Identity;
  readonly callers: Callers;
  readonly ring: KeyRing;
  readonly counts: DailyCounts;
  readonly failures: Failures;
  readonly visits: Visits;
  /** Serves `/mcp`: what all the Providers of a key have together. */
  readonly serveAll: (exchange: Exchange, key: AccessKey, providers: readonly ComposedProvider[]) => void;
  readonly now: () => number;
  readonly maxConnections?: number | undefined;
}

/** Opens the door for tools outside: every request has a key, or is refused before anything about it is looked up. */
export async function openGatewayDoor(options: GatewayDoorOptions): Promise<Door> {
  const { at, runtime, identity, callers, maxConnections } = options;
  const { onMalformed, deadlines, metrics, onCrowded } = runtime;
  const own = { host: callers.names[0], port: at.port };
  const strangers = createStrangers();
  const serving = { ...options, strangers };
  const http = createH1Server({
    handle: runtime.engine.handle,
    aim: (head, socket) => aim(serving, own, head, socket),
    connectionOf: () => own,
    onMalformed: (facts, status, reason, code) =>
      onMalformed({ ...facts, path: concealAccessKeys(facts.path) }, status, concealAccessKeys(reason), code),
    agent: undefined,
    deadlines,
  });
  const door = await openTlsServer({
    at,
    identity,
    strangers,
    accept: http.accept,
    maxConnections,
    onCrowded,
    onHandshakeError(error) {
      metrics.count('pai_handshake_failures_total');
      // A client that leaves before it has said anything asked for nothing.
      if (error.code === 'ECONNRESET') return;
      const facts = factsOf({ id: randomUUID(), method: '', target: '' }, own);
      onMalformed(facts, 0, `a client did not complete its TLS handshake (${error.code ?? error.message})`);
    },
  });
  own.port = door.at.port;
  return {
    ...door,
    close() {
      door.close();
      http.close();
    },
  };
}

interface Serving extends GatewayDoorOptions {
  readonly strangers: Strangers;
}

function aim(options: Serving, own: Authority, head: RequestHead, socket: Socket): Aimed {
  const { runtime, visits } = options;
  const refusal: Refusal = { fields: [], agent: undefined };
  try {
    const { key, place, providers, headers, isSticky } = admit(options, head, socket, refusal);
    const bare = { ...head, headers };
    if (place === undefined) {
      const handle = (exchange: Exchange) =>
        options.serveAll(visits.enter(exchange, { key, provider: undefined }), key, providers);
      return { connection: own, head: { ...bare, ...withHost(headers, formatAuthority(own)) }, handle };
    }
    const { authority, target, provider } = place;
    const visit = { key, provider: provider.name };
    const origin = `https://${head.hosts[0]}`;
    return {
      connection: authority,
      head: { ...bare, target, ...withHost(headers, formatAuthority(authority)) },
      handle: (exchange) =>
        runtime.engine.handle(
          gateExchange(visits.enter(exchange, visit), { ...visit, place, origin, isSticky }),
        ),
    };
  } catch (thrown) {
    const error = toPaiError(thrown, 'the request could not be read');
    const { fields, agent } = refusal;
    return {
      connection: own,
      head: { ...head, target: concealAccessKeys(head.target) },
      handle: (exchange) => runtime.engine.handle(refuseExchange(exchange, error, fields, agent)),
    };
  }
}

/** What goes with a refusal, as far as it is known when it comes to one. */
interface Refusal {
  fields: RawHeaders;
  agent: string | undefined;
}

interface Admitted {
  readonly key: AccessKey;
  /** Undefined: all of the Providers. */
  readonly place: Place | undefined;
  readonly providers: readonly ComposedProvider[];
  readonly headers: ReadonlyRawHeaders;
  readonly isSticky: boolean;
}

function admit(
  { callers, ring, runtime, failures, counts, now, strangers }: Serving,
  head: RequestHead,
  socket: Socket,
  refusal: Refusal,
): Admitted {
  readCaller(callers, head);
  const { target } = head;
  const isAll = target === '/mcp';
  // Without a key, so that clients which look for a login find that there is none.
  if (!isAll && !target.startsWith('/ext/')) throw nothingHere();
  const onFailure = () => {
    refusal.fields = ['www-authenticate', 'Bearer realm="pai gateway"'];
    if (failures.note(socket.remoteAddress)) return;
    refusal.fields = ['retry-after', '60'];
    throw new PaiError(
      'limit_reached',
      'this address has sent too many requests without a key; wait a minute',
    );
  };
  const { headers, isSticky, key } = identify(ring, head, onFailure);
  refusal.agent = keyHolder(key.name);
  strangers.remove(socket);
  const open = runtime.live.attached().filter(({ name }) => key.providers.has(name));
  const place = isAll ? undefined : readPlace(target, (name) => open.find((one) => one.name === name));
  if (!isAll && place === undefined) throw nothingHere();
  takeUse(counts, readLimits(key, place?.provider), now(), refusal);
  const providers = open.filter(({ provider }) => provider.mcp !== undefined);
  return { key, place, providers, headers: withoutOrigin(headers), isSticky };
}

function identify(
  ring: KeyRing,
  { target, headers }: RequestHead,
  onFailure: () => void,
): { key: AccessKey; headers: ReadonlyRawHeaders; isSticky: boolean } {
  try {
    const { text, ...presented } = takeKey(target, headers);
    const key = text === undefined ? undefined : ring.find(text);
    if (key !== undefined) return { ...presented, key };
  } catch (thrown) {
    onFailure();
    throw thrown;
  }
  onFailure();
  throw new PaiError(
    'access_key_refused',
    'there is no access key in the request, or it is unknown, expired or revoked; send one that pai access-key create gave, as Authorization: Bearer',
  );
}

function nothingHere(): PaiError {
  return new PaiError(
    'nothing_here',
    'there is nothing here for this key; use /mcp, /ext/mcp/NAME or /ext/provider/NAME/ with a Provider that it opens',
  );
}

/** Services look at it too, and it says where the client is. */
function withoutOrigin(headers: ReadonlyRawHeaders): ReadonlyRawHeaders {
  const isBrowsers = (i: number) => /^(?:origin|sec-fetch-.*)$/.test(fieldKey(headers[i - (i % 2)] ?? ''));
  return headers.filter((_, i) => !isBrowsers(i));
}

/** The head as the service's own door would have got it. */
function withHost(headers: ReadonlyRawHeaders, host: string): Pick<RequestHead, 'hosts' | 'headers'> {
  const isHost = (i: number) => i % 2 === 1 && headers[i - 1]?.toLowerCase() === 'host';
  return { hosts: [host], headers: headers.map((text, i) => (isHost(i) ? host : text)) };
}
