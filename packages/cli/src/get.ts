import { PaiError } from '@pai/core';
import { createSecretStore, loadState, missingResource, type ResourceKind, wordOf } from '@pai/sidecar';
import { Option } from 'commander';
import { type Cli, type Register, type Settings, settingsOf } from './context.ts';
import { kindOf } from './kind.ts';
import {
  type Listed,
  listedAccessKey,
  listedAgent,
  listedProvider,
  listedSecret,
  listedType,
  titles,
} from './listed.ts';
import { formatTable } from './table.ts';

type Format = 'json' | 'yaml' | 'wide' | 'table';

/** `pai get`: lists resources. */
export const registerGet: Register = (program, cli) => {
  program
    .command('get')
    .description('list resources; never shows the value of a secret')
    .argument('<kind>', 'providers (services), agents, secrets, providertypes or access-keys')
    .argument('[name]')
    .addOption(
      new Option('-o, --output <format>', 'format of the list')
        .choices(['table', 'wide', 'json', 'yaml'])
        .default('table'),
    )
    .action(async (word: string, name: string | undefined, options: { output: Format }, command) => {
      await get(cli, settingsOf(command, cli), kindOf(word), name, options.output);
    });
};

async function get(
  cli: Cli,
  { home, namespace }: Settings,
  kind: ResourceKind,
  name: string | undefined,
  format: Format,
): Promise<void> {
  const { items, errors } = await list(cli, home, kind);
  const here = items.filter((item) => item.namespace === namespace);
  const found = name === undefined ? here : here.filter((item) => item.name === name);
  const broken = errors.filter(
    (error) => error.namespace === namespace && (name === undefined || error.name === name),
  );
  if (name !== undefined && found.length === 0) {
    throw broken[0]?.error ?? missingResource({ kind, namespace, name }, items);
  }
  await show(cli, kind, found, format, name !== undefined);
  if (found.length === 0 && broken.length === 0) {
    cli.note(`there are no ${wordOf(kind)}s in namespace ${namespace}`);
  }
  if (broken.length > 0) {
    throw new PaiError('state_corrupt', broken.map(({ error }) => error.message).join('\n'));
  }
}

interface Broken {
  readonly namespace: string;
  readonly name: string;
  readonly error: PaiError;
}

async function list(
  cli: Cli,
  home: string,
  kind: ResourceKind,
): Promise<{ items: readonly Listed[]; errors: readonly Broken[] }> {
  if (kind === 'Secret') {
    const entries = await createSecretStore(home).list();
    const errors = entries.flatMap(({ problem, ...entry }) =>
      problem === undefined ? [] : [{ ...entry, error: problem }],
    );
    return { items: entries.filter(({ problem }) => problem === undefined).map(listedSecret), errors };
  }
  const { providers, agents, types, accessKeys, problems } = await loadState(home, cli.plugins);
  const items = {
    Provider: () => providers.map(listedProvider),
    Agent: () => agents.map(listedAgent),
    ProviderType: () => types.map(listedType),
    AccessKey: () => accessKeys.map((one) => listedAccessKey(one, Date.now())),
  }[kind]();
  return { items, errors: problems.filter((problem) => problem.kind === kind) };
}

async function show(
  cli: Cli,
  kind: ResourceKind,
  found: readonly Listed[],
  format: Format,
  isOne: boolean,
): Promise<void> {
  if (format === 'json' || format === 'yaml') {
    const [first] = found;
    const data = isOne
      ? first?.data
      : { apiVersion: 'pai.io/v1', kind: 'List', items: found.map(({ data }) => data) };
    const text = format === 'json' ? JSON.stringify(data, null, 2) : (await import('yaml')).stringify(data);
    cli.print(text.trimEnd());
    return;
  }
  if (found.length === 0) return;
  const count = format === 'wide' ? titles[kind].length : titles[kind].indexOf('NAMESPACE');
  const rows = found.map(({ cells }) => cells.slice(0, count));
  cli.print(formatTable(titles[kind].slice(0, count), rows));
}
