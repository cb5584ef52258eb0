import { PaiError } from '@pai/core';
import { formatListen, type ListenAddress, type Sidecar, startSidecar } from '@pai/sidecar';
import { Option } from 'commander';
import { collect } from './collect.ts';
import { type Cli, caDirectory, type Register } from './context.ts';
import { holdBackOptimizing } from './hold-back.ts';
import { addSidecarOptions, readListens, readSidecarFlags, type SidecarFlags } from './sidecar-options.ts';
import { stopSignal } from './stop-signal.ts';
import { tuneV8 } from './tuning/tune-v8.ts';

interface Flags extends SidecarFlags {
  readonly listen?: string[];
  readonly proxy?: string[];
  readonly dns?: string;
  readonly admin?: string;
  readonly transparent?: string;
  readonly baseUrl?: string;
  readonly caDir?: string;
}

/** `pai sidecar`: serves until it is told to stop. */
export const registerSidecar: Register = (program, cli) => {
  const command = program.command('sidecar').description('serve Providers to an agent until stopped');
  addSidecarOptions(command)
    .addOption(
      new Option(
        '--listen <addr:port>',
        'TLS door, where DNS leads; repeatable (default: 127.0.0.1:443 when no door is named)',
      )
        .argParser(collect)
        .env('PAI_LISTEN'),
    )
    .addOption(
      new Option('--proxy <addr:port>', 'door for HTTPS_PROXY; repeatable')
        .argParser(collect)
        .env('PAI_PROXY'),
    )
    .addOption(new Option('--dns <addr:port>', 'DNS server that leads Providers’ hosts here').env('PAI_DNS'))
    .addOption(new Option('--admin <addr:port>', '/healthz, /readyz and /metrics').env('PAI_ADMIN'))
    .addOption(
      new Option('--transparent <addr:port>', 'door for connections that the kernel redirects').env(
        'PAI_TRANSPARENT',
      ),
    )
    .addOption(
      new Option('--base-url <addr:port>', 'door for http://ADDR:PORT/provider/NAME/…, on loopback only').env(
        'PAI_BASE_URL',
      ),
    )
    .addOption(
      new Option('--ca-dir <dir>', 'where the CA is kept (default: ca in the home)').env('PAI_CA_DIR'),
    )
    .action(async (flags: Flags) => serve(flags, command, cli));
};

async function serve(flags: Flags, command: Parameters<typeof readSidecarFlags>[1], cli: Cli): Promise<void> {
  const base = readSidecarFlags(flags, command, cli);
  const proxy = readListens(flags.proxy, '--proxy');
  const listen = readListens(flags.listen, '--listen');
  const isNamed = listen.length + proxy.length > 0 || (flags.transparent ?? flags.baseUrl) !== undefined;
  const auditLog = flags.auditLog ?? '-';
  const say = auditLog === '-' ? cli.note : cli.print;
  const optimize = holdBackOptimizing(base.home, base.namespace);
  const sidecar = await startSidecar({
    ...base,
    listen: isNamed ? listen : readListens(['127.0.0.1:443'], '--listen'),
    proxy,
    ...(flags.transparent !== undefined && { transparent: one(flags.transparent, '--transparent') }),
    ...(flags.baseUrl !== undefined && { baseUrl: one(flags.baseUrl, '--base-url') }),
    ...(flags.dns !== undefined && { dns: one(flags.dns, '--dns') }),
    ...(flags.admin !== undefined && { admin: one(flags.admin, '--admin') }),
    caDir: caDirectory(flags.caDir, base.home),
    auditLog,
    log: (line) => (line.startsWith('AUDIT') ? cli.stderr.write(`${line}\n`) : cli.note(line)),
  });
  optimize();
  // Whoever reads that line may tell it to stop at once.
  const stopped = stopSignal();
  say(readyLine(sidecar));
  const endTuning = tuneV8();
  await stopped;
  endTuning();
  await sidecar.close();
}

function one(text: string, option: string): ListenAddress {
  const [address, ...others] = readListens([text], option);
  if (address === undefined || others.length > 0) throw new PaiError('usage', `${option} takes one address`);
  return address;
}

function readyLine({ addresses, attached }: Sidecar): string {
  const doors = Object.entries({
    tls: addresses.listen,
    proxy: addresses.proxy,
    transparent: addresses.transparent,
    'base URL': addresses.baseUrl,
    dns: addresses.dns,
    admin: addresses.admin,
  })
    .filter(([, places]) => places.length > 0)
    .map(([door, places]) => `${door} ${places.map(formatListen).join(' ')}`);
  return `sidecar ready: ${doors.join(', ')}; serving ${attached()
    .map(({ name }) => name)
    .join(', ')}`;
}
