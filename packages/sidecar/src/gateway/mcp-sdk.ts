/** The SDK of MCP, both of its sides. */
export interface McpSdk {
  readonly server: typeof import('@modelcontextprotocol/server');
  readonly client: typeof import('@modelcontextprotocol/client');
}

/** Loads it: it is larger than all of the sidecar, and in no bundle. */
export async function loadMcpSdk(): Promise<McpSdk> {
  const [server, client] = await Promise.all([
    import('@modelcontextprotocol/server'),
    import('@modelcontextprotocol/client'),
  ]);
  return { server, client };
}
