import { PaiError } from '@pai/core';
import { type CallOptions, createLink, type Link } from './link.ts';
import type { ToolResult } from './result-text.ts';
import { checkServers, readServers, type ToolServer } from './servers.ts';
import { nameForModel } from './tool-names.ts';

export type { CallOptions } from './link.ts';
export { resultText, type ToolResult } from './result-text.ts';
export { readServers, serversVariable, type ToolServer } from './servers.ts';

/** A tool of one of the servers, as the APIs of models take it. */
export interface Tool {
  /** `<provider>__<tool>`; shortened where the APIs of models would refuse that. */
  readonly name: string;
  readonly provider: string;
  /** What its server calls it. */
  readonly tool: string;
  readonly title?: string;
  readonly description?: string;
  /** JSON Schema of the arguments, an object. */
  readonly inputSchema: { readonly type: 'object'; readonly [keyword: string]: unknown };
  readonly outputSchema?: Readonly<Record<string, unknown>>;
  readonly annotations?: Readonly<Record<string, unknown>>;
}

/** What is known of a server. */
export interface ServerState {
  readonly name: string;
  /** Why it cannot be used at this moment; undefined when it can. */
  readonly problem: string | undefined;
}

/** The tools of several servers. */
export interface Tools {
  /** In the order of the servers. Those of a server that was lost stay while it is reached again. */
  readonly tools: () => readonly Tool[];
  /**
   * Calls a tool by its `name`. Rejects with `resource_missing` for a name that is not there, with the signal's reason,
   * and with the error of the SDK for what the server, or a policy in front of it, refuses.
   */
  readonly call: (
    name: string,
    given?: Readonly<Record<string, unknown>>,
    options?: CallOptions,
  ) => Promise<ToolResult>;
  /** Called whenever `tools()` has changed. Gives the function that ends that. */
  readonly onChange: (listener: (tools: readonly Tool[]) => void) => () => void;
  readonly servers: () => readonly ServerState[];
  /** Asks every server for its tools again: a policy may have changed, of which servers know nothing. Never rejects. */
  readonly refresh: () => Promise<void>;
  /** Ends every connection and session. */
  readonly close: () => Promise<void>;
}

/** How the servers are reached. */
export interface ConnectOptions {
  /** Milliseconds that are waited for servers to list their tools; one that takes longer joins later. Default 10,000. */
  readonly patience?: number;
  /** Ends the wait for the servers, and all connections with it. */
  readonly signal?: AbortSignal;
  /** Default Node's own, which goes by the variables that `pai env` and `pai run` set. */
  readonly fetch?: typeof globalThis.fetch;
}

/**
 * Connects to MCP servers, by default those of `PAI_MCP_SERVERS`, and resolves when each has listed its tools, failed, or
 * had its time. A server that fails leaves the others, and is tried again until it is there. Throws `config_invalid` for
 * servers that are none.
 */
export async function connectTools(
  servers: readonly ToolServer[] = readServers(process.env),
  { patience = 10_000, signal, fetch = globalThis.fetch }: ConnectOptions = {},
): Promise<Tools> {
  signal?.throwIfAborted();
  const listeners = new Set<(tools: readonly Tool[]) => void>();
  let merged: ReadonlyMap<string, Tool> = new Map();
  let links: readonly Link[] = [];
  const merge = () => {
    const next = mergeTools(links);
    if (JSON.stringify([...next.values()]) === JSON.stringify([...merged.values()])) return;
    merged = next;
    for (const listener of listeners) listener([...merged.values()]);
  };
  links = checkServers(servers).map((server) => createLink(server, { fetch, patience, onChange: merge }));
  const close = async () => {
    listeners.clear();
    await Promise.all(links.map((link) => link.close()));
  };
  signal?.addEventListener('abort', () => void close(), { once: true });
  await Promise.all(links.map(({ settled }) => settled));
  signal?.throwIfAborted();
  merge();
  return {
    tools: () => [...merged.values()],
    call: async (name, given = {}, options = {}) => {
      const tool = merged.get(name);
      const link = links.find(({ server }) => server.name === tool?.provider);
      if (tool !== undefined && link !== undefined) return link.call(tool.tool, { ...given }, options);
      throw new PaiError('resource_missing', `there is no tool ${JSON.stringify(name)}; use one of tools()`);
    },
    onChange: (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    servers: () => links.map(({ server, problem }) => ({ name: server.name, problem: problem() })),
    refresh: async () => {
      await Promise.allSettled(links.map((link) => link.refresh()));
    },
    close,
  };
}

/** A name that the server gave as it stands goes before one that had to be made. */
function mergeTools(links: readonly Link[]): ReadonlyMap<string, Tool> {
  const tools = links.flatMap(({ server, tools }) => tools().map((tool) => ({ server, tool })));
  const named = tools.map(({ server, tool }) => {
    const { name, title, description, inputSchema, outputSchema, annotations } = tool;
    const shown: Tool = {
      name: nameForModel(server.name, name),
      provider: server.name,
      tool: name,
      ...(title !== undefined && { title }),
      ...(description !== undefined && { description }),
      inputSchema,
      ...(outputSchema !== undefined && { outputSchema }),
      ...(annotations !== undefined && { annotations }),
    };
    return shown;
  });
  const isPlain = ({ name, provider, tool }: Tool) => name === `${provider}__${tool}`;
  const plain = new Map(named.filter(isPlain).map((tool) => [tool.name, tool]));
  const merged = new Map<string, Tool>();
  for (const tool of named) {
    const owner = plain.get(tool.name) ?? tool;
    if (!merged.has(tool.name)) merged.set(tool.name, owner);
  }
  return merged;
}
