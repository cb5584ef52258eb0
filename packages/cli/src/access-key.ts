import { commandIn, PaiError } from '@pai/core';
import {
  apiVersion,
  applyResources,
  createAccessKey,
  deleteResource,
  loadState,
  nearestKey,
  readExpiryTime,
  readResources,
  type State,
} from '@pai/sidecar';
import { type Command, Option } from 'commander';
import { type Cli, type Register, type Settings, settingsOf } from './context.ts';
import { listedAccessKey, titles } from './listed.ts';
import { namesIn } from './sidecar-options.ts';
import { formatTable } from './table.ts';

interface CreateFlags {
  readonly name: string;
  readonly provider: string;
  readonly expires?: string;
  readonly maxRequestsPerDay?: string;
  readonly output: 'text' | 'json';
}

/** `pai access-key`: keys with which tools outside come to the gateway. */
export const registerAccessKey: Register = (program, cli) => {
  const keys = program.command('access-key').description('make, list and revoke keys for the gateway');
  const make = keys
    .command('create')
    .description('make a key and print it, once: only its hash is kept')
    .requiredOption('--name <name>', 'what audit lines call whoever holds it')
    .requiredOption('--provider <names>', 'Providers that it opens: a,b')
    .option('--expires <when>', 'after 30d, 12h or 90m, or at a time such as 2027-01-31T00:00:00Z')
    .option('--max-requests-per-day <n>', 'most requests a day, in UTC')
    .addOption(new Option('-o, --output <format>').choices(['text', 'json']).default('text'))
    .addHelpText(
      'after',
      '\nExample:\n  pai access-key create --name build-laptop --provider linear --expires 90d',
    )
    .action(async (flags: CreateFlags) => create(cli, settingsOf(make, cli), flags));
  const list = keys
    .command('list')
    .description('list the keys; as pai get access-keys')
    .action(async () => show(cli, settingsOf(list, cli)));
  addRevoke(keys, cli);
};

function addRevoke(keys: Command, cli: Cli): void {
  const revoke = keys
    .command('revoke')
    .description('refuse a key from now on, and cut off what it has open')
    .argument('<name>')
    .action(async (name: string) => {
      const { home, namespace } = settingsOf(revoke, cli);
      await deleteResource(home, { kind: 'AccessKey', namespace, name });
      cli.print(`access-key/${name} revoked`);
    });
}

async function create(cli: Cli, { home, namespace }: Settings, flags: CreateFlags): Promise<void> {
  const providers = namesIn(flags.provider) ?? [];
  const state = await loadState(home, cli.plugins);
  const { key, hash } = createAccessKey();
  const expires = readExpiry(flags.expires, Date.now());
  const spec = {
    hash,
    providers,
    ...(expires !== undefined && { expires }),
    ...(flags.maxRequestsPerDay !== undefined && { maxRequestsPerDay: readCount(flags.maxRequestsPerDay) }),
  };
  const metadata = { name: flags.name, namespace };
  const text = (await import('yaml')).stringify({ apiVersion, kind: 'AccessKey', metadata, spec });
  const resources = await readResources([{ file: '--name', text }], { plugins: cli.plugins, namespace });
  await applyResources(home, resources, (planned) => {
    if (planned.some(({ change }) => change !== 'created')) throw taken(flags.name, namespace);
  });
  for (const warning of providers.flatMap((name) => warningsOf(name, namespace, state)))
    cli.note(`warning: ${warning}`);
  if (flags.output === 'json') cli.print(JSON.stringify({ name: flags.name, key, providers, expires }));
  else {
    cli.print(key);
    cli.note(`access-key/${flags.name} created; this is the only time that the key is shown`);
  }
}

function taken(name: string, namespace: string): PaiError {
  return new PaiError(
    'usage',
    `there is an access key called ${name}; choose another name, or run: ${commandIn(namespace, `pai access-key revoke ${name}`)}`,
  );
}

function warningsOf(name: string, namespace: string, { providers }: State): readonly string[] {
  const here = providers.filter((one) => one.namespace === namespace);
  const found = here.find((one) => one.name === name);
  if (found === undefined) {
    const near = nearestKey(
      name,
      here.map((one) => one.name),
    );
    return [`there is no provider ${name}${near === undefined ? '' : `; did you mean ${near}`}`];
  }
  if (found.spec.externalAccess?.enabled === true) return [];
  return [`${name} cannot be reached through the gateway; add externalAccess: {enabled: true} to its spec`];
}

const units: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000 };

function readExpiry(text: string | undefined, now: number): string | undefined {
  if (text === undefined) return undefined;
  const [, count, unit = ''] = /^(\d{1,5})([mhd])$/.exec(text) ?? [];
  const time = count === undefined ? readExpiryTime(text) : now + Number(count) * (units[unit] ?? 0);
  const isTime = count !== undefined || /^\d{4}-\d\d-\d\dT[\d:.]+Z$/.test(text);
  if (!isTime || !(time > now)) {
    throw new PaiError(
      'usage',
      `--expires ${JSON.stringify(text)} is no time to come; write 30d, 12h or 2027-01-31T00:00:00Z`,
    );
  }
  return new Date(time).toISOString();
}

function readCount(text: string): number {
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
  throw new PaiError('usage', `--max-requests-per-day ${JSON.stringify(text)} is not a number from 1`);
}

async function show(cli: Cli, { home, namespace }: Settings): Promise<void> {
  const { accessKeys, problems } = await loadState(home, cli.plugins);
  const here = accessKeys.filter((one) => one.namespace === namespace);
  const rows = here.map((one) => listedAccessKey(one, Date.now()).cells.slice(0, 4));
  if (rows.length > 0) cli.print(formatTable(titles.AccessKey.slice(0, 4), rows));
  else cli.note(`there are no access-keys in namespace ${namespace}`);
  const broken = problems.filter((one) => one.kind === 'AccessKey' && one.namespace === namespace);
  if (broken.length > 0)
    throw new PaiError('state_corrupt', broken.map(({ error }) => error.message).join('\n'));
}
