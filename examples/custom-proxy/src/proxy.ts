import { randomUUID } from 'node:crypto';
import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import https from 'node:https';
import { pipeline, Readable } from 'node:stream';
import * as core from '@pai/core';
import { attachProvider } from '@pai/policy';
import { github } from '@pai/provider-github';

/** The real token, which the agent never sees; what may be done where; who takes audit events; how GitHub is reached, where it is not by its name. */
export interface ProxyOptions {
  readonly token: string;
  readonly allow: string[];
  readonly repositories: string[];
  readonly record: (event: core.AuditEvent) => void;
  readonly upstream?: https.RequestOptions;
}

/** A server that an agent uses as the base URL of GitHub's API. Listen on loopback only: whoever reaches it may use it. */
export function createProxy({ token, allow, repositories, record, upstream }: ProxyOptions): http.Server {
  const auth = { type: 'pat', secretRef: 'mine' } as const;
  const spec = { type: 'github', auth, policy: { allow }, scope: { repositories } } as const;
  const { judge } = core.createPipeline([
    attachProvider(github, spec, { name: 'github', secrets: { token } }),
  ]);
  return http.createServer(async (req, res) => {
    // An agent may leave while its request is judged.
    const closed = new Promise<number>((resolve) => {
      res.once('close', () => resolve(res.headersSent ? res.statusCode : 0));
    });
    const outcome = await judge(readRequest(req));
    void closed.then((status) => record({ ...outcome.event, status }));
    if (outcome.kind === 'forward') return forward(outcome, res, closed, upstream);
    const { status, headers, body } = outcome.response;
    res.writeHead(status, headers).end(body);
  });
}

/** Node's parser has refused what is no HTTP; the pipeline refuses paths that could be read in two ways. */
function readRequest(req: IncomingMessage): core.AgentRequest {
  const { method = '', url: target = '', rawHeaders: headers } = req;
  const [path = '', ...query] = target.split('?');
  const isChunked = req.headers['transfer-encoding'] !== undefined;
  const length = isChunked ? undefined : Number(req.headers['content-length'] ?? 0);
  const body = length === 0 ? core.emptyBody : core.createBody({ length, open: () => req });
  const at = { host: 'api.github.com', port: 443, target, path, query: query.join('?') };
  return { id: randomUUID(), method, ...at, headers, protocol: 'h1', body };
}

/** Node verifies the service's certificate. What is compressed could not be searched for the token. */
function forward(
  { by, request, filter }: core.ForwardOutcome,
  res: ServerResponse,
  closed: Promise<unknown>,
  options = {},
): void {
  const { method, host, port, target: path, body } = request;
  const length =
    body.length === undefined ? ['Transfer-Encoding', 'chunked'] : ['Content-Length', `${body.length}`];
  const kept = core.withoutHeaders(request.headers, new Set(['host', 'content-length', 'accept-encoding']));
  const headers = ['Host', host, ...length, 'Accept-Encoding', 'identity', ...kept];
  const upstream = https.request({ host, port, servername: host, method, path, headers, ...options });
  upstream.on('response', (response) => {
    const head = { status: response.statusCode ?? 502, headers: core.endToEnd(response.rawHeaders) };
    const filtered = filter?.(head)?.(response);
    if (filtered !== undefined) core.deleteHeader(head.headers, 'content-length');
    by.redactor?.headers(head.headers);
    res.writeHead(head.status, head.headers);
    pipeline(Readable.from(masked(filtered ?? response, by), { objectMode: false }), res, () => {});
  });
  upstream.on('error', () => (res.headersSent ? res.destroy() : res.writeHead(502).end()));
  void closed.then(() => upstream.destroy());
  pipeline(body.stream(), upstream, () => {});
}

async function* masked(content: AsyncIterable<Buffer>, { redactor }: core.AttachedProvider) {
  const mask = redactor?.content();
  for await (const chunk of content) yield mask?.push(chunk) ?? chunk;
  if (mask !== undefined) yield mask.end();
}
