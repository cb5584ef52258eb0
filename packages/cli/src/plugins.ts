import { PaiError } from '@pai/core';
import { addPlugin, builtinPlugins, listPlugins, removePlugin } from '@pai/sidecar';
import { Option } from 'commander';
import { type Cli, type Register, settingsOf } from './context.ts';
import { formatTable } from './table.ts';

/** `pai plugins`: provider types of third parties. */
export const registerPlugins: Register = (program, cli) => {
  const plugins = program
    .command('plugins')
    .description('add, list and remove packages with provider types of third parties');
  plugins
    .command('add')
    .description('check a package and record it, after installing it with npm where it is not here')
    .argument('<package>', 'name, name@version, or a directory: ./here')
    .addOption(
      new Option(
        '--isolation <how>',
        'process: one of its own for each Provider; none: trusted like Pai itself',
      )
        .choices(['process', 'none'])
        .default('process'),
    )
    .action(async (wanted: string, { isolation }: { isolation: 'process' | 'none' }, command) => {
      const { home } = settingsOf(command, cli);
      const { env, note: log } = cli;
      const entry = await addPlugin({ home, wanted, isolation, builtins: builtinPlugins, env, log });
      const { package: name, version, type } = entry;
      const pinned = version === undefined ? '' : ` ${version}`;
      cli.print(`plugin ${name}${pinned} added: provider type ${type}`);
      if (isolation === 'none')
        cli.note(`warning: ${name} can do all that pai can do, and read every secret of it`);
    });
  plugins
    .command('list')
    .description('list the packages, and whether each can be loaded')
    .action(async (_options, command) => list(cli, settingsOf(command, cli).home));
  plugins
    .command('remove')
    .description('take a package out of the configuration')
    .argument('<package>')
    .action(async (name: string, _options, command) => {
      await removePlugin(settingsOf(command, cli).home, name);
      cli.print(`plugin ${name} removed`);
    });
};

async function list(cli: Cli, home: string): Promise<void> {
  const found = await listPlugins(home);
  if (found.length === 0) return cli.note('there are no plugins; add one with: pai plugins add NAME');
  const rows = found.map(({ entry, problem }) => [
    entry.package,
    entry.version ?? '',
    entry.type ?? '',
    entry.isolation ?? 'process',
    problem === undefined ? 'ok' : 'broken',
  ]);
  cli.print(formatTable(['PACKAGE', 'VERSION', 'TYPE', 'ISOLATION', 'STATE'], rows));
  const problems = found.flatMap(({ problem }) => problem ?? []);
  if (problems.length > 0)
    throw new PaiError('plugin_unknown', problems.map(({ message }) => message).join('\n'));
}
