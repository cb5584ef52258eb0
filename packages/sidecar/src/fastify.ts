import { METHODS } from 'node:http';
import { formatAuthority, PaiError, parseAuthority, type RawHeaders, toPaiError } from '@pai/core';
import type { FastifyInstance, FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify';
import type { Aimed } from './agent/h1-exchange.ts';
import { readBaseUrl } from './doors/base-url-target.ts';
import { isLocalName, whyWebPage } from './doors/web-pages.ts';
import { type Gate, type GateOptions, openGate } from './embed/gate.ts';
import { createNodeExchange, headOfMessage } from './embed/node-exchange.ts';
import { isLoopback } from './loopback.ts';

export type { GateOptions } from './embed/gate.ts';

/** What the plugin is registered with, beside Fastify's own `prefix`. */
export interface PaiPluginOptions extends GateOptions {
  /**
   * Who may use it. `loopback`, the default: programs of this machine, as at the sidecar's base URL door. `hooks`: whoever
   * the application's own hooks let through, so that there must be some.
   */
  readonly access?: 'loopback' | 'hooks';
}

/**
 * A Fastify plugin: below its prefix, `/provider/NAME/…` and `/host/HOST/…` go to the services of the attached Providers,
 * judged, with the real credential, over verified TLS, streamed both ways. It parses nothing and follows no redirect.
 * Registration fails with the sentence of what is wrong with the configuration, and on a server of HTTP/2.
 */
export const pai: FastifyPluginAsync<PaiPluginOptions> = async (app, options) => {
  if ('http2' in app.initialConfig && app.initialConfig.http2 === true)
    throw new PaiError('usage', 'this plugin serves HTTP/1.1; register it on a Fastify without http2');
  const gate = await openGate(options);
  app.addHook('onClose', () => gate.close());
  const known = app.supportedMethods;
  for (const method of METHODS) {
    if (method !== 'CONNECT' && !known.includes(method)) app.addHttpMethod(method, { hasBody: true });
  }
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', (_request, _content, done) => done(null));
  app.route({
    method: app.supportedMethods,
    url: '/*',
    exposeHeadRoute: false,
    // Each request has its line in the audit log.
    logLevel: 'warn',
    handler: (request, reply) => serve(app, gate, options, request, reply),
  });
};

function serve(
  app: FastifyInstance,
  gate: Gate,
  options: PaiPluginOptions,
  request: FastifyRequest,
  reply: FastifyReply,
): void {
  reply.hijack();
  const { provider, ...aimed } = aim(app.prefix, gate, options, request);
  const exchange = createNodeExchange(request.raw, reply.raw, aimed, options.agent);
  gate.handle(
    provider === undefined ? exchange : { ...exchange, read: () => ({ ...exchange.read(), provider }) },
  );
}

function aim(
  prefix: string,
  { attached }: Gate,
  { access = 'loopback' }: PaiPluginOptions,
  { raw }: FastifyRequest,
): Aimed & { readonly provider?: string } {
  const head = headOfMessage(raw);
  try {
    const { authority, provider, target } = readBaseUrl(below(prefix, head.target), attached());
    const refusal =
      access === 'loopback' ? whyNotLocal(raw.socket.remoteAddress, head.hosts, raw.rawHeaders) : undefined;
    const host = formatAuthority(authority);
    const isSingle = head.hosts.length === 1;
    return {
      connection: authority,
      head: {
        ...head,
        target,
        ...(isSingle && { hosts: [host], headers: withHost(raw.rawHeaders, host) }),
      },
      ...(refusal !== undefined && { refusal }),
      ...(provider !== undefined && { provider }),
    };
  } catch (thrown) {
    const refusal = toPaiError(thrown, 'the request could not be read');
    return { connection: { host: undefined, port: 443 }, head, refusal };
  }
}

/** What follows the prefix, byte for byte: the router compares what it has decoded. */
function below(prefix: string, target: string): string {
  const root = prefix.replace(/\/$/, '');
  if (target.startsWith(`${root}/`)) return target.slice(root.length);
  throw new PaiError('malformed_request', `the path does not begin with ${root}/, letter for letter`);
}

function withHost(headers: RawHeaders, host: string): RawHeaders {
  return headers.map((text, i) => (i % 2 === 1 && headers[i - 1]?.toLowerCase() === 'host' ? host : text));
}

/** Its own machine's programs only, and no web page, also where a name was made to lead here (DNS rebinding). */
function whyNotLocal(
  address: string | undefined,
  [named, ...others]: readonly string[],
  headers: RawHeaders,
): PaiError | undefined {
  if (address === undefined || !isLoopback(address))
    return new PaiError(
      'origin_refused',
      "only programs of this machine are served; to let the application's hooks decide, register with access: 'hooks'",
    );
  // What has no Host, or two, is refused by what reads it.
  if (named === undefined || others.length > 0) return undefined;
  if (isLocalName(parseAuthority(named, 80).host)) return whyWebPage(headers);
  return new PaiError(
    'misdirected_request',
    'the request names another host than this machine; use the address itself',
  );
}
