import { mkdirSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { AttachedProvider } from '@pai/core';
import { javaPassword, layTrustFiles, type TrustFiles } from './agent-files.ts';
import type { Ca } from './ca.ts';
import { parseListen } from './doors/listen.ts';

/** What `agentEnvironment` needs to know. */
export interface AgentEnvironmentOptions {
  readonly ca: Pick<Ca, 'certificatePem'>;
  readonly attached: readonly Pick<AttachedProvider, 'name' | 'provider'>[];
  /** Where the files that variables name are laid. */
  readonly dir: string;
  /** Address of the proxy door, when agents are to use it. */
  readonly proxy?: string;
}

/** Everything an agent's process needs: placeholders, trust in the CA, the proxy, MCP servers. Lays the files that the variables name. */
export function agentEnvironment({
  ca,
  attached,
  dir,
  proxy,
}: AgentEnvironmentOptions): Record<string, string> {
  const trust = layTrustFiles(ca, dir);
  const proxied = proxy === undefined ? undefined : { proxy, local: localNames(attached) };
  const placeholders = attached.map(({ name, provider }) =>
    layPlaceholders(name, provider.placeholders, dir),
  );
  return Object.assign(
    {},
    trustVariables(trust),
    { JAVA_TOOL_OPTIONS: javaOptions(trust, proxied) },
    proxied === undefined ? {} : proxyVariables(proxied),
    serverVariables(attached),
    ...placeholders,
  );
}

/**
 * The setting of every client that was found to need one. Most replace the client's roots, so they name the bundle.
 * AWS_CA_BUNDLE is left out: REQUESTS_CA_BUNDLE does its work, and rclone fails when it is set.
 */
function trustVariables({ caPath, bundlePath }: TrustFiles): Record<string, string> {
  const replacing = [
    'SSL_CERT_FILE',
    'REQUESTS_CA_BUNDLE',
    'CURL_CA_BUNDLE',
    'GIT_SSL_CAINFO',
    'PIP_CERT',
    'npm_config_cafile',
    'HTTPLIB2_CA_CERTS',
    'GRPC_DEFAULT_SSL_ROOTS_FILE_PATH',
    'CLOUDSDK_CORE_CUSTOM_CA_CERTS_FILE',
  ];
  return {
    ...Object.fromEntries(replacing.map((name) => [name, bundlePath])),
    NODE_EXTRA_CA_CERTS: caPath,
  };
}

/** The proxy door, and what is asked without it. */
interface Proxied {
  /** `ADDR:PORT`. */
  readonly proxy: string;
  readonly local: readonly string[];
}

/** The names of this machine. A client would go straight to a service here, past the Provider that claims one of them. */
function localNames(attached: AgentEnvironmentOptions['attached']): string[] {
  const claimed = attached.flatMap(({ provider }) => provider.hosts.map(({ host }) => host));
  return ['localhost', '127.0.0.1', '::1'].filter((name) => !claimed.includes(name));
}

/** Java reads neither the variables of CAs nor those of proxies. */
function javaOptions({ javaPath }: TrustFiles, proxied: Proxied | undefined): string {
  // Quoted, since a path with a space in it would keep Java from starting.
  const trust = [
    `javax.net.ssl.trustStore="${javaPath}"`,
    `javax.net.ssl.trustStorePassword=${javaPassword}`,
  ];
  return [...trust, ...javaProxy(proxied)].map((property) => `-D${property}`).join(' ');
}

function javaProxy(proxied: Proxied | undefined): string[] {
  if (proxied === undefined) return [];
  const { address, port } = parseListen(proxied.proxy, '--proxy');
  const local = proxied.local.map((name) => (name === '::1' ? '[::1]' : name)).join('|');
  const door = ['https', 'http'].flatMap((scheme) => [
    `${scheme}.proxyHost=${address}`,
    `${scheme}.proxyPort=${port}`,
  ]);
  return [...door, `http.nonProxyHosts=${local}`];
}

/** Both spellings, because clients read one or the other. Node 24 reads them only when told to. */
function proxyVariables({ proxy, local: names }: Proxied): Record<string, string> {
  const url = `http://${proxy}`;
  const local = names.join(',');
  return {
    HTTPS_PROXY: url,
    https_proxy: url,
    HTTP_PROXY: url,
    http_proxy: url,
    NO_PROXY: local,
    no_proxy: local,
    NODE_USE_ENV_PROXY: '1',
  };
}

/** Where the MCP servers are, for `connectTools` of `@pai/provider-mcp/tools` and whoever else can read a list. */
function serverVariables(attached: AgentEnvironmentOptions['attached']): Record<string, string> {
  const servers = attached.flatMap(({ name, provider }) =>
    provider.mcp === undefined ? [] : [{ name, url: provider.mcp.url, transport: provider.mcp.transport }],
  );
  return servers.length === 0 ? {} : { PAI_MCP_SERVERS: JSON.stringify(servers) };
}

function layPlaceholders(
  name: string,
  { env, files = {} }: AttachedProvider['provider']['placeholders'],
  dir: string,
): Record<string, string> {
  const own = join(dir, name);
  for (const [file, content] of Object.entries(files)) {
    mkdirSync(own, { recursive: true });
    writeFileSync(join(own, basename(file)), content);
  }
  const locate = (value: string) =>
    value.replace(/\{\{file:([^}]+)\}\}/g, (_, file: string) => join(own, basename(file)));
  return Object.fromEntries(Object.entries(env).map(([key, value]) => [key, locate(value)]));
}
