import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { join } from 'node:path';

/** Bare repositories with one commit each, under `root`. */
export function createRepositories(root: string, names: readonly string[]): void {
  for (const name of names) {
    const bare = join(root, `${name}.git`);
    mkdirSync(bare, { recursive: true });
    const git = (...args: string[]) =>
      execFileSync('git', ['-C', bare, ...args], {
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'pipe'],
      }).trim();
    git('init', '--quiet', '--bare', '--initial-branch=main');
    git('config', 'http.receivepack', 'true');
    git('config', 'uploadpack.allowFilter', 'true');
    const tree = git('hash-object', '-t', 'tree', '-w', '--stdin', '--literally');
    const identity = ['-c', 'user.name=e2e', '-c', 'user.email=e2e@example.com'];
    const commit = git(...identity, 'commit-tree', tree, '-m', `the first of ${name}`);
    git('update-ref', 'refs/heads/main', commit);
  }
}

/** Answers by git's own server (git-http-backend(1)), which speaks CGI (RFC 3875). */
export function serveGit(root: string, req: IncomingMessage, res: ServerResponse): void {
  const [path = '', query = ''] = (req.url ?? '').split('?');
  // GitHub takes the path of a repository with and without the suffix.
  const withSuffix = path.replace(/^(\/[^/]+\/[^/]+?)(?:\.git)?\/(?=info\/|git-)/, '$1.git/');
  const header = (name: string) => String(req.headers[name] ?? '');
  const backend = spawn('git', ['http-backend'], {
    env: {
      PATH: process.env['PATH'] ?? '',
      GIT_PROJECT_ROOT: root,
      GIT_HTTP_EXPORT_ALL: '1',
      GIT_PROTOCOL: header('git-protocol'),
      REMOTE_USER: 'octo-agent',
      REMOTE_ADDR: '127.0.0.1',
      REQUEST_METHOD: req.method ?? '',
      PATH_INFO: withSuffix,
      QUERY_STRING: query,
      CONTENT_TYPE: header('content-type'),
      HTTP_CONTENT_ENCODING: header('content-encoding'),
      ...(req.headers['content-length'] !== undefined && { CONTENT_LENGTH: header('content-length') }),
    },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  req.pipe(backend.stdin);
  backend.stdin.on('error', () => undefined);
  let head: Buffer | undefined = Buffer.alloc(0);
  backend.stdout.on('data', (chunk: Buffer) => {
    if (head === undefined) return void res.write(chunk);
    head = Buffer.concat([head, chunk]);
    const end = head.indexOf('\r\n\r\n');
    if (end === -1) return;
    const fields = head.subarray(0, end).toString('latin1').split('\r\n').map(readField);
    const status = fields.find(([name]) => name.toLowerCase() === 'status')?.[1] ?? '200';
    res.writeHead(Number.parseInt(status, 10), Object.fromEntries(fields));
    res.write(head.subarray(end + 4));
    head = undefined;
  });
  backend.stdout.on('end', () => res.end());
}

function readField(line: string): [string, string] {
  const colon = line.indexOf(':');
  return [line.slice(0, colon), line.slice(colon + 1).trim()];
}
