import { writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import {
  agentEnvironment,
  composeProviders,
  formatListen,
  loadCa,
  loadState,
  parseListen,
  stubSecrets,
} from '@pai/sidecar';
import { type Command, Option } from 'commander';
import { type Cli, caDirectory, type Register, settingsOf } from './context.ts';
import { overridingVariables } from './overriding.ts';
import { checkOneOf, namesIn } from './sidecar-options.ts';

interface Flags {
  readonly agent?: string;
  readonly provider?: string;
  readonly format: keyof typeof formats;
  readonly dir?: string;
  readonly proxy?: string;
  readonly caDir?: string;
  readonly output?: string;
}

/** `pai env`: what an agent's process needs, for whoever starts it. */
export const registerEnv: Register = (program, cli) => {
  const command = program
    .command('env')
    .description('print the variables an agent needs (placeholders, CA, proxy) and lay the files they name')
    .addOption(new Option('--agent <name>', 'the Providers of an Agent').env('PAI_AGENT'))
    .addOption(new Option('--provider <names>', 'Providers: a,b').env('PAI_PROVIDER'))
    .addOption(
      new Option('--format <format>', 'how to print them').choices(['sh', 'json', 'dotenv']).default('sh'),
    )
    .option('--dir <dir>', 'where to lay the files (default: agent in the home)')
    .option('--proxy <addr:port>', 'address of the sidecar’s proxy door, if agents are to use it')
    .addOption(
      new Option('--ca-dir <dir>', 'where the sidecar keeps its CA (default: ca in the home)').env(
        'PAI_CA_DIR',
      ),
    )
    .option('--output <file>', 'write them to this file instead')
    .addHelpText('after', '\nExample:\n  eval "$(pai env --provider github-writer --proxy 127.0.0.1:3128)"')
    .action(async (flags: Flags) => print(flags, command, cli));
};

async function print(flags: Flags, command: Command, cli: Cli): Promise<void> {
  const { home, namespace } = settingsOf(command, cli);
  const names = namesIn(flags.provider);
  checkOneOf(names, flags.agent, 'say whose Providers the agent gets');
  const state = await loadState(home, cli.plugins);
  const { attached } = await composeProviders({
    state,
    secrets: stubSecrets,
    plugins: cli.plugins,
    namespace,
    names,
    agent: flags.agent,
  });
  const proxy = flags.proxy === undefined ? undefined : formatListen(parseListen(flags.proxy, '--proxy'));
  const variables = agentEnvironment({
    ca: loadCa({ dir: caDirectory(flags.caDir, home) }),
    attached,
    dir: resolve(flags.dir ?? join(home, 'agent')),
    ...(proxy !== undefined && { proxy }),
  });
  const text = formats[flags.format](variables);
  if (flags.output === undefined) cli.print(text);
  else await writeFile(flags.output, `${text}\n`);
}

const formats = {
  json: (variables: Record<string, string>) => JSON.stringify(variables, undefined, 2),
  sh: (variables: Record<string, string>) => {
    const exports = lines(variables, (name, value) => `export ${name}='${value.replaceAll("'", `'\\''`)}'`);
    return `unset ${[...overridingVariables].join(' ')}\n${exports}`;
  },
  // What reads such files agrees on quotes, and not on escapes inside of them.
  dotenv: (variables: Record<string, string>) =>
    lines(variables, (name, value) => {
      const quote = ["'", '"', '`'].find((mark) => !value.includes(mark)) ?? '"';
      return `${name}=${quote}${value}${quote}`;
    }),
};

function lines(variables: Record<string, string>, format: (name: string, value: string) => string): string {
  return Object.entries(variables)
    .map(([name, value]) => format(name, value))
    .join('\n');
}
