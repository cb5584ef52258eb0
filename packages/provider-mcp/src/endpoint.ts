import { type HostPattern, PaiError, parseHostPattern } from '@pai/core';
import type { McpSpec } from './schema.ts';

/** Where an MCP server takes frames. */
export interface McpEndpoint {
  readonly transport: 'http' | 'sse';
  readonly host: HostPattern;
  /** Origin-form target of `spec.mcp.url`: `/mcp`. */
  readonly target: string;
  /** `spec.mcp.url`, normalised. */
  readonly url: string;
}

/** Reads `spec.mcp` of the Provider called `name`. Throws `config_invalid` for a URL that a credential cannot go to. */
export function readEndpoint(
  { mcp: { transport = 'sse', url = '' } }: Pick<McpSpec, 'mcp'>,
  name: string,
): McpEndpoint {
  if (transport === 'stdio') return readEndpoint({ mcp: { transport: 'http', url: programUrl(name) } }, name);
  if (!URL.canParse(url)) throw invalid('url is not a URL', 'write url: https://HOST/PATH');
  const { protocol, username, password, host, pathname, search, hash, href } = new URL(url);
  if (protocol !== 'https:')
    throw invalid(`url begins with ${protocol}//`, 'a credential goes over https only');
  if (username + password + hash !== '')
    throw invalid('url holds more than a place', 'write url: https://HOST/PATH');
  return { transport, host: parseHostPattern(host), target: pathname + search, url: href };
}

/** Where agents find a program. `internal` is for private use (ICANN, 2024), so that the name is nobody's. */
function programUrl(name: string): string {
  return `https://${name}.mcp.pai.internal/mcp`;
}

function invalid(why: string, remedy: string): PaiError {
  return new PaiError('config_invalid', `spec.mcp: ${why}; ${remedy}`);
}
