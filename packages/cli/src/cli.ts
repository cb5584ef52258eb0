import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { builtinPlugins, createPluginsReader } from '@pai/sidecar';
import { Command, CommanderError } from 'commander';
import { commandsFor } from './commands.ts';
import { type Cli, type Io, type Register, settingsOf } from './context.ts';
import { exitStatusOf, reportError } from './report.ts';
import { packagesIn } from './sidecar-options.ts';

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
    const program = createProgram(cli, commandsFor(args));
    if (args.length === 0) program.outputHelp();
    else await program.parseAsync(args, { from: 'user' });
    return cli.status;
  } catch (thrown) {
    if (thrown instanceof CommanderError) return thrown.exitCode === 0 ? 0 : 2;
    reportError(cli, thrown);
    return exitStatusOf(thrown);
  }
}

function createProgram(cli: Cli, commands: readonly Register[]): Command {
  const program = new Command('pai')
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
      outputError: (text) => cli.note(`${asSentence(text)}; see pai --help`),
    })
    .exitOverride();
  for (const register of commands) register(program, cli);
  program.hook('preAction', (_, command) => loadPlugins(command, cli));
  return program;
}

/** The types of the home that a command works with. A sidecar follows its home by itself. */
async function loadPlugins(command: Command, cli: Cli): Promise<void> {
  const { parent } = command;
  if (command.name() === 'sidecar' || command.name() === 'run' || parent?.name() === 'plugins') return;
  const { home } = settingsOf(command, cli);
  const options = { home, builtins: cli.plugins, named: packagesIn(cli.env['PAI_PLUGINS']), log: cli.note };
  cli.plugins = await createPluginsReader(options)();
}

/** Commander's `error: …\n(Did you mean …?)` as one line of ours. */
function asSentence(text: string): string {
  return text
    .trim()
    .replace(/^error: /, '')
    .replace(/\s*\n\s*/g, ' ')
    .replace(/\((Did you mean .*)\?\)$/, (_, hint: string) => hint.replace('Did', 'did'))
    .replace(/' did/, "'; did");
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
