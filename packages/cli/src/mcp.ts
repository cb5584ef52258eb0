import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import tls from 'node:tls';
import { PaiError } from '@pai/core';
import { openMcpServer } from '@pai/sidecar';
import { type Command, Option } from 'commander';
import { type Cli, type Register, settingsOf } from './context.ts';
import { endpointOf } from './gateway-mcp.ts';
import type { RemoteServer } from './mcp-bridge.ts';
import {
  addAuditOption,
  addUpstreamOptions,
  readUpstreamFlags,
  type UpstreamFlags,
} from './sidecar-options.ts';

interface Flags extends UpstreamFlags {
  readonly auditLog?: string;
  readonly url?: string;
  readonly ca?: string;
  readonly transport: 'http' | 'sse';
}

/** `pai mcp`: a Provider's MCP server over standard input and output. */
export const registerMcp: Register = (program, cli) => {
  const command = program
    .command('mcp')
    .description('be the MCP server of a Provider over stdio, for clients that know nothing else')
    .argument('[name]', 'the Provider; left out, all that the key opens at a gateway')
    .addOption(
      new Option('--url <url>', 'the gateway to go to, with PAI_ACCESS_KEY (default: the home here)').env(
        'PAI_GATEWAY_URL',
      ),
    )
    .addOption(new Option('--ca <file>', 'trust this CA for the gateway too').env('PAI_GATEWAY_CA'))
    .addOption(
      new Option('--transport <transport>', 'the Provider’s, at a gateway')
        .choices(['http', 'sse'])
        .default('http'),
    );
  addAuditOption(addUpstreamOptions(command))
    .addHelpText('after', '\nExample:\n  claude mcp add linear -- pai mcp linear')
    .action(async (name: string | undefined, flags: Flags) => {
      const { bridgeStdio } = await import('./mcp-bridge.ts');
      const bridge = (server: RemoteServer) => bridgeStdio(cli, server);
      if (flags.url === undefined) return withPolicy(name, flags, command, cli, bridge);
      return bridge(atGateway(flags.url, name, flags, cli));
    });
};

function atGateway(url: string, name: string | undefined, { ca, transport }: Flags, cli: Cli): RemoteServer {
  const key = cli.env['PAI_ACCESS_KEY'];
  if (key === undefined || !/^[\x21-\x7e]+$/.test(key)) {
    throw new PaiError(
      'usage',
      'a gateway wants a key; set PAI_ACCESS_KEY to one that pai access-key create gave',
    );
  }
  if (ca !== undefined) trust(ca);
  const at = new URL(endpointOf(url, name));
  return { url: at, transport, headers: { Authorization: `Bearer ${key}` }, fetch: fetchAt(at.origin) };
}

/** `fetch` that says who did not answer, and why. */
function fetchAt(origin: string): typeof fetch {
  return async (input, init) => {
    try {
      return await fetch(input, init);
    } catch (thrown) {
      const { code } = ((thrown as Error).cause ?? {}) as NodeJS.ErrnoException;
      if (code === undefined) throw thrown;
      const what = `no answer from ${origin} (${code}); start the gateway there, or name its CA with --ca`;
      throw new Error(what, { cause: thrown });
    }
  };
}

function trust(file: string): void {
  try {
    tls.setDefaultCACertificates([...tls.getCACertificates('default'), readFileSync(file, 'utf8')]);
  } catch (cause) {
    const what = `--ca ${file} is no file of certificates in PEM; correct it, or set NODE_EXTRA_CA_CERTS`;
    throw new PaiError('usage', what, { cause });
  }
}

/** Runs with the policy of this home before the server: in this process, since whoever reaches a port has what it opens. */
async function withPolicy(
  name: string | undefined,
  flags: Flags,
  command: Command,
  cli: Cli,
  run: (server: RemoteServer) => Promise<void>,
): Promise<void> {
  if (name === undefined) {
    throw new PaiError(
      'usage',
      'say which Provider: pai mcp NAME; or whose gateway: --url https://HOST:PORT',
    );
  }
  const base = { ...settingsOf(command, cli), ...readUpstreamFlags(flags) };
  const auditLog = flags.auditLog ?? join(base.home, 'audit.jsonl');
  const server = await openMcpServer({ ...base, auditLog, log: (line) => cli.note(line) }, name);
  const { url, transport, fetch } = server;
  try {
    await run({ url: new URL(url), transport, headers: {}, fetch });
  } finally {
    await server.close(1_000);
  }
}
