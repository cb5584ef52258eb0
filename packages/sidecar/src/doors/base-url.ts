import {
  formatAuthority,
  PaiError,
  type Pipeline,
  parseAuthority,
  printable,
  type RequestFacts,
  toPaiError,
} from '@pai/core';
import { type AgentServerOptions, createH1Server } from '../agent/h1.ts';
import type { Aimed } from '../agent/h1-exchange.ts';
import type { RequestHead } from '../agent/read-request.ts';
import { rewriteAnswer } from '../agent/rewrite-answer.ts';
import type { Engine } from '../engine.ts';
import { isLoopback } from '../loopback.ts';
import { readBaseUrl } from './base-url-target.ts';
import type { Crowd } from './crowd.ts';
import { openHttpDoor } from './http-door.ts';
import { formatListen, type ListenAddress } from './listen.ts';
import { keepCookies } from './service-cookie.ts';
import type { Door } from './tls.ts';
import { isLocalName, whyWebPage } from './web-pages.ts';

/** What the base URL door needs to know. */
export interface BaseUrlDoorOptions extends Crowd {
  readonly at: ListenAddress;
  readonly engine: Engine;
  /** The Providers that can be named. */
  readonly attached: () => Pipeline['attached'];
  readonly agent: string | undefined;
  readonly onMalformed: AgentServerOptions['onMalformed'];
  readonly deadlines?: AgentServerOptions['deadlines'];
}

/**
 * The door for tools that can be given a base URL and nothing else: HTTP/1.1 in clear on loopback, for programs and not
 * for web pages. Rejects with `usage` when the address is not a loopback one.
 */
export async function openBaseUrlDoor(options: BaseUrlDoorOptions): Promise<Door> {
  const { at, engine, agent, deadlines } = options;
  if (!isLoopback(at.address)) throw notLoopback(at);
  let own = at;
  const http = createH1Server({
    handle: engine.handle,
    aim: (head) => aim(head, own, options),
    connectionOf: () => nowhere,
    onMalformed: (facts, status, reason, code) =>
      options.onMalformed({ ...facts, ...placeOf(facts.path, options) }, status, reason, code),
    agent,
    deadlines,
  });
  const door = await openHttpDoor(at, 'base URL', http, options);
  own = door.at;
  return door;
}

const nowhere = { host: undefined, port: 443 };

function aim(head: RequestHead, own: ListenAddress, { engine, attached }: BaseUrlDoorOptions): Aimed {
  try {
    const { authority, provider, target, root } = readBaseUrl(head.target, attached());
    const refusal = whyRefused(head, own);
    return {
      connection: authority,
      head: { ...head, target, ...withHost(head, formatAuthority(authority)) },
      ...(refusal !== undefined && { refusal }),
      handle: (exchange) =>
        engine.handle({
          ...rewriteAnswer(exchange, (headers) => keepCookies(headers, root)),
          read: () => ({ ...exchange.read(), ...(provider !== undefined && { provider }) }),
        }),
    };
  } catch (thrown) {
    return { connection: nowhere, refusal: toPaiError(thrown, 'the request could not be read') };
  }
}

/** What the audit line of a request that cannot be read says of its place. */
function placeOf(path: string, { attached }: BaseUrlDoorOptions): Partial<RequestFacts> {
  try {
    const { authority, target } = readBaseUrl(path, attached());
    return { ...authority, path: target };
  } catch {
    return {};
  }
}

/** The head as the service's own door would have got it. What has no Host, or two, stays so and is refused. */
function withHost({ hosts, headers }: RequestHead, host: string): Pick<RequestHead, 'hosts' | 'headers'> {
  if (hosts.length !== 1) return { hosts, headers };
  const isHost = (i: number) => i % 2 === 1 && headers[i - 1]?.toLowerCase() === 'host';
  return { hosts: [host], headers: headers.map((text, i) => (isHost(i) ? host : text)) };
}

/**
 * Web pages are kept out: one whose name was made to lead here by its `Host` (DNS rebinding), every other by the fields
 * that browsers add and pages cannot leave out (Fetch standard, Fetch Metadata).
 */
function whyRefused({ hosts, headers }: RequestHead, own: ListenAddress): PaiError | undefined {
  const [named] = hosts;
  if (named === undefined || hosts.length > 1) return undefined;
  try {
    const { host, port } = parseAuthority(named, 80);
    if (port !== own.port || !isLocalName(host))
      return new PaiError(
        'misdirected_request',
        `this door is ${formatListen(own)} but the request is for ${printable(named)}; use its own address`,
      );
  } catch (thrown) {
    return toPaiError(thrown, 'the Host field could not be read');
  }
  return whyWebPage(headers);
}

function notLoopback(at: ListenAddress): PaiError {
  return new PaiError(
    'usage',
    `the base URL door cannot listen on ${formatListen(at)}: it speaks in clear and asks for no password; write 127.0.0.1:${at.port}`,
  );
}
