import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { builtinPlugins, createPluginsReader } from '@pai/sidecar';
import { Command, CommanderError } from 'commander';
import { commandsFor } from './commands.ts';
import { type Cli, type Io, settingsOf } from './context.ts';
import { exitStatusOf, reportError } from './report.ts';
import { packagesIn } from './sidecar-options.ts';
import { usageSentence } from './usage-sentence.ts';

/** Runs `pai` with its arguments and gives the exit status: 0 done, 1 failed, 2 wrong usage, 3 denied. Never throws. */
export async function runCli(args: readonly string[], io: Io): Promise<number> {
  const cli: Cli = {
    env: io.env,
    // Node makes it when it is asked for, and most commands do not.
    get stdin() {
      return io.stdin;
    },
    stdout: io.stdout,
    stderr: io.stderr,
    plugins: io.plugins ?? builtinPlugins,
    print: (line) => io.stdout.write(`${line}\n`),
    note: (line) => io.stderr.write(`pai: ${line}\n`),
    status: 0,
  };
  try {
    const program = createProgram(cli, args);
    if (args.length === 0) program.outputHelp();
    else await program.parseAsync(args, { from: 'user' });
    return cli.status;
  } catch (thrown) {
    if (thrown instanceof CommanderError) return thrown.exitCode === 0 ? 0 : 2;
    reportError(cli, thrown);
    return exitStatusOf(thrown);
  }
}

function createProgram(cli: Cli, args: readonly string[]): Command {
  const program = new Command('pai');
  program
    .description('Gives AI agents access to services without ever giving them a credential.')
    .version(versionText(), '-v, --version', 'print the version')
    .helpOption('-h, --help', 'explain a command')
    .helpCommand('help [command]', 'explain a command')
    .option('--home <dir>', 'directory of the state (default: $PAI_HOME, else the usual place)')
    .option('-n, --namespace <name>', 'namespace of the resources (default: default)')
    .addHelpText('after', example)
    .configureHelp({ showGlobalOptions: true })
    .configureOutput({
      writeOut: (text) => cli.stdout.write(text),
      writeErr: (text) => cli.stderr.write(text),
      outputError: (text) => cli.note(usageSentence(text, program, args)),
    })
    .exitOverride();
  for (const register of commandsFor(args)) register(program, cli);
  program.hook('preAction', (_, command) => loadPlugins(command, cli));
  return program;
}

/** Commands that need no type of the home, or follow it by themselves: they work whatever is wrong with its `config.yaml`. */
const typeless = new Set([
  'access-key revoke',
  'add',
  'gateway',
  'health',
  'mcp',
  'plugins',
  'provider',
  'run',
  'sidecar',
]);

/** The words of a command, without `pai`: `plugins add`. */
function pathOf(command: Command): string {
  const { parent } = command;
  return parent === null ? '' : `${pathOf(parent)} ${command.name()}`.trimStart();
}

/** The types of the home that a command works with. */
async function loadPlugins(command: Command, cli: Cli): Promise<void> {
  const path = pathOf(command);
  if (typeless.has(path) || typeless.has(path.replace(/ .*/, ''))) return;
  const { home } = settingsOf(command, cli);
  const options = { home, builtins: cli.plugins, named: packagesIn(cli.env['PAI_PLUGINS']), log: cli.note };
  cli.plugins = await createPluginsReader(options)();
}

function versionText(): string {
  const text = readFileSync(join(import.meta.dirname, '../package.json'), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}

const example = `
Example:
  pai add secret github-pat --from-file token=token.txt   store the credential, encrypted
  pai apply -f github-writer.yaml                         say what the agent may do
  pai run --provider github-writer -- node agent.js       run the agent, with placeholders only`;
