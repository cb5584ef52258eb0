import { PaiError } from '@pai/core';
import type { GateOptions } from './gate.ts';

/** The MCP server of a Provider, for this process and nobody else. */
export interface OpenMcpServer {
  readonly url: string;
  readonly transport: 'http' | 'sse';
  /** Takes requests to it through the Provider's policy. */
  readonly fetch: typeof fetch;
  /** Lets what is under way finish for `patience` milliseconds, then cuts it off. */
  close(patience?: number): Promise<void>;
}

/** Opens the server of the Provider called `name`, and no port. Rejects with the sentence of what is wrong, such as `usage` for another type. */
export async function openMcpServer(
  options: Omit<GateOptions, 'names'>,
  name: string,
): Promise<OpenMcpServer> {
  // Commands that serve nothing do not pay for the parts that serve.
  const [{ openGate }, { createEngineFetch }] = await Promise.all([
    import('./gate.ts'),
    import('./engine-fetch.ts'),
  ]);
  const { handle, attached, close } = await openGate({ ...options, names: [name] });
  const server = attached()[0]?.provider.mcp;
  if (server === undefined) {
    await close(0);
    throw new PaiError('usage', `${name} is no MCP server; name a Provider of type mcp`);
  }
  const { url, transport } = server;
  return { url, transport, fetch: createEngineFetch({ handle, provider: name }), close };
}
