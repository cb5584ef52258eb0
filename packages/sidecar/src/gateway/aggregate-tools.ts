import type { Server, Tool } from '@modelcontextprotocol/server';
import type { ComposedProvider } from '../compose.ts';
import type { InnerServers } from './inner-servers.ts';
import type { AccessKey } from './key-ring.ts';
import type { McpSdk } from './mcp-sdk.ts';

/** Whose tools. */
export interface ToolsOptions {
  readonly sdk: Pick<McpSdk, 'server'>;
  readonly servers: InnerServers;
  readonly key: AccessKey;
  readonly providers: readonly ComposedProvider[];
  readonly log: (line: string) => void;
}

/** A server that has the tools of all the Providers of a key, as `<provider>__<tool>`. */
export function createToolsServer({ sdk, servers, key, providers, log }: ToolsOptions): Server {
  const { ProtocolError, ProtocolErrorCode, Server } = sdk.server;
  const server = new Server({ name: 'pai', version: '1' }, { capabilities: { tools: {} } });
  server.setRequestHandler('tools/list', async () => {
    const lists = providers.map(async (provider) => {
      try {
        const tools = await servers.use(key, provider, listAll);
        return tools.map((tool) => ({ ...tool, name: `${provider.name}${between}${tool.name}` }));
      } catch (thrown) {
        // The others have theirs.
        log(`${provider.name}: its tools are not in /mcp now: ${readable((thrown as Error).message)}`);
        return [];
      }
    });
    return { tools: (await Promise.all(lists)).flat().filter(({ name }) => name.length <= longestName) };
  });
  server.setRequestHandler('tools/call', async ({ params }, { mcpReq: { signal } }) => {
    const at = params.name.indexOf(between);
    const provider = providers.find(({ name }) => name === params.name.slice(0, Math.max(at, 0)));
    const unknown = () => new ProtocolError(ProtocolErrorCode.InvalidParams, `Unknown tool: ${params.name}`);
    if (provider === undefined) throw unknown();
    const tool = params.name.slice(at + between.length);
    const call = { method: 'tools/call' as const, params: { name: tool, arguments: params.arguments ?? {} } };
    try {
      return await servers.use(key, provider, (client) => client.request(call, { signal }));
    } catch (thrown) {
      if ((thrown as Error).message.endsWith(`Unknown tool: ${tool}`)) throw unknown();
      throw thrown;
    }
  });
  return server;
}

/** Names of Providers have no underscore in them. */
const between = '__';

/** modelcontextprotocol.io, SEP-986. */
const longestName = 128;

/** What a server may have written, as part of a line. */
function readable(text: string): string {
  return text.replace(/[^\x20-\x7e]+/g, ' ').slice(0, 300);
}

/** Most pages of one list, and characters of it: those that one message may have. */
const mostPages = 100;
const longestList = 16 << 20;

async function listAll(client: Parameters<Parameters<InnerServers['use']>[2]>[0]) {
  const pages: Tool[][] = [];
  let size = 0;
  let cursor: string | undefined;
  do {
    const params = cursor === undefined ? {} : { cursor };
    const page = await client.request({ method: 'tools/list' as const, params });
    pages.push(page.tools);
    cursor = page.nextCursor;
    // One page is one message, which has a limit of its own.
    const isAlone = pages.length === 1 && cursor === undefined;
    size += isAlone ? 0 : JSON.stringify(page.tools).length;
    if (size > longestList) throw new Error(`its list is longer than ${longestList} characters`);
  } while (cursor !== undefined && pages.length < mostPages);
  return pages.flat();
}
