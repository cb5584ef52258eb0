import { randomUUID } from 'node:crypto';
import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import https from 'node:https';
import * as core from '@pai/core';
import { compilePolicy } from '@pai/policy';
import { github } from '@pai/provider-github';

/** What the proxy is made from. */
export interface ProxyOptions {
  /** The real token. The agent never sees it. */
  readonly token: string;
  readonly allow: string[];
  readonly repositories: string[];
  /** Takes one audit event a request. */
  readonly record: (event: core.AuditEvent) => void;
  /** How api.github.com is reached, where it is not by its name. */
  readonly upstream?: https.RequestOptions;
}

/** A server that an agent uses as the base URL of GitHub's API. Listen on loopback only: whoever reaches it may use it. */
export function createProxy(options: ProxyOptions): http.Server {
  const pipeline = core.createPipeline([attach(options)]);
  return http.createServer(async (req, res) => {
    if (req.url?.startsWith('/') !== true) return void res.writeHead(400).end();
    const outcome = await pipeline.judge(readRequest(req, req.url));
    res.once('close', () => options.record({ ...outcome.event, status: res.statusCode }));
    if (outcome.kind === 'forward') return forward(outcome.request, res, options.upstream);
    res.writeHead(outcome.response.status, outcome.response.headers).end(outcome.response.body);
  });
}

function attach({ token, allow, repositories }: ProxyOptions): core.AttachedProvider {
  const name = 'github';
  const provider = github.create(
    { type: 'github', auth: { type: 'pat', secretRef: 'mine' }, scope: { repositories } },
    {
      name,
      secrets: {
        read: (key) => new core.Secret(`mine/${key}`, token),
        derive: (key, value) => new core.Secret(key, value),
      },
      fetch,
      signal: new AbortController().signal,
      now: Date.now,
      log: () => {},
    },
  );
  const { scope } = provider;
  const { decide } = compilePolicy({
    name,
    type: 'github',
    policy: { allow },
    plugin: github,
    scope,
    hasScope: true,
  });
  return { name, type: 'github', provider, decide, enforcement: 'enforce', isLogged: true };
}

/** Node's parser has refused what is no HTTP; the pipeline refuses paths that could be read in two ways. */
function readRequest(req: IncomingMessage, target: string): core.AgentRequest {
  const [path = '', ...rest] = target.split('?');
  const isChunked = req.headers['transfer-encoding'] !== undefined;
  const length = isChunked ? undefined : Number(req.headers['content-length'] ?? 0);
  return {
    id: randomUUID(),
    method: req.method ?? '',
    host: 'api.github.com',
    port: 443,
    target,
    path,
    query: rest.join('?'),
    headers: req.rawHeaders,
    protocol: 'h1',
    body: length === 0 ? core.emptyBody : core.createBody({ length, open: () => req }),
  };
}

function forward(
  request: core.UpstreamRequest,
  res: ServerResponse,
  options: https.RequestOptions = {},
): void {
  const { method, host, port, target, body } = request;
  const framing =
    body.length === undefined ? ['Transfer-Encoding', 'chunked'] : ['Content-Length', String(body.length)];
  const headers = core.withoutHeaders(request.headers, new Set(['host', 'content-length']));
  const upstream = https.request({
    host,
    port,
    servername: host,
    method,
    path: target,
    headers: ['Host', host, ...framing, ...headers],
    ...options,
  });
  upstream.on('response', (response) => {
    res.writeHead(response.statusCode ?? 502, core.endToEnd(response.rawHeaders));
    response.on('error', () => res.destroy()).pipe(res);
  });
  upstream.on('error', () => (res.headersSent ? res.destroy() : res.writeHead(502).end()));
  res.once('close', () => upstream.destroy());
  body.stream().pipe(upstream);
}
