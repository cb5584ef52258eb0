/** What the upstreams want and only a proxy holds. */
export const realToken = 'the-real-credential-of-the-bench';

/** A request without content, or the head of one with content. */
export interface RequestLine {
  readonly method?: 'GET' | 'PUT';
  readonly path: string;
  readonly host: string;
  /** The credential. */
  readonly token: string;
  /** Bytes of content to come. */
  readonly length?: number;
}

/** The bytes of a request's head, with the fields that octokit sends. */
export function requestHead({ method = 'GET', path, host, token, length }: RequestLine): string {
  return [
    `${method} ${path} HTTP/1.1`,
    `host: ${host}`,
    ...requestFields.map(([name, value]) => `${name}: ${value}`),
    `authorization: token ${token}`,
    ...(length === undefined ? [] : ['content-type: application/octet-stream', `content-length: ${length}`]),
    'connection: keep-alive',
    '\r\n',
  ].join('\r\n');
}

/** What every request says beside its host and its credential. */
export const requestFields = [
  ['accept', 'application/vnd.github.v3+json'],
  ['user-agent', 'octokit-rest.js/22.0.0 octokit-core.js/7.0.5 Node.js/24'],
  ['x-github-api-version', '2022-11-28'],
  ['accept-encoding', 'gzip, deflate'],
] as const;

const issue = JSON.stringify({ number: 1, state: 'open', title: 'An issue', body: 'x'.repeat(460) });

/** The bytes of the answer to a request that carried the real credential. */
export const answer = [
  'HTTP/1.1 200 OK',
  'Server: github.com',
  'Content-Type: application/json; charset=utf-8',
  `Content-Length: ${issue.length}`,
  'Cache-Control: private, max-age=60, s-maxage=60',
  'Vary: Accept, Authorization, Cookie, X-GitHub-OTP',
  'ETag: "5f9c1f2b7c1d4e"',
  'X-RateLimit-Remaining: 4999',
  'X-GitHub-Request-Id: 0000:0000:0000:0000:00000000',
  '',
  issue,
].join('\r\n');
