import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import https from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import type { Ca } from '@pai/sidecar';

/** A request as the service got it. */
export interface GitRequest {
  readonly method: string;
  readonly host: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}

/** A service that stands for github.com and its object store: git's own CGI program behind a gate that knows one token. */
export interface GitService {
  readonly port: number;
  /** What has come so far, refused requests included. */
  readonly requests: GitRequest[];
  close(): void;
}

/** Where the service keeps things, and what it takes. */
export interface GitServiceOptions {
  readonly ca: Ca;
  readonly token: string;
  /** Directory of the bare repositories, `owner/repo.git`. */
  readonly root: string;
}

/** Hands git's requests to `git http-backend`, once they have Basic authentication with the one token. */
export async function startGitService(options: GitServiceOptions): Promise<GitService> {
  const { ca, token } = options;
  const expected = `Basic ${Buffer.from(`x-access-token:${token}`).toString('base64')}`;
  const requests: GitRequest[] = [];
  const { cert, key } = ca.leafFor('github.com');
  const server = https.createServer(
    { cert, key, SNICallback: (name, done) => done(null, ca.leafFor(name).secureContext) },
    (req, res) => {
      const { method = '', url = '', headers } = req;
      const host = headers.host ?? '';
      requests.push({ method, host, url, headers });
      if (host.startsWith('github-cloud.')) return void serveObject(options, req, res);
      if (host === 'ghcr.io') return void serveImage(token, req, res);
      if (host.startsWith('pkg-containers.')) return void serveBlob(req, res);
      if (host === 'api.github.com' && headers.authorization === `Bearer ${token}`) {
        return void answer(res, url === '/repositories/7' ? 200 : 404, { id: 7, full_name: 'myorg/repo' });
      }
      if (headers.authorization !== expected) {
        res.writeHead(401, { 'www-authenticate': 'Basic realm="GitHub"' });
        return void res.end('who are you?\n');
      }
      if (url.endsWith('/info/lfs/objects/batch')) return void serveBatch(req, res);
      if (url.includes('/info/lfs/')) return void answer(res, 404, { message: 'no locks here' });
      runBackend(options.root, req, res);
    },
  );
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { port: (server.address() as AddressInfo).port, requests, close: () => server.close() };
}

function answer(res: ServerResponse, status: number, value: unknown): void {
  res.writeHead(status, { 'content-type': 'application/vnd.git-lfs+json' });
  res.end(JSON.stringify(value));
}

interface Batch {
  readonly operation: 'upload' | 'download';
  readonly objects: readonly { readonly oid: string; readonly size: number }[];
}

const objectStore = 'https://github-cloud.s3.amazonaws.com/alambic/media/1';

/** Like GitHub: a download has its signature in the URL, an upload in a header. */
async function serveBatch(req: IncomingMessage, res: ServerResponse): Promise<void> {
  const { operation, objects } = JSON.parse((await buffer(req)).toString()) as Batch;
  const action = (oid: string) =>
    operation === 'upload'
      ? {
          upload: {
            href: `${objectStore}/${oid}?actor_id=1&repo_id=7`,
            header: { Authorization: `AWS4-HMAC-SHA256 Signature=${oid.slice(0, 8)}` },
          },
        }
      : { download: { href: `${objectStore}/${oid}?X-Amz-Signature=${oid.slice(0, 8)}&token=1` } };
  answer(res, 200, {
    transfer: 'basic',
    objects: objects.map(({ oid, size }) => ({ oid, size, authenticated: true, actions: action(oid) })),
  });
}

/** Takes nothing but its own signatures: a credential of another kind is refused, as S3 does. */
async function serveObject(
  { root }: GitServiceOptions,
  req: IncomingMessage,
  res: ServerResponse,
): Promise<void> {
  const { pathname, searchParams } = new URL(req.url ?? '', 'https://x');
  const oid = pathname.split('/').at(-1) ?? '';
  const file = join(root, `lfs-${oid}`);
  const signature = req.method === 'PUT' ? req.headers.authorization : searchParams.get('X-Amz-Signature');
  const isUpload = req.method === 'PUT' && signature === `AWS4-HMAC-SHA256 Signature=${oid.slice(0, 8)}`;
  const isDownload = signature === oid.slice(0, 8) && searchParams.get('token') === '1';
  const isBare = isUpload || req.headers.authorization === undefined;
  const content = await buffer(req);
  if (isUpload) writeFileSync(file, content);
  res.writeHead(isBare && (isUpload || isDownload) ? 200 : 403);
  res.end(isBare && isDownload ? readFileSync(file) : '');
}

/** The configuration of an image without layers. */
const config = JSON.stringify({
  architecture: 'amd64',
  os: 'linux',
  rootfs: { type: 'layers', diff_ids: [] },
});
const digest = `sha256:${createHash('sha256').update(config).digest('hex')}`;

/** Like GitHub's container registry: the token in base64 as a bearer, and blobs by a redirect to a signed URL. */
function serveImage(token: string, req: IncomingMessage, res: ServerResponse): void {
  const path = req.url ?? '';
  if (req.headers.authorization !== `Bearer ${Buffer.from(token).toString('base64')}`) {
    const challenge = 'Bearer realm="https://ghcr.io/token",service="ghcr.io",scope="repository:x:pull"';
    return void res.writeHead(401, { 'www-authenticate': challenge }).end();
  }
  if (path.includes('/blobs/')) {
    const location = `https://pkg-containers.githubusercontent.com/ghcr1/blobs/${digest}?sig=abc`;
    return void res.writeHead(307, { location }).end();
  }
  const mediaType = 'application/vnd.oci.image.manifest.v1+json';
  const image = { mediaType: 'application/vnd.oci.image.config.v1+json', digest, size: config.length };
  res.writeHead(200, { 'content-type': path === '/v2/' ? 'application/json' : mediaType });
  res.end(
    path === '/v2/' ? '{}' : JSON.stringify({ schemaVersion: 2, mediaType, config: image, layers: [] }),
  );
}

/** Takes a signature and no credential. */
function serveBlob(req: IncomingMessage, res: ServerResponse): void {
  const isSigned = req.url?.endsWith('?sig=abc') === true && req.headers.authorization === undefined;
  res.writeHead(isSigned ? 200 : 403).end(isSigned ? config : '');
}

/** The Common Gateway Interface (RFC 3875), as far as git http-backend needs it. */
function runBackend(root: string, req: IncomingMessage, res: ServerResponse): void {
  const [path = '', query = ''] = (req.url ?? '').split('?');
  const header = (name: string) => String(req.headers[name] ?? '');
  const backend = spawn('git', ['http-backend'], {
    env: {
      PATH: process.env['PATH'],
      GIT_PROJECT_ROOT: root,
      GIT_HTTP_EXPORT_ALL: '1',
      GIT_CONFIG_NOSYSTEM: '1',
      HOME: root,
      PATH_INFO: path,
      QUERY_STRING: query,
      REQUEST_METHOD: req.method,
      REMOTE_USER: 'agent',
      CONTENT_TYPE: header('content-type'),
      HTTP_CONTENT_ENCODING: header('content-encoding'),
      GIT_PROTOCOL: header('git-protocol'),
      ...(req.headers['content-length'] !== undefined && { CONTENT_LENGTH: header('content-length') }),
    },
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  req.pipe(backend.stdin).on('error', () => undefined);
  let head = '';
  const onData = (chunk: Buffer) => {
    head += chunk.toString('latin1');
    const end = head.indexOf('\r\n\r\n');
    if (end === -1) return;
    backend.stdout.off('data', onData);
    const fields = head
      .slice(0, end)
      .split('\r\n')
      .map((line) => line.split(/: (.*)/s) as [string, string]);
    const status = Number.parseInt(fields.find(([name]) => name === 'Status')?.[1] ?? '200', 10);
    res.writeHead(status, Object.fromEntries(fields.filter(([name]) => name !== 'Status')));
    res.write(Buffer.from(head.slice(end + 4), 'latin1'));
    backend.stdout.pipe(res);
  };
  backend.stdout.on('data', onData);
  backend.on('close', () => (res.headersSent ? undefined : res.writeHead(500).end()));
}

/** An empty bare repository that takes pushes, partial clones and push options. */
export function repositoryConfig(directory: string): void {
  mkdirSync(directory, { recursive: true });
  writeFileSync(
    join(directory, 'config'),
    '[core]\n\trepositoryformatversion = 0\n\tbare = true\n[http]\n\treceivepack = true\n[receive]\n\tadvertisePushOptions = true\n[uploadpack]\n\tallowFilter = true\n\tallowAnySHA1InWant = true\n',
  );
}
