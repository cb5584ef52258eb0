import https from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Ca } from '@pai/sidecar';

/** A service that stands for api.github.com and knows one token. */
export interface GitHubService {
  readonly port: number;
  close(): void;
}

/** Answers like GitHub's REST API, and to GraphQL with a list of issues, to whoever has the token, and 401 to everyone else. */
export async function startGitHubService(ca: Ca, token: string): Promise<GitHubService> {
  const { cert, key } = ca.leafFor('api.github.com');
  const server = https.createServer({ cert, key }, (req, res) => {
    const isKnown = req.headers.authorization === `Bearer ${token}`;
    const body = isKnown ? answer(req.method ?? '', req.url ?? '') : { message: 'Bad credentials' };
    res.writeHead(isKnown ? 200 : 401, { 'content-type': 'application/json; charset=utf-8' });
    res.end(JSON.stringify(body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { port: (server.address() as AddressInfo).port, close: () => server.close() };
}

function answer(method: string, target: string): unknown {
  const [path = ''] = target.split('?');
  const url = `https://api.github.com${path}`;
  if (path === '/graphql') return { data: { repository: { hasIssuesEnabled: true, issues } } };
  if (method === 'POST') return { number: 8, title: 'a new one', url: `${url}/8` };
  if (path.endsWith('/issues')) return [{ number: 7, title: 'a real issue', url: `${url}/7` }];
  return { full_name: path.split('/').slice(2, 4).join('/'), url };
}

const issues = {
  totalCount: 1,
  nodes: [{ number: 7, title: 'a real issue', state: 'OPEN', updatedAt: '2026-01-01T00:00:00Z' }],
  pageInfo: { hasNextPage: false, endCursor: null },
};
