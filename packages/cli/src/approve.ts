import { createHash } from 'node:crypto';
import { PaiError } from '@pai/core';
import {
  type ApprovedTool,
  approveCommand,
  loadState,
  type ProviderResource,
  readApprovals,
  readApprovalsText,
  selectProviders,
  writeApprovals,
} from '@pai/sidecar';
import { collect } from './collect.ts';
import { type Cli, type Register, type Settings, settingsOf } from './context.ts';
import { addUpstreamOptions, readUpstreamFlags, type UpstreamFlags } from './sidecar-options.ts';
import { changesOf, changesText, isChange, type ToolChange } from './tool-changes.ts';

interface Flags extends UpstreamFlags {
  readonly tool?: string[];
  readonly yes?: true;
  readonly digest?: string;
}

/** `pai approve`: the tools of an MCP server, as they are defined now. */
export const registerApprove: Register = (program, cli) => {
  const command = program
    .command('approve')
    .description('show what has changed in the tools of an MCP server, and approve them as they are now')
    .argument('<name>', 'a Provider with policy.mcp.pin: true')
    .option('--tool <tool>', 'only this tool; repeatable', collect)
    .option('--yes', 'do not ask')
    .option('--digest <digest>', 'only if they are still what was shown with this digest');
  addUpstreamOptions(command)
    .addHelpText('after', '\nExample:\n  pai approve tracker')
    .action(async (name: string, flags: Flags) => {
      cli.status = await approve(name, flags, settingsOf(command, cli), cli);
    });
};

/** A Provider. */
interface Place {
  readonly name: string;
  readonly namespace: string;
}

async function approve(name: string, flags: Flags, settings: Settings, cli: Cli): Promise<number> {
  const { home, namespace } = settings;
  await findPinned(name, settings, cli);
  const before = await readApprovalsText(home, namespace, name);
  const stored = await readApprovals(home, namespace, name, before);
  if (stored.problem !== undefined) cli.note(`the approvals until now cannot be used: ${stored.problem}`);
  const { listTools } = await import('./list-tools.ts');
  const listed = await listTools({ ...settings, name, cli, upstream: readUpstreamFlags(flags) });
  const changes = only(flags.tool, { name, namespace }, changesOf(stored.tools, listed));
  const open = changes.filter(isChange);
  cli.print(changesText(changes));
  if (open.length === 0) return 0;
  const digest = digestOfChanges(open);
  if (flags.digest !== undefined && flags.digest !== digest) {
    cli.note(`nothing is approved, since this is not what was shown with ${flags.digest}; look again`);
    return 1;
  }
  if (!(await isWanted(flags, digest, open.length, { name, namespace }, cli))) return 1;
  await writeApprovals(home, namespace, name, applied(stored.tools, open), { before });
  cli.print(`provider/${name} approved`);
  return 0;
}

async function findPinned(name: string, { home, namespace }: Settings, cli: Cli): Promise<ProviderResource> {
  const state = await loadState(home, cli.plugins);
  const { providers } = selectProviders(state, { namespace, names: [name] });
  const [provider] = providers;
  if (provider?.spec.policy?.mcp?.pin === true) return provider;
  throw new PaiError(
    'usage',
    `provider ${name} does not pin its tools, so that none waits for approval; set policy.mcp.pin: true first`,
  );
}

function only(
  wanted: readonly string[] | undefined,
  { name: provider, namespace }: Place,
  changes: readonly ToolChange[],
): readonly ToolChange[] {
  const missing = wanted?.find((tool) => !changes.some(({ name }) => name === tool));
  if (missing !== undefined) {
    const why = `${provider} lists no tool ${JSON.stringify(missing)} that its policy allows`;
    throw new PaiError('resource_missing', `${why}; run: ${approveCommand(namespace, provider)}`);
  }
  return wanted === undefined ? changes : changes.filter(({ name }) => wanted.includes(name));
}

/** Of all that is shown, so that nothing is approved that nobody has looked at. */
function digestOfChanges(changes: readonly ToolChange[]): string {
  const lines = changes.map(({ kind, name, now }) => `${kind} ${name} ${now?.digest ?? ''}\n`);
  return createHash('sha256').update(lines.join('')).digest('hex').slice(0, 32);
}

async function isWanted(
  { yes, digest: given }: Flags,
  digest: string,
  count: number,
  { name, namespace }: Place,
  cli: Cli,
): Promise<boolean> {
  if (yes === true || given !== undefined) return true;
  const isTerminal = (cli.stdin as { isTTY?: boolean }).isTTY === true;
  if (isTerminal) {
    const { confirm } = await import('./confirm.ts');
    if (await confirm(cli, `approve ${count === 1 ? 'this change' : `these ${count} changes`}?`)) return true;
  }
  const how = isTerminal
    ? ''
    : `; to approve what is shown here, run: ${approveCommand(namespace, name)} --digest ${digest}`;
  cli.note(`nothing is approved${how}`);
  return false;
}

function applied(before: readonly ApprovedTool[], changes: readonly ToolChange[]): readonly ApprovedTool[] {
  const untouched = before.filter((tool) => !changes.some(({ name }) => name === tool.name));
  return [...untouched, ...changes.flatMap(({ now }) => (now === undefined ? [] : [now]))];
}
