import { PaiError } from '@pai/core';
import { isRecord } from '../frame.ts';

/** An MCP server that an agent may use: a Provider's endpoint. */
export interface ToolServer {
  /** The Provider's name, which its tools begin with. */
  readonly name: string;
  readonly url: string;
  /** `http` is Streamable HTTP, `sse` the older HTTP with SSE. Default http. */
  readonly transport?: 'http' | 'sse';
}

/** The variable in which a sidecar tells agents of their servers: a JSON list of `{name, url, transport}`. */
export const serversVariable = 'PAI_MCP_SERVERS';

/** The servers in `PAI_MCP_SERVERS`; none when it is not set. Throws `config_invalid` for what is no such list. */
export function readServers(env: Readonly<Record<string, string | undefined>>): readonly ToolServer[] {
  const text = env[serversVariable] ?? '';
  if (text === '') return [];
  let list: unknown;
  try {
    list = JSON.parse(text);
  } catch {
    throw invalid(`${serversVariable} is not JSON`);
  }
  if (!Array.isArray(list)) throw invalid(`${serversVariable} is not a list`);
  return checkServers(list);
}

/** The servers, when each is one and no two have one name. Throws `config_invalid`. */
export function checkServers(list: readonly unknown[]): readonly ToolServer[] {
  const names = new Set<string>();
  return list.map((one, i) => {
    const { name, url, transport = 'http' } = isRecord(one) ? one : {};
    if (typeof name !== 'string' || name === '') throw invalid(`MCP server ${i + 1} has no name`);
    if (names.has(name)) throw invalid(`there are two MCP servers called ${JSON.stringify(name)}`);
    names.add(name);
    if (typeof url !== 'string' || !/^https?:/.test(url) || !URL.canParse(url)) {
      throw invalid(`the MCP server ${JSON.stringify(name)} has no URL that begins with http`);
    }
    if (transport !== 'http' && transport !== 'sse') {
      throw invalid(`the MCP server ${JSON.stringify(name)} has another transport than http and sse`);
    }
    return { name, url, transport };
  });
}

function invalid(why: string): PaiError {
  return new PaiError(
    'config_invalid',
    `${why}; write [{"name": "NAME", "url": "URL", "transport": "http"}]`,
  );
}
