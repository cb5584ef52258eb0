import { deleteResource, loadState, type ProviderResource, type ResourceId, wordOf } from '@pai/sidecar';
import { type Cli, type Register, settingsOf } from './context.ts';
import { kindOf } from './kind.ts';

/** `pai delete`: removes one resource. */
export const registerDelete: Register = (program, cli) => {
  program
    .command('delete')
    .description('remove a resource')
    .argument('<kind>', 'provider (service), agent, secret, providertype or access-key')
    .argument('<name>')
    .action(async (word: string, name: string, _options: unknown, command) => {
      const { home, namespace } = settingsOf(command, cli);
      const id = { kind: kindOf(word), namespace, name };
      const users = await usersOf(cli, home, id);
      await deleteResource(home, id);
      cli.print(`${wordOf(id.kind)}/${name} deleted`);
      for (const user of users) cli.note(`warning: ${user} still names it`);
    });
};

async function usersOf(cli: Cli, home: string, id: ResourceId): Promise<readonly string[]> {
  const { providers, agents, accessKeys } = await loadState(home, cli.plugins);
  const isUsedBy = {
    Secret: ({ spec }: ProviderResource) => spec.auth?.secretRef === id.name,
    ProviderType: ({ spec, plugin }: ProviderResource) => plugin !== undefined && spec.type === id.name,
    Provider: () => false,
    Agent: () => false,
    AccessKey: () => false,
  }[id.kind];
  const users = [
    ...providers.filter(isUsedBy),
    ...[...agents, ...accessKeys].filter(
      ({ spec }) => id.kind === 'Provider' && spec.providers?.includes(id.name),
    ),
  ];
  return users
    .filter(({ namespace }) => namespace === id.namespace)
    .map(({ kind, name }) => `${wordOf(kind)}/${name}`);
}
