import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import https from 'node:https';
import type { AddressInfo } from 'node:net';
import { toNodeHandler } from '@modelcontextprotocol/node';
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { SSEServerTransport } from '@modelcontextprotocol/sdk/server/sse.js';
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js';
import { createMcpHandler, McpServer as NewServer } from '@modelcontextprotocol/server';
import { onTestFinished } from 'vitest';
import { z } from 'zod';
import { loadCa } from '../../src/ca.ts';

/** A Provider of one of those servers, and what `policy.mcp` says of its tools; `more` is the rest of its spec. */
export interface TrackerSpec {
  readonly name?: string;
  readonly transport: string;
  readonly path: string;
  readonly tools: string;
  readonly more?: string;
}

/** The document of that Provider. */
export function trackerProvider({
  name = 'tracker',
  transport,
  path,
  tools,
  more = '',
}: TrackerSpec): string {
  return `apiVersion: pai.io/v1
kind: Provider
metadata: {name: ${name}}
spec:
  type: mcp
  mcp: {transport: ${transport}, url: "https://api.example.com${path}"}
  auth: {type: api-key, secretRef: api-token}
  policy: {mcp: ${tools}}
${more}`;
}

/** MCP servers as their packages have them, behind a gate that takes one token. */
export interface McpService {
  readonly port: number;
  /** File with the certificate of its CA. */
  readonly caFile: string;
  /** The names of the tools that were called. */
  readonly called: string[];
  /** Requests that came without the token. */
  readonly refused: () => number;
  /** Has one more tool, and says so. */
  readonly addTool: (name: string) => void;
  /** Describes a tool otherwise, and says so. */
  readonly retell: (name: string, description: string) => void;
}

const tools = ['list_issues', 'delete_issue'];

/** Starts the servers at api.example.com: `/mcp` of the first SDK, `/sse` of its older transport, `/new` of the second. */
export async function startMcpService(token: string): Promise<McpService> {
  const called: string[] = [];
  const servers: McpServer[] = [];
  const told = new Map<string, string>();
  const registered: { name: string; tool: { update: (changes: { description: string }) => void } }[] = [];
  let refused = 0;
  const oldServer = () => {
    const server = new McpServer({ name: 'tracker', version: '1.0.0' });
    for (const name of tools) addTo(server, name);
    servers.push(server);
    return server;
  };
  const addTo = (server: McpServer, name: string) => {
    const description = told.get(name) ?? name;
    const inputSchema = { id: z.number().optional() };
    const tool = server.registerTool(name, { description, inputSchema }, ({ id }) => {
      called.push(name);
      return { content: [{ type: 'text', text: `${name} ${id}` }] };
    });
    registered.push({ name, tool });
  };
  const newServer = () => {
    const server = new NewServer({ name: 'tracker', version: '2.0.0' });
    for (const name of tools) {
      server.registerTool(
        name,
        { description: told.get(name) ?? name, inputSchema: z.object({ id: z.number().optional() }) },
        ({ id }) => {
          called.push(name);
          return { content: [{ type: 'text' as const, text: `${name} ${id}` }] };
        },
      );
    }
    return server;
  };
  const second = createMcpHandler(newServer);
  const byPath = {
    '/mcp': streamable(oldServer),
    ...olderTransport(oldServer),
    '/new': toNodeHandler(second) as Handle,
  };
  const ca = loadCa();
  const server = https.createServer(ca.leafFor('api.example.com'), (request, response) => {
    const handle = byPath[(request.url ?? '').split('?')[0] as keyof typeof byPath];
    if (request.headers.authorization === `Bearer ${token}` && handle !== undefined)
      return void handle(request, response);
    refused += 1;
    response.writeHead(401, { 'www-authenticate': 'Bearer' }).end();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  const caFile = `/tmp/pai-mcp-${process.pid}-${port}.pem`;
  await writeFile(caFile, ca.certificatePem);
  return {
    port,
    caFile,
    called,
    refused: () => refused,
    addTool: (name) => {
      for (const one of servers) addTo(one, name);
    },
    retell: (name, description) => {
      told.set(name, description);
      for (const one of registered) if (one.name === name) one.tool.update({ description });
      second.notify.toolsChanged();
    },
  };
}

type Handle = (request: IncomingMessage, response: ServerResponse) => Promise<unknown> | unknown;

/** With a session for each client. */
function streamable(create: () => McpServer): Handle {
  const sessions = new Map<string, StreamableHTTPServerTransport>();
  return async (request, response) => {
    const known = sessions.get(String(request.headers['mcp-session-id']));
    if (known !== undefined) return known.handleRequest(request, response);
    const transport = new StreamableHTTPServerTransport({
      sessionIdGenerator: randomUUID,
      onsessioninitialized: (id) => void sessions.set(id, transport),
    });
    await create().connect(transport as Parameters<McpServer['connect']>[0]);
    return transport.handleRequest(request, response);
  };
}

function olderTransport(create: () => McpServer): Record<'/sse' | '/messages', Handle> {
  const sessions = new Map<string, SSEServerTransport>();
  return {
    '/sse': async (_, response) => {
      const transport = new SSEServerTransport('/messages', response);
      sessions.set(transport.sessionId, transport);
      await create().connect(transport);
    },
    '/messages': async (request, response) => {
      const id = new URL(request.url ?? '', 'https://x').searchParams.get('sessionId') ?? '';
      return sessions.get(id)?.handlePostMessage(request, response) ?? response.writeHead(404).end();
    },
  };
}
