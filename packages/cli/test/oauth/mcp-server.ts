import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js';

/** A server of the first SDK that takes tokens which were issued for it, each with what it says of itself. */
export interface ProtectedServer {
  readonly handle: (request: IncomingMessage, response: ServerResponse) => Promise<void>;
  /** Requests that came without a token that is taken. */
  readonly refused: () => number;
  /** Takes no token any more that it has seen so far. */
  readonly forget: () => void;
}

/** How it is to be found. */
export interface ProtectedServerOptions {
  /** `https://HOST/mcp`. */
  readonly url: string;
  readonly issuer: string;
  /** The claims of a token; rejects for one that is not taken. */
  readonly verify: (token: string, resource: string) => Promise<Readonly<Record<string, unknown>>>;
}

/** A tool that wants another scope than to be there. */
const wanted: Readonly<Record<string, string>> = { write_issue: 'issues:write' };

/** Creates one with the tools `read_issue` and `write_issue`. */
export function createProtectedServer({ url, issuer, verify }: ProtectedServerOptions): ProtectedServer {
  const { origin, pathname } = new URL(url);
  const place = `/.well-known/oauth-protected-resource${pathname}`;
  const sessions = new Map<string, StreamableHTTPServerTransport>();
  const forgotten = new Set<string>();
  const seen = new Set<string>();
  let refused = 0;
  const refuse = (response: ServerResponse, status: number, parameters: string) => {
    refused += 1;
    const challenge = `Bearer ${parameters}, resource_metadata="${origin}${place}"`;
    response.writeHead(status, { 'www-authenticate': challenge, 'content-type': 'text/plain' }).end('no');
  };
  return {
    refused: () => refused,
    forget: () => {
      for (const token of seen) forgotten.add(token);
    },
    async handle(request, response) {
      if (request.url === place) {
        const described = {
          resource: url,
          authorization_servers: [issuer],
          scopes_supported: ['issues:read'],
        };
        response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(described));
        return;
      }
      const token = request.headers.authorization?.replace('Bearer ', '') ?? '';
      const claims = forgotten.has(token) ? undefined : await verify(token, url).catch(() => undefined);
      if (claims === undefined || request.url !== pathname) {
        return refuse(response, 401, 'error="invalid_token", scope="issues:read"');
      }
      seen.add(token);
      const content = request.method === 'POST' ? JSON.parse(await text(request)) : undefined;
      const scope = wanted[content?.params?.name ?? ''] ?? 'issues:read';
      if (!String(claims['scope']).split(' ').includes(scope)) {
        return refuse(response, 403, `error="insufficient_scope", scope="${scope}"`);
      }
      await (await transportFor(request, sessions)).handleRequest(request, response, content);
    },
  };
}

async function transportFor(
  request: IncomingMessage,
  sessions: Map<string, StreamableHTTPServerTransport>,
): Promise<StreamableHTTPServerTransport> {
  const known = sessions.get(String(request.headers['mcp-session-id']));
  if (known !== undefined) return known;
  const transport = new StreamableHTTPServerTransport({
    sessionIdGenerator: randomUUID,
    onsessioninitialized: (id) => void sessions.set(id, transport),
  });
  const server = new McpServer({ name: 'tracker', version: '1.0.0' });
  for (const name of ['read_issue', 'write_issue']) {
    server.registerTool(name, { description: name }, () => ({
      content: [{ type: 'text', text: `${name} done` }],
    }));
  }
  await server.connect(transport as Parameters<McpServer['connect']>[0]);
  return transport;
}
