import { generateKeyPairSync, type KeyObject, verify } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { onTestFinished } from 'vitest';

/** A key pair as GitHub makes one for an app, made once a file. */
export const appKey = generateKeyPairSync('rsa', { modulusLength: 2_048 });

/** The private key in PEM, as GitHub hands it out. */
export const appPem = appKey.privateKey.export({ type: 'pkcs1', format: 'pem' }).toString();

/** What the app of the tests is, and what it was granted. */
export const app = {
  appId: 4242,
  installationId: 777,
  repositories: ['repo-a', 'repo-b'],
  permissions: { metadata: 'read', contents: 'write', issues: 'write', pull_requests: 'read' },
} as const;

interface TokenRequest {
  readonly path: string;
  readonly body: { readonly repositories?: string[]; readonly permissions?: Record<string, string> };
}

/** A service that issues installation tokens by GitHub's rules, and knows which it has issued. */
export interface AppService {
  readonly fetch: typeof globalThis.fetch;
  readonly asked: readonly TokenRequest[];
  readonly issued: readonly string[];
  /** Every URL that was fetched, as the provider wrote it. */
  readonly urls: readonly string[];
  /** Answers the next requests with this status instead. */
  fail: number | undefined;
}

/** Starts the service for one test. `now` is its clock, in milliseconds since the epoch. */
export async function startAppService(now: () => number = Date.now): Promise<AppService> {
  const asked: TokenRequest[] = [];
  const issued: string[] = [];
  const urls: string[] = [];
  const server = createServer(async (req, res) => {
    const path = req.url ?? '';
    const body = (await json(req)) as TokenRequest['body'];
    asked.push({ path, body });
    const status = service.fail ?? judge(path, req.headers.authorization, body, appKey.publicKey, now());
    const token = `ghs_installationCanary${issued.length}x`;
    if (status === 201) issued.push(token);
    const answer =
      status === 201
        ? { token, expires_at: new Date(now() + 3_600_000).toISOString(), ...body }
        : { message: 'no' };
    res.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const service: AppService = {
    asked,
    issued,
    urls,
    fail: undefined,
    fetch: (input, init) => {
      const url = new URL(String(input));
      urls.push(url.href);
      return fetch(origin + url.pathname, init);
    },
  };
  return service;
}

/** The status GitHub answers with. */
function judge(
  path: string,
  authorization: string | undefined,
  { repositories = [], permissions = {} }: TokenRequest['body'],
  key: KeyObject,
  now: number,
): number {
  if (!isOwnJwt(/^Bearer (.+)$/.exec(authorization ?? '')?.[1] ?? '', key, now / 1_000)) return 401;
  const installation = /^(?:\/api\/v3)?\/app\/installations\/(\d+)\/access_tokens$/.exec(path)?.[1];
  if (Number(installation) !== app.installationId) return 404;
  const known: readonly string[] = app.repositories;
  const granted: Readonly<Record<string, string>> = app.permissions;
  const isGranted = ([name, level]: [string, string]) => granted[name] === 'write' || granted[name] === level;
  const isWithin =
    repositories.every((name) => known.includes(name)) && Object.entries(permissions).every(isGranted);
  return isWithin ? 201 : 422;
}

function isOwnJwt(jwt: string, key: KeyObject, now: number): boolean {
  const [header = '', claims = '', signature = ''] = jwt.split('.');
  const signed = Buffer.from(`${header}.${claims}`);
  if (!verify('RSA-SHA256', signed, key, Buffer.from(signature, 'base64url'))) return false;
  const read = (part: string) => JSON.parse(Buffer.from(part, 'base64url').toString());
  const { iat, exp, iss } = read(claims);
  const { alg } = read(header);
  return alg === 'RS256' && iss === String(app.appId) && iat <= now && exp > now && exp - now <= 600;
}
