import { PaiError } from '@pai/core';
import type { PolicySpec } from '@pai/policy';
import {
  approveCommand,
  type ComposedProvider,
  composeProviders,
  createSecretStore,
  loadState,
  readApprovals,
  readApprovalsText,
  type SecretEntry,
  stubSecrets,
} from '@pai/sidecar';
import { type Cli, type Register, type Settings, settingsOf } from './context.ts';
import { kindOf } from './kind.ts';

/** `pai describe provider`: one page about one Provider. */
export const registerDescribe: Register = (program, cli) => {
  program
    .command('describe')
    .description('show what a Provider reaches, holds and allows')
    .argument('<kind>', 'provider (service)')
    .argument('<name>')
    .action(async (word: string, name: string, _options: unknown, command) => {
      if (kindOf(word) !== 'Provider') {
        throw new PaiError('usage', `describe shows providers only; use: pai get ${word} ${name} -o yaml`);
      }
      await describe(cli, settingsOf(command, cli), name);
    });
};

async function describe(cli: Cli, { home, namespace }: Settings, name: string): Promise<void> {
  const state = await loadState(home, cli.plugins);
  const wanted = { state: { ...state, problems: state.problems.filter((problem) => problem.name === name) } };
  const { plugins } = cli;
  const { attached, warnings } = await composeProviders({
    ...wanted,
    namespace,
    names: [name],
    secrets: stubSecrets,
    plugins,
  });
  const secrets = await createSecretStore(home).list();
  for (const composed of attached) {
    cli.print([...page(composed, secrets), ...(await approvedTools(composed, home))].join('\n'));
  }
  for (const warning of warnings) cli.note(`warning: ${warning}`);
}

function page(
  { resource, provider, enforcement, isLogged }: ComposedProvider,
  secrets: readonly SecretEntry[],
): string[] {
  const { name, namespace, spec } = resource;
  const { auth, policy } = spec;
  const env = Object.entries(provider.placeholders.env).map(([key, value]) => `${key}=${value}`);
  const rules = (policy?.httpRules ?? []).map(({ effect, methods = ['*'], paths = ['*'] }) => {
    return `${effect} ${methods.join(',')} ${paths.join(' ')}`;
  });
  const hosts = provider.hosts.map(({ host, port = 443 }) => (port === 443 ? host : `${host}:${port}`));
  return [
    field('Name', name),
    field('Namespace', namespace),
    field('Type', spec.type),
    ...list('Hosts', hosts),
    field('Auth', auth === undefined ? 'none' : (auth.type ?? `as type ${spec.type} has it`)),
    field('Secret', secretLine(resource, secrets)),
    ...list('Agent gets', env),
    ...list('Allow', policy?.allow ?? []),
    ...list('Deny', policy?.deny ?? []),
    ...list('HTTP rules', rules),
    ...(spec.type === 'mcp' ? toolLines(policy?.mcp ?? {}) : []),
    ...(spec.config?.services === undefined ? [] : list('Services', spec.config.services)),
    ...Object.entries(spec.scope ?? {}).flatMap(([key, patterns]) => list(`Scope (${key})`, patterns ?? [])),
    field('Enforcement', enforcement === 'audit' ? 'audit (denials are logged, not blocked)' : enforcement),
    field('Logged', isLogged ? 'all requests' : 'denials only'),
  ];
}

function toolLines({
  allowedTools = [],
  deniedTools = [],
  rules = [],
}: NonNullable<PolicySpec['mcp']>): string[] {
  const ruleLines = rules.map(({ effect, tool, arguments: named }) => {
    const patterns = Object.entries(named).map(([name, pattern]) => `${name}=${pattern}`);
    return `${effect} ${tool} ${patterns.join(' ')}`;
  });
  return [
    ...list('Allowed tools', allowedTools.length === 0 ? ['all but those denied'] : allowedTools),
    ...list('Denied tools', deniedTools),
    ...list('Tool rules', ruleLines),
  ];
}

/** Nothing for a Provider that does not pin its tools. */
async function approvedTools({ resource }: ComposedProvider, home: string): Promise<string[]> {
  const { name, namespace, spec } = resource;
  if (spec.policy?.mcp?.pin !== true) return [];
  const text = await readApprovalsText(home, namespace, name);
  const { tools, problem } = await readApprovals(home, namespace, name, text);
  const why = problem ?? `run: ${approveCommand(namespace, name)}`;
  const names = tools.map((tool) => tool.name);
  return list('Approved tools', names.length === 0 ? [`none, so that all are hidden: ${why}`] : names);
}

function secretLine(
  { namespace, spec }: ComposedProvider['resource'],
  secrets: readonly SecretEntry[],
): string {
  const name = spec.auth?.secretRef;
  if (name === undefined) return 'none';
  const secret = secrets.find((entry) => entry.name === name && entry.namespace === namespace);
  return secret === undefined ? `${name} (missing)` : `${name} (keys: ${secret.keys.join(', ')})`;
}

function field(title: string, value: string): string {
  return `${`${title}:`.padEnd(width)}${value}`;
}

/** A title with its values below each other; `-` when there are none. */
function list(title: string, values: readonly string[]): string[] {
  const [first = '-', ...rest] = values;
  return [field(title, first), ...rest.map((value) => ' '.repeat(width) + value)];
}

const width = 22;
