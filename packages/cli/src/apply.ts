import { PaiError, toPaiError } from '@pai/core';
import {
  applyResources,
  checkSecretValue,
  composeResources,
  type DeclaredTypes,
  formatPlace,
  loadState,
  type ProviderResource,
  type Resource,
  readResources,
  stubSecrets,
  typeKey,
  typesAmong,
  wordOf,
} from '@pai/sidecar';
import { collect } from './collect.ts';
import { type Cli, type Register, type Settings, settingsOf } from './context.ts';
import { findLooseEnds } from './loose-ends.ts';
import { readSourceFiles } from './source-files.ts';

/** `pai apply`: checks and stores resources, all of them or none. */
export const registerApply: Register = (program, cli) => {
  program
    .command('apply')
    .description('store Providers, Agents, Secrets, ProviderTypes and AccessKeys from YAML; all or none')
    .requiredOption('-f, --filename <path>', 'file, directory, or - for standard input (repeatable)', collect)
    .action(async (options: { filename: string[] }, command) => {
      await apply(cli, settingsOf(command, cli), options.filename);
    });
};

async function apply(cli: Cli, { home, namespace }: Settings, paths: readonly string[]): Promise<void> {
  const files = await readSourceFiles(paths, cli.stdin);
  const { providers: stored, types } = await loadState(home, cli.plugins);
  const declared = typesAmong(types);
  const resources = await readResources(files, { plugins: cli.plugins, namespace, declared });
  if (resources.length === 0) {
    throw new PaiError(
      'config_invalid',
      `${paths.join(', ')} holds no resource; start one with apiVersion: pai.io/v1`,
    );
  }
  checkSecrets(resources);
  await checkProvidersOf(typesAmong(resources), stored, resources, cli);
  const providers = resources.filter((resource) => resource.kind === 'Provider');
  const { warnings } = await composeResources(providers, stubSecrets, { plugins: cli.plugins });

  for (const { resource, change } of await applyResources(home, resources)) {
    cli.print(`${wordOf(resource.kind)}/${resource.name} ${change}`);
  }
  for (const warning of [...warnings, ...(await findLooseEnds(home, resources, cli.plugins))]) {
    cli.note(`warning: ${warning}`);
  }
}

/** A type that changes must leave the Providers of it that are stored already valid. Throws what is wrong with them. */
async function checkProvidersOf(
  types: DeclaredTypes,
  stored: readonly ProviderResource[],
  resources: readonly Resource[],
  { plugins }: Cli,
): Promise<void> {
  const isReplaced = ({ namespace, name }: ProviderResource) =>
    resources.some((one) => one.kind === 'Provider' && one.namespace === namespace && one.name === name);
  for (const provider of stored) {
    const { namespace, spec, document } = provider;
    if (!types.has(typeKey({ namespace, name: spec.type })) || isReplaced(provider)) continue;
    const { file, text } = document;
    const read = await readResources([{ file, text }], { plugins, namespace, declared: types });
    const providers = read.filter((resource) => resource.kind === 'Provider');
    await composeResources(providers, stubSecrets, { plugins });
  }
}

function checkSecrets(resources: readonly Resource[]): void {
  const problems: string[] = [];
  for (const resource of resources) {
    if (resource.kind !== 'Secret') continue;
    for (const [key, value] of Object.entries(resource.stringData)) {
      try {
        checkSecretValue(resource.name, key, value);
      } catch (thrown) {
        const at = formatPlace(resource.document.placeOf(['stringData', key]));
        problems.push(`${at}: ${toPaiError(thrown, 'the value cannot be used').message}`);
      }
    }
  }
  if (problems.length > 0) throw new PaiError('secret_invalid', problems.join('\n'));
}
