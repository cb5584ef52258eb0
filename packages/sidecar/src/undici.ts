import { randomUUID } from 'node:crypto';
import { stringify } from 'node:querystring';
import { Readable } from 'node:stream';
import {
  type Authority,
  emptyBody,
  formatAuthority,
  getHeaders,
  PaiError,
  parseAuthority,
  toPaiError,
} from '@pai/core';
import type { Dispatcher } from 'undici';
import type { RequestHead } from './agent/read-request.ts';
import { type Gate, type GateOptions, openGate } from './embed/gate.ts';
import { contentOfDispatch, fieldsOfDispatch } from './embed/undici-content.ts';
import { type AimedDispatch, createUndiciExchange } from './embed/undici-exchange.ts';

export type { GateOptions } from './embed/gate.ts';

/** What an interceptor is made from. */
export interface InterceptorOptions extends GateOptions {
  /** What becomes of hosts that no Provider claims. `deny`, the default; `pass`: they go on without a credential. */
  readonly egress?: 'deny' | 'pass';
}

/** Policy in front of a program's own requests. */
export interface PolicyInterceptor {
  /** For `new Agent().compose(intercept)` of undici 7 and later. */
  readonly intercept: Dispatcher.DispatcherComposeInterceptor;
  /** Lets what is under way finish for `patience` milliseconds (default 10,000), then cuts it off. */
  close(patience?: number): Promise<void>;
}

/**
 * An interceptor for undici's dispatchers, and so for `fetch`: requests to the attached Providers' hosts are judged, get
 * the real credential and go over verified TLS on connections of Pai's own, never by the dispatcher that it is composed
 * with; answers come back filtered and redacted, denials in the service's shape. Rejects with the sentence of what is
 * wrong with the configuration.
 */
export async function createPolicyInterceptor(options: InterceptorOptions): Promise<PolicyInterceptor> {
  const gate = await openGate(options);
  const { egress = 'deny', agent } = options;
  const intercept: Dispatcher.DispatcherComposeInterceptor = (dispatch) => (request, handler) => {
    if (typeof handler.onRequestStart !== 'function') throw ofAnotherUndici();
    const aimed = aim(gate, request);
    if (egress === 'pass' && aimed === undefined) {
      note(gate, request, agent);
      return dispatch(request, handler);
    }
    const { head, connection, refusal } = aimed ?? unclaimed(request);
    const aimedAt = { head, connection, ...(refusal !== undefined && { refusal }) };
    const exchange = createUndiciExchange(aimedAt, handler, agent);
    exchange.onClose(() => {
      head.body.discard?.();
      letGo(request.body);
    });
    gate.handle(exchange);
    return true;
  };
  return { intercept, close: gate.close };
}

/** Up to undici 7 a dispatcher makes the old kind of handler a new one, and undici 8 refuses it. */
function ofAnotherUndici(): PaiError {
  return new PaiError(
    'usage',
    'what sends the request hears no answer from this dispatcher, which is of another undici; use the fetch of the same undici, or its setGlobalDispatcher',
  );
}

/** What nobody reads any more must not stay open, nor end the program when it fails. */
function letGo(content: unknown): void {
  if (content instanceof Readable) content.on('error', () => {}).destroy();
}

/** What a request is for; undefined when no Provider claims it. */
function aim(gate: Gate, request: Dispatcher.DispatchOptions): AimedDispatch | undefined {
  try {
    const { authority, isSecure } = originOf(request);
    const isInClear = !isSecure && !gate.isAnswered(authority);
    const isClaimed = gate.isClaimed(authority) || gate.isClaimed({ host: authority.host, port: 443 });
    if (!isClaimed) return undefined;
    const head = headOf(request, authority);
    return { connection: authority, head, ...(isInClear && { refusal: plainHttp(authority) }) };
  } catch (thrown) {
    return refused(request, toPaiError(thrown, 'the request could not be read'));
  }
}

interface Origin {
  readonly authority: Authority;
  readonly isSecure: boolean;
}

function originOf({ origin }: Dispatcher.DispatchOptions): Origin {
  const [, scheme = '', named = ''] = /^(https?):\/\/([^/?#]+)\/?$/i.exec(String(origin ?? '')) ?? [];
  if (scheme === '')
    throw new PaiError(
      'malformed_request',
      'the request has no http or https origin; compose the interceptor with an Agent, and name whole URLs',
    );
  const isSecure = scheme.toLowerCase() === 'https';
  return { authority: parseAuthority(named, isSecure ? 443 : 80), isSecure };
}

function headOf(request: Dispatcher.DispatchOptions, authority: Authority): RequestHead {
  const given = fieldsOfDispatch(request.headers);
  const { body, headers } = contentOfDispatch(request.body, given);
  const hosts = getHeaders(headers, 'host');
  const upgrades = [...getHeaders(headers, 'upgrade'), ...upgradeOf(request)];
  return {
    ...lineOf(request),
    hosts: hosts.length === 0 ? [formatAuthority(authority)] : hosts,
    headers,
    protocol: 'h1',
    upgrade: upgrades.length === 0 ? undefined : upgrades.join(', '),
    body,
  };
}

function lineOf({ method, path, query }: Dispatcher.DispatchOptions) {
  const joined = query === undefined || query === null ? '' : stringify(query);
  if (joined !== '' && /[?#]/.test(path))
    throw new PaiError('malformed_request', 'the request has a query in its path and another beside it');
  return { id: randomUUID(), method, target: joined === '' ? path : `${path}?${joined}` };
}

function upgradeOf({ upgrade, method }: Dispatcher.DispatchOptions): string[] {
  if (typeof upgrade === 'string' && upgrade !== '') return [upgrade];
  return upgrade === true && method !== 'CONNECT' ? ['any'] : [];
}

function unclaimed(request: Dispatcher.DispatchOptions): AimedDispatch {
  const host = formatAuthority(originOf(request).authority);
  const message = `no attached Provider claims ${host} and egress is deny; attach a Provider for it, or make the interceptor with egress: 'pass'`;
  return refused(request, new PaiError('egress_denied', message));
}

function refused(request: Dispatcher.DispatchOptions, refusal: PaiError): AimedDispatch {
  const { method, path } = request;
  const plain = { id: randomUUID(), method: String(method), target: String(path) };
  const head: RequestHead = { ...plain, hosts: [], headers: [], protocol: 'h1', body: emptyBody };
  return { connection: placeOf(request), head, refusal };
}

function placeOf(request: Dispatcher.DispatchOptions): AimedDispatch['connection'] {
  try {
    return originOf(request).authority;
  } catch {
    return { host: undefined, port: 443 };
  }
}

function plainHttp({ host }: Authority): PaiError {
  return new PaiError(
    'plain_http_refused',
    `${host} has a credential, and a credential travels only over TLS; request https://${host} instead`,
  );
}

function note(gate: Gate, request: Dispatcher.DispatchOptions, agent: string | undefined): void {
  const { authority } = originOf(request);
  const [path = ''] = request.path.split('?', 1);
  const facts = { id: randomUUID(), method: request.method, ...authority, path };
  gate.note({ ...facts, ...(agent !== undefined && { agent }) }, { decision: 'tunnel', rule: 'egress' });
}
