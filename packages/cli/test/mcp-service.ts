import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import https from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { toNodeHandler } from '@modelcontextprotocol/node';
import { createMcpHandler, Server } from '@modelcontextprotocol/server';
import { loadCa } from '@pai/sidecar';
import { onTestFinished } from 'vitest';

/** An MCP server whose tools are what the test says. */
export interface McpService {
  /** The flags that lead a sidecar to it. */
  readonly flags: readonly string[];
  /** As the server sends them, two a page. */
  tools: readonly { readonly name: string; readonly [member: string]: unknown }[];
}

/** Starts it at mcp.example.com, behind a gate that takes one token. */
export async function startMcpService(token: string, directory: string): Promise<McpService> {
  const ca = loadCa();
  const caFile = join(directory, 'mcp-ca.pem');
  await writeFile(caFile, ca.certificatePem);
  const service: McpService = { flags: [], tools: [] };
  const handler = createMcpHandler(() => {
    const server = new Server({ name: 'tracker', version: '1.0.0' }, { capabilities: { tools: {} } });
    server.setRequestHandler('tools/list', ({ params }) => {
      const start = Number(params?.cursor ?? 0);
      const tools = service.tools.slice(start, start + 2) as never;
      return start + 2 < service.tools.length ? { tools, nextCursor: String(start + 2) } : { tools };
    });
    return server;
  });
  const handle = toNodeHandler(handler) as (request: IncomingMessage, response: ServerResponse) => unknown;
  const { cert, key } = ca.leafFor('mcp.example.com');
  const server = https.createServer({ cert, key }, (request, response) => {
    if (request.headers.authorization === `Bearer ${token}`) return void handle(request, response);
    response.writeHead(401, { 'content-type': 'text/plain' }).end('no');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return Object.assign(service, {
    flags: ['--upstream', `mcp.example.com=127.0.0.1:${port}`, '--upstream-ca', caFile],
  });
}
