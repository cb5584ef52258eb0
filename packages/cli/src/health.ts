import { formatListen, parseListen } from '@pai/sidecar';
import { Option } from 'commander';
import type { Cli, Register } from './context.ts';

interface Flags {
  readonly admin?: string;
  readonly live?: boolean;
}

/** `pai health`: asks a running sidecar whether it serves, for health checks where there is no shell and no curl. */
export const registerHealth: Register = (program, cli) => {
  program
    .command('health')
    .description('ask a running sidecar whether it serves; the exit status says so')
    .addOption(new Option('--admin <addr:port>', 'its admin port (default: 127.0.0.1:9090)').env('PAI_ADMIN'))
    .option('--live', 'ask only whether it runs')
    .action(async (flags: Flags) => check(flags, cli));
};

async function check({ admin = '127.0.0.1:9090', live = false }: Flags, cli: Cli): Promise<void> {
  const { address, port } = parseListen(admin, '--admin');
  const host = { '0.0.0.0': '127.0.0.1', '::': '::1' }[address] ?? address;
  const at = formatListen({ address: host, port });
  // 1 for every way of not serving: container engines keep 2 for themselves.
  cli.status = 1;
  try {
    const { status, text } = await ask(`http://${at}${live ? '/healthz' : '/readyz'}`);
    cli.print(text.trim());
    if (status === 200) cli.status = 0;
  } catch (thrown) {
    const why = thrown instanceof Error ? thrown.message : String(thrown);
    cli.note(`no answer from ${at} (${why}); start the sidecar with --admin ${at}`);
  }
}

// Milliseconds.
const patience = 3_000;

function ask(url: string): Promise<{ readonly status: number; readonly text: string }> {
  // Every other command starts without it.
  const { get } = process.getBuiltinModule('node:http');
  return new Promise((resolve, reject) => {
    const request = get(url, { agent: false, signal: AbortSignal.timeout(patience) }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk;
      });
      response.once('end', () => resolve({ status: response.statusCode ?? 0, text })).once('error', reject);
    });
    request.once('error', reject);
  });
}
