import { join } from 'node:path';
import { PaiError } from '@pai/core';
import { formatListen, type Gateway, parseListen, startGateway } from '@pai/sidecar';
import { type Command, Option } from 'commander';
import { collect } from './collect.ts';
import { type Cli, caDirectory, type Register, settingsOf } from './context.ts';
import { registerGatewayMcp } from './gateway-mcp.ts';
import {
  addAuditOption,
  addUpstreamOptions,
  listIn,
  readUpstreamFlags,
  type UpstreamFlags,
} from './sidecar-options.ts';
import { stopSignal } from './stop-signal.ts';
import { tuneV8 } from './tuning/tune-v8.ts';

interface Flags extends UpstreamFlags {
  readonly auditLog?: string;
  readonly listen: string;
  readonly host?: string[];
  readonly tlsCert?: string;
  readonly tlsKey?: string;
  readonly allowOrigin?: string[];
  readonly admin?: string;
  readonly caDir?: string;
}

/** `pai gateway`: serves Providers to tools outside until it is told to stop. */
export const registerGateway: Register = (program, cli) => {
  const command = program
    .command('gateway')
    .description('serve Providers over HTTPS to tools outside that have an access key, until stopped')
    .addOption(
      new Option('--listen <addr:port>', 'where').default('127.0.0.1:8443').env('PAI_GATEWAY_LISTEN'),
    )
    .addOption(
      new Option('--host <name>', 'what clients call it; repeatable')
        .argParser(collect)
        .env('PAI_GATEWAY_HOST'),
    )
    .addOption(
      new Option('--tls-cert <file>', 'certificate and chain, PEM (default: by the sidecar’s CA)').env(
        'PAI_TLS_CERT',
      ),
    )
    .addOption(new Option('--tls-key <file>', 'its key, PEM').env('PAI_TLS_KEY'))
    .addOption(
      new Option('--allow-origin <origin>', 'let programs in that are web pages of this origin; repeatable')
        .argParser(collect)
        .env('PAI_ALLOW_ORIGIN'),
    )
    .addOption(new Option('--admin <addr:port>', '/healthz, /readyz and /metrics').env('PAI_ADMIN'))
    .addOption(
      new Option('--ca-dir <dir>', 'where the CA is kept (default: ca in the home)').env('PAI_CA_DIR'),
    );
  addAuditOption(addUpstreamOptions(command))
    .addHelpText('after', '\nExample:\n  pai gateway --listen 0.0.0.0:8443 --host pai.example.com')
    .action(async (flags: Flags) => serve(flags, command, cli));
  registerGatewayMcp(command, cli);
};

async function serve(flags: Flags, command: Command, cli: Cli): Promise<void> {
  const base = { ...settingsOf(command, cli), ...readUpstreamFlags(flags) };
  const listen = parseListen(flags.listen, '--listen');
  const { tlsCert: cert, tlsKey: key } = flags;
  if ((cert === undefined) !== (key === undefined)) {
    throw new PaiError('usage', 'a certificate needs its key; give both --tls-cert and --tls-key');
  }
  const auditLog = flags.auditLog ?? '-';
  const say = auditLog === '-' ? cli.note : cli.print;
  const caDir = caDirectory(flags.caDir, base.home);
  const gateway = await startGateway({
    ...base,
    listen,
    hosts: listIn(flags.host),
    origins: listIn(flags.allowOrigin),
    ...(cert !== undefined && key !== undefined && { tls: { cert, key } }),
    ...(flags.admin !== undefined && { admin: parseListen(flags.admin, '--admin') }),
    caDir,
    auditLog,
    log: (line) => (line.startsWith('AUDIT') ? cli.stderr.write(`${line}\n`) : cli.note(line)),
  });
  const stopped = stopSignal();
  if (!isLoopback(listen.address)) {
    cli.note('warning: other machines reach this gateway; whoever holds an access key has what it opens');
  }
  if (cert === undefined) {
    cli.note(`clients have to trust ${join(caDir, 'ca.pem')}; name another certificate with --tls-cert`);
  }
  say(readyLine(gateway));
  const endTuning = tuneV8();
  await stopped;
  endTuning();
  await gateway.close();
}

function readyLine({ at, admin, names, attached }: Gateway): string {
  const serving = attached().map(({ name }) => name);
  const places = [
    `https://${names[0]}:${at.port} on ${formatListen(at)}`,
    ...(admin === undefined ? [] : [`admin ${formatListen(admin)}`]),
  ];
  const none = 'no Provider: none has externalAccess: {enabled: true}';
  return `gateway ready: ${places.join(', ')}; serving ${serving.length === 0 ? none : serving.join(', ')}`;
}

function isLoopback(address: string): boolean {
  return address === '::1' || address === 'localhost' || /^127\.\d+\.\d+\.\d+$/.test(address);
}
