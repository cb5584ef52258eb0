/** The service that every variant reaches, by name; the rig's upstream stands for it. */
export const host = 'api.github.com';

/** What the upstream wants and only a proxy holds. */
export const realToken = 'the-real-credential-of-the-bench';

/** What the agent holds. */
export const placeholder = 'pai-placeholder-github-writer';

/** The Provider that the sidecar serves: the policy is judged and every request is audited. */
export const providerYaml = `apiVersion: pai.io/v1
kind: Provider
metadata: {name: github-writer}
spec:
  type: github
  auth: {type: pat, secretRef: github-pat}
  policy:
    allow: ["pulls:create", "pulls:comment", "issues:read", "contents:read"]
    deny: ["admin:*"]
  scope: {repositories: ["myorg/repo-a", "myorg/repo-b"]}
`;

/** The bytes of one request, as octokit would send it with `token`. */
export function requestWith(token: string): string {
  return [
    'GET /repos/myorg/repo-a/issues/1 HTTP/1.1',
    `host: ${host}`,
    'accept: application/vnd.github.v3+json',
    'user-agent: octokit-rest.js/22.0.0 octokit-core.js/7.0.5 Node.js/24',
    'x-github-api-version: 2022-11-28',
    `authorization: token ${token}`,
    'accept-encoding: gzip, deflate',
    'connection: keep-alive',
    '\r\n',
  ].join('\r\n');
}

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
