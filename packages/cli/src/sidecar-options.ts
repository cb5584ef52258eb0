import { PaiError } from '@pai/core';
import { type ListenAddress, type Override, parseListen, type SidecarOptions } from '@pai/sidecar';
import { type Command, Option } from 'commander';
import { collect } from './collect.ts';
import { type Cli, settingsOf } from './context.ts';

/** What the options of everything that reaches services hold. */
export interface UpstreamFlags {
  readonly upstream?: string[];
  readonly upstreamCa?: string;
  readonly dnsUpstream?: string[];
}

/** What the options of `sidecar` and `run` hold. */
export interface SidecarFlags extends UpstreamFlags {
  readonly agent?: string;
  readonly provider?: string;
  readonly egress: 'deny' | 'tunnel';
  readonly auditLog?: string;
  readonly plugin?: string[] | string;
}

/** Adds the options that `sidecar` and `run` share. Each may stand in the environment as `PAI_…` too. */
export function addSidecarOptions(command: Command): Command {
  command
    .addOption(new Option('--agent <name>', 'attach the Providers of an Agent').env('PAI_AGENT'))
    .addOption(new Option('--provider <names>', 'attach Providers: a,b').env('PAI_PROVIDER'))
    .addOption(
      new Option('--egress <what>', 'hosts that no Provider claims')
        .choices(['deny', 'tunnel'])
        .default('deny')
        .env('PAI_EGRESS'),
    )
    .addOption(
      new Option('--plugin <package>', 'a package with a provider type, isolated; repeatable')
        .argParser(collect)
        .env('PAI_PLUGINS'),
    );
  return addAuditOption(addUpstreamOptions(command));
}

/** Adds the option that says where audit lines go. */
export function addAuditOption(command: Command): Command {
  return command.addOption(
    new Option('--audit-log <file>', 'append audit lines here; - is standard output').env('PAI_AUDIT_LOG'),
  );
}

/** Adds the options that say how services are reached. */
export function addUpstreamOptions(command: Command): Command {
  return command
    .addOption(
      new Option(
        '--upstream <host=addr:port>',
        'reach a host (**.HOST: every one below it) at this address; repeatable',
      )
        .argParser(collect)
        .env('PAI_UPSTREAM'),
    )
    .addOption(new Option('--upstream-ca <file>', 'trust these CAs for services too').env('PAI_UPSTREAM_CA'))
    .addOption(
      new Option('--dns-upstream <addr[:port]>', 'DNS server to ask instead of the system’s; repeatable')
        .argParser(collect)
        .env('PAI_DNS_UPSTREAM'),
    );
}

/** The part of a sidecar's options that those flags decide. Throws `usage` with the flag that is wrong. */
export function readSidecarFlags(
  flags: SidecarFlags,
  command: Command,
  cli: Cli,
): Omit<SidecarOptions, 'auditLog' | 'log'> {
  const { home, namespace } = settingsOf(command, cli);
  const names = namesIn(flags.provider);
  checkOneOf(names, flags.agent, 'say whose Providers to attach');
  return {
    home,
    namespace,
    ...(names !== undefined && { names }),
    ...(flags.agent !== undefined && { agent: flags.agent }),
    egress: flags.egress,
    ...(flags.plugin !== undefined && { pluginPackages: listIn(flags.plugin) }),
    ...readUpstreamFlags(flags),
  };
}

/** The part of a sidecar's options that says how services are reached. Throws `usage` with the flag that is wrong. */
export function readUpstreamFlags({
  upstream,
  upstreamCa,
  dnsUpstream,
}: UpstreamFlags): Pick<SidecarOptions, 'overrides' | 'upstreamCa' | 'dnsUpstream'> {
  return {
    ...(upstream !== undefined && { overrides: new Map(listIn(upstream).map(readOverride)) }),
    ...(upstreamCa !== undefined && { upstreamCa }),
    ...(dnsUpstream !== undefined && { dnsUpstream: listIn(dnsUpstream).map(readDnsServer) }),
  };
}

/** `a,b` as a list; undefined stays undefined. */
export function namesIn(text: string | undefined): readonly string[] | undefined {
  const names = text
    ?.split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
  if (names?.length === 0) throw new PaiError('usage', '--provider names no Provider; write --provider a,b');
  return names;
}

/** Throws `usage`, with what to say, unless either Providers or an Agent are named. */
export function checkOneOf(
  names: readonly string[] | undefined,
  agent: string | undefined,
  what: string,
): void {
  if ((names === undefined) !== (agent === undefined)) return;
  const both = names === undefined ? '' : ', and not both, also not one of them as PAI_PROVIDER or PAI_AGENT';
  throw new PaiError('usage', `${what}: either --provider a,b or --agent NAME${both}`);
}

/** The packages that the environment names beside those of the home. */
export function packagesIn(text: string | undefined): readonly string[] {
  return listIn(text);
}

/** Addresses given several times, or as one list with commas. */
export function readListens(texts: readonly string[] | undefined, option: string): readonly ListenAddress[] {
  return listIn(texts).map((text) => parseListen(text, option));
}

/** The values of an option that was given several times; one from the environment is one string, with commas. */
export function listIn(texts: readonly string[] | string | undefined): string[] {
  return [texts ?? []]
    .flat()
    .flatMap((text) => text.split(','))
    .map((text) => text.trim())
    .filter((text) => text !== '');
}

function readOverride(text: string): [string, Override] {
  const at = text.indexOf('=');
  if (at < 1) throw new PaiError('usage', `--upstream ${JSON.stringify(text)} is not HOST=ADDR:PORT`);
  return [text.slice(0, at).toLowerCase(), parseListen(text.slice(at + 1), '--upstream')];
}

function readDnsServer(text: string): ListenAddress {
  const hasPort = /^\[[^\]]+\]:\d+$|^[^:]+:\d+$/.test(text);
  if (hasPort) return parseListen(text, '--dns-upstream');
  return parseListen(
    text.includes(':') ? `[${text.replace(/^\[|\]$/g, '')}]:53` : `${text}:53`,
    '--dns-upstream',
  );
}
