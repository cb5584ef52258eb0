import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { toNodeHandler } from '@modelcontextprotocol/node';
import { McpServer as OldServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { SSEServerTransport } from '@modelcontextprotocol/sdk/server/sse.js';
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js';
import { createMcpHandler, McpServer } from '@modelcontextprotocol/server';
import { onTestFinished } from 'vitest';
import { z } from 'zod';

/** Servers of both generations, with the tools that a test says. */
export interface TestServer {
  readonly port: number;
  readonly url: (path: Path) => string;
  /** Every request, as `METHOD /path`. */
  readonly asked: string[];
  /** Calls that are waiting or were cancelled. */
  readonly calls: { running: number; cancelled: number; done: number };
  /** Sessions that the servers know. */
  readonly sessions: () => number;
  /** Connections that are open. */
  readonly connections: () => Promise<number>;
  readonly setTools: (...names: string[]) => void;
  readonly forgetSessions: () => void;
  /** Stops, and gives what starts it again at the same port. */
  readonly stop: () => Promise<() => Promise<void>>;
}

/** `/mcp` is the first SDK's Streamable HTTP, `/sse` its older transport, `/new` the second SDK's. */
export type Path = '/mcp' | '/sse' | '/new' | '/never';

/** Starts them on loopback. `slow` waits for a second, `fails` reports an error. */
export async function startServer(...first: string[]): Promise<TestServer> {
  let names = first;
  const asked: string[] = [];
  const calls = { running: 0, cancelled: 0, done: 0 };
  const streamable = new Map<string, StreamableHTTPServerTransport>();
  const older = new Map<string, SSEServerTransport>();
  const live = new Set<OldServer>();
  const answer = async (name: string, given: { id?: number | undefined }, signal: AbortSignal) => {
    calls.running += 1;
    try {
      if (name === 'slow') await delay(1_000, undefined, { signal });
      calls.done += 1;
    } catch {
      calls.cancelled += 1;
    } finally {
      calls.running -= 1;
    }
    return { isError: name === 'fails', content: [{ type: 'text' as const, text: `${name} ${given.id}` }] };
  };
  const oldServer = () => {
    const server = new OldServer({ name: 'test', version: '1' });
    for (const name of names) {
      const definition = { description: name, inputSchema: { id: z.number().optional() } };
      server.registerTool(name, definition, (given, { signal }) => answer(name, given, signal));
    }
    live.add(server);
    return server;
  };
  const second = createMcpHandler(() => {
    const server = new McpServer({ name: 'test', version: '2' });
    for (const name of names) {
      const definition = { description: name, inputSchema: z.object({ id: z.number().optional() }) };
      server.registerTool(name, definition, (given, context) => answer(name, given, context.mcpReq.signal));
    }
    return server;
  });
  const handleNew = toNodeHandler(second) as (request: IncomingMessage, response: ServerResponse) => unknown;
  const handle = async (request: IncomingMessage, response: ServerResponse) => {
    const path = (request.url ?? '').split('?')[0];
    asked.push(`${request.method} ${path}`);
    if (path === '/new') return handleNew(request, response);
    if (path === '/never') return;
    if (path === '/sse') {
      const transport = new SSEServerTransport('/messages', response);
      older.set(transport.sessionId, transport);
      transport.onclose = () => void older.delete(transport.sessionId);
      return oldServer().connect(transport);
    }
    if (path === '/messages') {
      const id = new URL(request.url ?? '', 'http://x').searchParams.get('sessionId') ?? '';
      const transport = older.get(id);
      return transport === undefined
        ? response.writeHead(404).end()
        : transport.handlePostMessage(request, response);
    }
    const id = request.headers['mcp-session-id'];
    if (typeof id === 'string') {
      const known = streamable.get(id);
      return known === undefined ? response.writeHead(404).end() : known.handleRequest(request, response);
    }
    const transport = new StreamableHTTPServerTransport({
      sessionIdGenerator: randomUUID,
      onsessioninitialized: (made) => void streamable.set(made, transport),
      onsessionclosed: (made) => void streamable.delete(made),
    });
    await oldServer().connect(transport as Parameters<OldServer['connect']>[0]);
    return transport.handleRequest(request, response);
  };
  let server = http.createServer((request, response) => void handle(request, response));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const end = () => {
    server.closeAllConnections();
    server.close();
  };
  onTestFinished(end);
  return {
    port,
    url: (path) => `http://127.0.0.1:${port}${path}`,
    asked,
    calls,
    sessions: () => streamable.size + older.size,
    connections: () => new Promise((resolve) => server.getConnections((_, count) => resolve(count))),
    setTools: (...next) => {
      const added = next.filter((name) => !names.includes(name));
      names = next;
      for (const one of live) {
        for (const name of added) {
          const definition = { description: name, inputSchema: { id: z.number().optional() } };
          one.registerTool(name, definition, (given, { signal }) => answer(name, given, signal));
        }
      }
      second.notify.toolsChanged();
    },
    forgetSessions: () => streamable.clear(),
    stop: async () => {
      const closed = once(server, 'close');
      end();
      await closed;
      return async () => {
        server = http.createServer((request, response) => void handle(request, response));
        server.listen(port, '127.0.0.1');
        await once(server, 'listening');
      };
    },
  };
}
