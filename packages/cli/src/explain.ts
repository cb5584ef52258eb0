import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { formatAuthority, PaiError, toPaiError } from '@pai/core';
import { followApprovals, loadPlugin, loadState, readResources, selectProviders } from '@pai/sidecar';
import { type Command, Option } from 'commander';
import { collect } from './collect.ts';
import { type Cli, type Register, settingsOf } from './context.ts';
import { type ComposeFor, composeExample, composeWithConfig } from './explain-compose.ts';
import { type BadLine, type RequestLine, readLines } from './explain-lines.ts';
import { explainRequest, type SpelledRequest, spellOut } from './explain-request.ts';
import { explanationText } from './explain-text.ts';
import { namesIn } from './sidecar-options.ts';
import { readSourceFiles } from './source-files.ts';

interface Flags {
  readonly header?: string[];
  readonly data?: string;
  readonly file?: string[];
  readonly type?: string;
  readonly requests?: string;
  readonly provider?: string;
  readonly agent?: string;
  readonly output: 'text' | 'json';
}

/** `pai explain`: what a request means and what becomes of it, without sending it. */
export const registerExplain: Register = (program, cli) => {
  const command = program
    .command('explain')
    .description('say what a request means and what becomes of it, without sending it')
    .argument('[method]')
    .argument('[url]')
    .option('-H, --header <line>', 'a header, as name: value; repeatable', collect)
    .option('-d, --data <content>', 'the content; @FILE for a file')
    .option('-f, --file <path>', 'Providers to judge by, instead of those in the home; repeatable', collect)
    .option('--provider <names>', 'only these Providers of the home: a,b')
    .option('--agent <name>', 'only the Providers of an Agent')
    .option('--type <type>', 'name actions as this provider type does, without any policy')
    .option('--requests <file>', 'explain every request of a JSON Lines file (- is standard input)')
    .addOption(
      new Option('-o, --output <format>', 'form of one answer; those of --requests are JSON')
        .choices(['text', 'json'])
        .default('text'),
    )
    .addHelpText('after', '\nExample:\n  pai explain GET https://api.github.com/repos/myorg/repo-a/issues')
    .action((method: string | undefined, url: string | undefined, flags: Flags) =>
      flags.requests === undefined
        ? explainOne(method, url, flags, command, cli)
        : explainAll(flags.requests, [method, ...(flags.header ?? []), flags.data], flags, command, cli),
    );
};

async function explainOne(
  method: string | undefined,
  url: string | undefined,
  flags: Flags,
  command: Command,
  cli: Cli,
): Promise<void> {
  if (method === undefined || url === undefined) {
    throw new PaiError(
      'usage',
      'explain takes a method and a URL, or --requests FILE; see pai explain --help',
    );
  }
  const request = spellOut({
    method,
    url,
    headers: readHeaderLines(flags.header ?? []),
    body: await readData(flags.data),
  });
  const compose = await composerOf(flags, command, cli);
  const explanation = await explainRequest(await compose(undefined, formatAuthority(request)), request);
  const { by, upstream: _, ...facts } = explanation;
  cli.print(
    flags.output === 'json'
      ? JSON.stringify({ provider: by?.name, ...facts })
      : explanationText(request, explanation, flags.type === undefined),
  );
  if (explanation.decision.effect === 'deny' && flags.type === undefined) cli.status = 3;
}

/** The form for machines: one answer a line, in the same order, whatever happens to the others. */
async function explainAll(
  path: string,
  parts: readonly (string | undefined)[],
  flags: Flags,
  command: Command,
  cli: Cli,
): Promise<void> {
  if (parts.some((part) => part !== undefined)) {
    throw new PaiError(
      'usage',
      'with --requests every request stands in the file; leave METHOD, -H and -d out',
    );
  }
  const compose = await composerOf(flags, command, cli);
  const input = path === '-' ? await text(cli.stdin) : await readText(path);
  for (const line of readLines(input)) {
    const answer = 'problem' in line ? refusal(line, flags, 'usage') : await answerLine(line, compose, flags);
    cli.print(JSON.stringify(answer));
  }
}

async function answerLine(
  { id, request: spelled, config }: RequestLine,
  compose: ComposeFor,
  flags: Flags,
): Promise<object> {
  try {
    const request = spellOut(spelled);
    const explanation = await explainRequest(await compose(config, formatAuthority(request)), request);
    const { actions, unresolved, decision } = explanation;
    return {
      id,
      actions: actions.map(({ name, resource }) => ({ name, resource })),
      unresolved,
      ...(flags.type === undefined && {
        decision: { effect: decision.effect, rule: decision.rule, reason: decision.reason },
      }),
    };
  } catch (thrown) {
    const { code, message } = toPaiError(thrown, 'the request cannot be explained');
    return refusal({ id, problem: message }, flags, code);
  }
}

function refusal({ id, problem }: BadLine, flags: Flags, rule: string): object {
  const decision = { effect: 'deny', rule, reason: problem };
  return { id, actions: [], unresolved: problem, ...(flags.type === undefined && { decision }) };
}

async function composerOf(flags: Flags, command: Command, cli: Cli): Promise<ComposeFor> {
  if (flags.type !== undefined) {
    if (flags.file !== undefined)
      throw new PaiError('usage', '--type explains without a policy and -f with one; give one of them');
    await loadPlugin(cli.plugins, flags.type);
    return composeExample(flags.type, cli.plugins);
  }
  if (flags.file !== undefined) {
    const files = await readSourceFiles(flags.file, cli.stdin);
    const resources = await readResources(files, { plugins: cli.plugins });
    const providers = resources.filter((resource) => resource.kind === 'Provider');
    if (providers.length === 0)
      throw new PaiError('config_invalid', `${flags.file.join(', ')} has no Provider in it`);
    return composeWithConfig(providers, { plugins: cli.plugins });
  }
  const { home, namespace } = settingsOf(command, cli);
  const state = await loadState(home, cli.plugins);
  const { providers } = selectProviders(state, {
    namespace,
    names: namesIn(flags.provider),
    agent: flags.agent,
  });
  const { open } = followApprovals(home);
  const approvals = (_: string, name: string) => open(namespace, name);
  return composeWithConfig(providers, { plugins: cli.plugins, approvals });
}

function readHeaderLines(lines: readonly string[]): string[] {
  return lines.flatMap((line) => {
    const at = line.indexOf(':');
    if (at < 1) throw new PaiError('usage', `-H ${JSON.stringify(line)} is not name: value`);
    return [line.slice(0, at).trim(), line.slice(at + 1).trim()];
  });
}

async function readData(data: string | undefined): Promise<SpelledRequest['body']> {
  if (data === undefined) return undefined;
  return data.startsWith('@')
    ? readFile(data.slice(1)).catch((thrown: unknown) => cannotRead(data.slice(1), thrown))
    : Buffer.from(data);
}

async function readText(path: string): Promise<string> {
  return readFile(path, 'utf8').catch((thrown: unknown) => cannotRead(path, thrown));
}

function cannotRead(path: string, thrown: unknown): never {
  throw new PaiError(
    'usage',
    `${path} cannot be read (${(thrown as NodeJS.ErrnoException).code}); check the path`,
    { cause: thrown },
  );
}
