import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  Client as NewClient,
  StreamableHTTPClientTransport as NewTransport,
} from '@modelcontextprotocol/client';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js';
import { onTestFinished } from 'vitest';
import { type Rig, type RigOptions, startRig } from '../engine/rig.ts';

const require = createRequire(import.meta.url);

const packages = {
  everything: require.resolve('@modelcontextprotocol/server-everything/package.json'),
  filesystem: require.resolve('@modelcontextprotocol/server-filesystem/package.json'),
  memory: require.resolve('@modelcontextprotocol/server-memory/package.json'),
};

/** The program of a package of MCP's own servers. */
export function serverFile(name: keyof typeof packages): string {
  return join(dirname(packages[name]), 'dist/index.js');
}

/** A server that can misbehave in many ways, and one of the second SDK. */
export const oddServer = fileURLToPath(new URL('./odd-server.ts', import.meta.url));
export const newServer = fileURLToPath(new URL('./new-server.ts', import.meta.url));

/** A Provider that is a program run by this process's Node. */
export function program(name: string, words: readonly string[], { mcp = '', rest = '' } = {}): string {
  return `apiVersion: pai.io/v1
kind: Provider
metadata: {name: ${name}}
spec:
  type: mcp
  mcp:
    transport: stdio
    command: ${JSON.stringify([process.execPath, ...words])}
    ${mcp}
  ${rest}
`;
}

/** A rig whose Providers are programs. */
export async function startStdioRig(
  providers: readonly string[],
  sidecar: RigOptions['sidecar'] = {},
): Promise<Rig> {
  return startRig({ providers, sidecar });
}

/** Where a Provider is found without TLS. */
export function urlOf(rig: Rig, name: string): URL {
  return new URL(`http://127.0.0.1:${rig.sidecar.addresses.baseUrl[0]?.port}/provider/${name}/mcp`);
}

/** A client of the first SDK that is connected. */
export async function connectFirst(url: URL, client = new Client({ name: 'agent', version: '1.0.0' })) {
  const transport = new StreamableHTTPClientTransport(url);
  await client.connect(transport as Transport);
  onTestFinished(() => client.close());
  return { client, transport };
}

/** A client of the second SDK that is connected. `mode` is how it finds the revision. */
export async function connectSecond(url: URL, mode: 'legacy' | 'auto' = 'auto') {
  const client = new NewClient({ name: 'agent', version: '2.0.0' }, { versionNegotiation: { mode } });
  const transport = new NewTransport(url);
  await client.connect(transport);
  onTestFinished(() => client.close());
  return { client, transport };
}

/** One POST by hand. */
export async function post(
  url: URL,
  message: unknown,
  headers: Record<string, string> = {},
): Promise<Response> {
  return fetch(url, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      ...headers,
    },
    body: typeof message === 'string' ? message : JSON.stringify(message),
  });
}

/** What begins a session by hand. */
export const initialize = {
  jsonrpc: '2.0',
  id: 0,
  method: 'initialize',
  params: { protocolVersion: '2025-06-18', capabilities: {}, clientInfo: { name: 'hand', version: '1' } },
};

/** Begins a session by hand, and gives the header of its requests. */
export async function begin(url: URL): Promise<{ 'mcp-session-id': string }> {
  const response = await post(url, initialize);
  await response.text();
  const id = response.headers.get('mcp-session-id');
  if (id === null) throw new Error(`no session: ${response.status}`);
  return { 'mcp-session-id': id };
}

/** A call of a tool by hand. */
export function call(name: string, given: object = {}, id: unknown = 1, meta?: object) {
  return {
    jsonrpc: '2.0',
    id,
    method: 'tools/call',
    params: { name, arguments: given, ...(meta !== undefined && { _meta: meta }) },
  };
}

/** The messages in a response, from JSON or a stream. */
export async function messagesOf(response: Response): Promise<Record<string, unknown>[]> {
  const text = await response.text();
  if (!(response.headers.get('content-type') ?? '').includes('event-stream')) return [JSON.parse(text)];
  return [...text.matchAll(/^data: (.+)$/gm)].map(([, data]) => JSON.parse(data ?? ''));
}
