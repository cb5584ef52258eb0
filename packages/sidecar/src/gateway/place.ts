import { type Authority, formatAuthority, type HostPattern, matchHost, parseAuthority } from '@pai/core';
import type { ComposedProvider } from '../compose.ts';

/** What a path of the gateway leads to. */
export interface Place {
  readonly provider: ComposedProvider;
  readonly authority: Authority;
  /** What the service is to get. */
  readonly target: string;
  /** The path of the gateway below which all is for this host of the service: `/ext/provider/code`. */
  readonly root: string;
  /** `AgentRequest.base`, for MCP. */
  readonly base?: string;
  /** The path and query by which the gateway leads to a URL of the service; undefined when it leads nowhere. */
  readonly pathTo: (url: URL) => string | undefined;
}

/**
 * Reads `/ext/mcp/NAME`, with `/~/…` behind it for the messages of the older transport, and `/ext/provider/NAME/…` or
 * `/ext/provider/NAME@HOST/…`. Nothing in it is decoded. Undefined for any other path, and for a name that `find` does
 * not know.
 */
export function readPlace(
  target: string,
  find: (name: string) => ComposedProvider | undefined,
): Place | undefined {
  const [, mcp, message] = mcpPath.exec(target) ?? [];
  if (mcp !== undefined) return placeOfServer(find(mcp), message);
  const [, name = '', host, rest = ''] = providerPath.exec(target) ?? [];
  const provider = name === '' ? undefined : find(name);
  if (provider === undefined || provider.provider.mcp !== undefined) return undefined;
  const authority = hostOf(provider.provider.hosts, host);
  if (authority === undefined) return undefined;
  const path = rest.startsWith('/') ? rest : `/${rest}`;
  const root = `/ext/provider/${name}${host === undefined ? '' : `@${host}`}`;
  return { provider, authority, target: path, root, pathTo: (url) => pathIn(provider, url) };
}

const label = '([a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)';
const mcpPath = new RegExp(`^/ext/mcp/${label}(?:/~(/[^]*))?$`);
const providerPath = new RegExp(`^/ext/provider/${label}(?:@([^/?#]+))?([/?][^]*)?$`);

function placeOfServer(
  provider: ComposedProvider | undefined,
  message: string | undefined,
): Place | undefined {
  const server = provider?.provider.mcp;
  if (provider === undefined || server === undefined) return undefined;
  if (message !== undefined && server.transport !== 'sse') return undefined;
  const { name } = provider;
  const { host, pathname, search } = new URL(server.url);
  return {
    provider,
    authority: parseAuthority(host, 443),
    target: message ?? pathname + search,
    root: `/ext/mcp/${name}`,
    base: `${name}/~`,
    pathTo: (url) => (url.href === server.url ? `/ext/mcp/${name}` : undefined),
  };
}

/** The host that was named, where the Provider has it; else the first that it names exactly. */
function hostOf(hosts: readonly HostPattern[], named: string | undefined): Authority | undefined {
  if (named === undefined) return firstHost(hosts);
  const authority = readAuthority(named);
  return authority !== undefined && claims(hosts, authority) ? authority : undefined;
}

function firstHost(hosts: readonly HostPattern[]): Authority | undefined {
  const first = hosts.find(({ host, isAnswered = false }) => !host.startsWith('*') && !isAnswered);
  return first === undefined ? undefined : { host: first.host, port: first.port ?? 443 };
}

function claims(hosts: readonly HostPattern[], authority: Authority): boolean {
  return hosts.some((pattern) => pattern.isAnswered !== true && matchHost(pattern, authority) > 0);
}

function pathIn({ name, provider: { hosts } }: ComposedProvider, url: URL): string | undefined {
  const authority = url.protocol === 'https:' ? readAuthority(url.host) : undefined;
  if (authority === undefined || !claims(hosts, authority)) return undefined;
  const first = firstHost(hosts);
  const isFirst = first !== undefined && formatAuthority(first) === formatAuthority(authority);
  const at = isFirst ? '' : `@${formatAuthority(authority)}`;
  return `/ext/provider/${name}${at}${url.pathname}${url.search}`;
}

function readAuthority(text: string): Authority | undefined {
  try {
    return parseAuthority(text, 443);
  } catch {
    return undefined;
  }
}
