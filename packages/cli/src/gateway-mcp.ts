import { PaiError } from '@pai/core';
import { labelPattern } from '@pai/sidecar';
import { type Command, Option } from 'commander';
import type { Cli } from './context.ts';

interface Flags {
  readonly url: string;
  readonly client: keyof typeof clients;
  readonly transport: 'http' | 'sse';
}

/** `pai gateway mcp`: the configuration with which a client finds the gateway. */
export function registerGatewayMcp(gateway: Command, cli: Cli): void {
  gateway
    .command('mcp')
    .description('print the configuration by which an MCP client finds a Provider at a gateway')
    .argument('[name]', 'the Provider; left out, all that the key opens as one server')
    .addOption(
      new Option('--url <url>', 'where clients reach the gateway')
        .default('https://localhost:8443')
        .env('PAI_GATEWAY_URL'),
    )
    .addOption(
      new Option('--client <client>', 'whose configuration').choices(Object.keys(clients)).default('claude'),
    )
    .addOption(
      new Option('--transport <transport>', 'the Provider’s').choices(['http', 'sse']).default('http'),
    )
    .addHelpText(
      'after',
      '\nExample:\n  pai gateway mcp linear --url https://pai.example.com:8443 > .mcp.json',
    )
    .action((name: string | undefined, { client, ...flags }: Flags) => {
      const server = { name: name ?? 'pai', ...flags, url: endpointOf(flags.url, name) };
      cli.print(JSON.stringify(clients[client](server, flags.url), undefined, 2));
    });
}

/** The endpoint of a Provider at the gateway whose URL is `url`, or of all of them. Throws `usage`. */
export function endpointOf(url: string, name: string | undefined): string {
  const at = URL.canParse(url) ? new URL(url) : undefined;
  if (at?.protocol !== 'https:' || at.search + at.hash + at.username + at.password !== '') {
    throw new PaiError('usage', `${JSON.stringify(url)} is no gateway’s URL; write https://HOST:PORT`);
  }
  if (name !== undefined && !new RegExp(labelPattern).test(name)) {
    throw new PaiError('usage', `${JSON.stringify(name)} is no Provider’s name; correct it`);
  }
  const base = at.href.replace(/\/$/, '');
  return name === undefined ? `${base}/mcp` : `${base}/ext/mcp/${name}`;
}

interface Server {
  readonly name: string;
  readonly url: string;
  readonly transport: 'http' | 'sse';
}

const bearer = (key: string) => ({ Authorization: `Bearer ${key}` });

/** What stands for the key where a client cannot take it from its environment. */
const hole = 'PUT-THE-ACCESS-KEY-HERE';

/** The form of each client, none with a key in it. */
const clients = {
  claude: ({ name, url, transport }: Server) => ({
    mcpServers: { [name]: { type: transport, url, headers: bearer('${PAI_ACCESS_KEY}') } },
  }),
  cline: ({ name, url, transport }: Server) => ({
    mcpServers: {
      [name]: { type: transport === 'http' ? 'streamableHttp' : 'sse', url, headers: bearer(hole) },
    },
  }),
  cursor: ({ name, url }: Server) => ({
    mcpServers: { [name]: { url, headers: bearer('${env:PAI_ACCESS_KEY}') } },
  }),
  vscode: ({ name, url, transport }: Server) => ({
    inputs: [
      {
        id: 'pai-access-key',
        type: 'promptString',
        description: 'Access key of the gateway',
        password: true,
      },
    ],
    servers: { [name]: { type: transport, url, headers: bearer('${input:pai-access-key}') } },
  }),
  stdio: ({ name, transport }: Server, gateway: string) => ({
    mcpServers: {
      [name]: {
        command: 'pai',
        args: [
          'mcp',
          ...(name === 'pai' ? [] : [name]),
          ...(transport === 'sse' ? ['--transport', 'sse'] : []),
        ],
        env: { PAI_GATEWAY_URL: gateway, PAI_ACCESS_KEY: hole },
      },
    },
  }),
};
