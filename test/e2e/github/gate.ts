import type { IncomingMessage, ServerResponse } from 'node:http';
import https from 'node:https';
import type { AddressInfo } from 'node:net';
import { buffer, json } from 'node:stream/consumers';
import tls from 'node:tls';
import type { Ca } from '@pai/sidecar';
import { createAssets } from './assets.ts';
import { serveGit } from './git-backend.ts';
import { createGraphQl, type GraphQlRequest } from './graphql.ts';
import { createRoot } from './resolvers.ts';
import type { RestService } from './rest.ts';

/** The hosts of github.com that the gate answers for. */
export const gateHosts = [
  'api.github.com',
  'github.com',
  'uploads.github.com',
  'raw.githubusercontent.com',
  'codeload.github.com',
  'objects.githubusercontent.com',
] as const;

type Host = (typeof gateHosts)[number];

/** All of github.com behind one token. */
export interface Gate {
  readonly port: number;
  readonly close: () => void;
}

/** What the gate stands in front of. */
export interface GateOptions {
  readonly ca: Ca;
  /** The one token. */
  readonly token: string;
  readonly rest: RestService;
  /** Told of every request that came: `STATUS METHOD host/path`, its credential, and 200 for all that had the right one. */
  readonly log: (line: string) => void;
  /** Directory of bare repositories: `OWNER/NAME.git`. */
  readonly gitRoot: string;
}

/**
 * Starts it. Each host insists on a credential in the form GitHub has it there: the one token, or one that the REST API has
 * issued to an app. objects.githubusercontent.com refuses every credential, as it does in life.
 */
export async function startGate(options: GateOptions): Promise<Gate> {
  const { ca, rest, gitRoot, log } = options;
  const graphql = createGraphQl(createRoot(rest));
  const assets = createAssets(rest);
  const guard = createGuard(options);
  const answer = async (host: Host, req: IncomingMessage, res: ServerResponse) => {
    const target = req.url ?? '';
    if (host === 'github.com') return serveGit(gitRoot, req, res);
    if (host === 'objects.githubusercontent.com') return assets.download(target, res);
    if (host === 'uploads.github.com') return assets.upload(req, res);
    if (host !== 'api.github.com') return void res.end(`the content of ${target}`);
    if (target === '/graphql' && req.method === 'POST') {
      return send(res, 200, await graphql((await json(req)) as GraphQlRequest));
    }
    if (assets.isDownload(req)) return assets.redirect(target, res);
    return passOn(rest, req, res, guard);
  };
  const serverOptions = {
    ...leaf(ca, 'api.github.com'),
    SNICallback: (name: string, done: (error: null, context: tls.SecureContext) => void) =>
      done(null, tls.createSecureContext(leaf(ca, name))),
  };
  const server = https.createServer(serverOptions, (req, res) => {
    const host = gateHosts.find((name) => name === req.headers.host);
    if (host === undefined) return send(res, 421, { message: `no host ${req.headers.host}` });
    const refusal = host === 'objects.githubusercontent.com' ? 400 : 401;
    const status = guard.takes(host, req) ? 200 : refusal;
    log(`${status} ${req.method} ${host}${req.url} ${req.headers.authorization}`);
    if (status === 200)
      return void answer(host, req, res).catch((error: Error) => send(res, 500, { message: error.message }));
    res.setHeader('www-authenticate', 'Basic realm="GitHub"');
    return send(res, status, { message: 'Bad credentials' });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { port: (server.address() as AddressInfo).port, close: () => void server.close() };
}

/** Who may come in. */
interface Guard {
  readonly takes: (host: Host, req: IncomingMessage) => boolean;
  /** What the REST API is to see of a request's credential, which it judges itself where it has issued it. */
  readonly inner: (req: IncomingMessage) => string;
  readonly admit: (token: string) => void;
}

function createGuard({ token, rest }: GateOptions): Guard {
  const issued = new Set<string>();
  const isKnown = (given = '') => given === token || issued.has(given);
  const tokenIn = (scheme: RegExp, { headers }: IncomingMessage) =>
    scheme.exec(headers.authorization ?? '')?.[1];
  const basic = (req: IncomingMessage) => {
    const pair = Buffer.from(tokenIn(/^Basic (.+)$/, req) ?? '', 'base64').toString();
    return /^x-access-token:(.+)$/.exec(pair)?.[1];
  };
  return {
    takes: (host, req) => {
      if (host === 'objects.githubusercontent.com') return req.headers.authorization === undefined;
      if (host === 'github.com') return isKnown(basic(req));
      if (host === 'raw.githubusercontent.com' || host === 'codeload.github.com') {
        return isKnown(tokenIn(/^token (.+)$/, req));
      }
      return isMinting(req) || isKnown(tokenIn(/^(?:Bearer|token) (.+)$/, req));
    },
    inner: (req) => {
      const given = tokenIn(/^(?:Bearer|token) (.+)$/, req) ?? '';
      return given === token ? rest.authorization : `Bearer ${given}`;
    },
    admit: (minted) => void issued.add(minted),
  };
}

function isMinting({ method, url = '' }: IncomingMessage): boolean {
  return method === 'POST' && /^\/app\/installations\/\d+\/access_tokens$/.test(url);
}

function leaf(ca: Ca, name: string): tls.SecureContextOptions {
  const { cert, key } = ca.leafFor(name);
  return { cert, key };
}

function send(res: ServerResponse, status: number, body: unknown): void {
  if (res.headersSent) return void res.destroy();
  const scopes = { 'x-oauth-scopes': 'repo, read:org, gist' };
  res.writeHead(status, { 'content-type': 'application/json; charset=utf-8', ...scopes });
  res.end(JSON.stringify(body));
}

/** To the REST API, whose answers name its hosts and an issue for every pull request, as GitHub's do. */
async function passOn(
  rest: RestService,
  req: IncomingMessage,
  res: ServerResponse,
  { inner, admit }: Guard,
): Promise<void> {
  const { method = 'GET', url: target = '' } = req;
  const body = await buffer(req);
  const response = await fetch(rest.origin + target, {
    method,
    headers: { ...pick(req, 'accept', 'content-type', 'if-none-match'), authorization: inner(req) },
    ...(body.length > 0 && { body: new Uint8Array(body) }),
    redirect: 'manual',
  });
  const isIssue = method === 'GET' && /^\/repos\/[^/]+\/[^/]+\/issues\/\d+$/.test(target);
  if (response.status === 404 && isIssue) {
    const pull = await rest
      .call<{ url: string }>('GET', target.replace('/issues/', '/pulls/'))
      .catch(() => undefined);
    if (pull !== undefined) return send(res, 200, { ...pull, pull_request: { url: pull.url } });
  }
  const text = await response.text();
  if (isMinting(req) && response.status === 201) admit(JSON.parse(text).token);
  const upload = /https:\/\/api\.github\.com(\/repos\/[^"{]+\/assets\{)/g;
  for (const name of ['link', 'etag', 'location']) {
    const value = response.headers.get(name);
    if (value !== null) res.setHeader(name, value);
  }
  res.writeHead(response.status, {
    'content-type': response.headers.get('content-type') ?? 'application/json',
    'x-oauth-scopes': 'repo, read:org, gist',
  });
  res.end(
    [204, 304].includes(response.status) ? undefined : text.replace(upload, 'https://uploads.github.com$1'),
  );
}

function pick(req: IncomingMessage, ...names: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    names.flatMap((name) => (req.headers[name] === undefined ? [] : [[name, String(req.headers[name])]])),
  );
}
