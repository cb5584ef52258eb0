import { join } from 'node:path';
import { Client, SSEClientTransport, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { type McpServerPlace, PaiError, type ToolApprovals } from '@pai/core';
import {
  type ApprovalSource,
  type ApprovedTool,
  formatDefinition,
  formatListen,
  type Sidecar,
  type SidecarOptions,
  startSidecar,
} from '@pai/sidecar';
import type { Cli, Settings } from './context.ts';

/** What is asked, and how the server is reached. */
export interface ListToolsOptions extends Settings {
  /** The Provider's name. */
  readonly name: string;
  readonly cli: Cli;
  readonly upstream: Pick<SidecarOptions, 'overrides' | 'upstreamCa' | 'dnsUpstream'>;
}

/** Milliseconds that the server has for all of its pages. */
const patience = 60_000;

/**
 * The tools that an MCP server defines now and the policy allows, asked for as an agent asks: through a sidecar, which puts
 * the credential on and judges. Rejects with a sentence when the server cannot be asked.
 */
export async function listTools({
  home,
  namespace,
  name,
  cli,
  upstream,
}: ListToolsOptions): Promise<readonly ApprovedTool[]> {
  const seen = new Map<string, ApprovedTool>();
  const sidecar = await startSidecar({
    ...upstream,
    home,
    namespace,
    names: [name],
    plugins: cli.plugins,
    baseUrl: { address: '127.0.0.1', port: 0 },
    auditLog: join(home, 'audit.jsonl'),
    approvals: collecting(seen),
    // What it says of tools that are hidden is what is asked here.
    log: () => undefined,
  });
  try {
    await ask(sidecar, name);
  } finally {
    await sidecar.close(1_000);
  }
  return [...seen.values()];
}

/** Approves nothing, and keeps what is seen: the bytes that an agent would get, and not what a client makes of them. */
function collecting(seen: Map<string, ApprovedTool>): ApprovalSource {
  const approvals: ToolApprovals = {
    approvedDigest: () => undefined,
    seenDigest: () => undefined,
    see: (name, digest, definition) => {
      seen.set(name, { name, digest, definition: formatDefinition(definition) });
    },
  };
  return async () => approvals;
}

async function ask({ addresses, attached }: Sidecar, name: string): Promise<void> {
  const place = attached()[0]?.provider.mcp;
  const [door] = addresses.baseUrl.map(formatListen);
  if (place === undefined) {
    throw new PaiError('usage', `provider ${name} stands for no MCP server; name one that does`);
  }
  const { pathname, search } = new URL(place.url);
  const client = new Client({ name: 'pai', version: '1' }, { versionNegotiation: { mode: 'auto' } });
  const signal = AbortSignal.timeout(patience);
  try {
    await client.connect(transportOf(place, new URL(`http://${door}/provider/${name}${pathname}${search}`)), {
      signal,
    });
    await client.listTools({}, { signal });
  } catch (thrown) {
    const why = firstLine((thrown as Error).message);
    throw new PaiError('upstream_unreachable', `${name} did not list its tools: ${why}`, { cause: thrown });
  } finally {
    await client.close().catch(() => undefined);
  }
}

function transportOf({ transport }: McpServerPlace, url: URL) {
  return transport === 'sse' ? new SSEClientTransport(url) : new StreamableHTTPClientTransport(url);
}

/** Servers word errors, and a terminal obeys what they say. */
function firstLine(message: string): string {
  return message.replace(/[^\x20-\x7e]+/g, ' ').slice(0, 300);
}
