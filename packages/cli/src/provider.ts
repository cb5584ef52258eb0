import { PaiError } from '@pai/core';
import { apiVersion, labelPattern, loadDeclarative } from '@pai/sidecar';
import { Option } from 'commander';
import type { Cli, Register } from './context.ts';
import { readSourceFiles } from './source-files.ts';

interface Flags {
  readonly name?: string;
  readonly server?: string;
  readonly actions?: 'operation-id' | 'path';
}

/** `pai provider from-openapi`: a start for a type that is written down. */
export const registerProvider: Register = (program, cli) => {
  program
    .command('provider')
    .description('start a type of Provider')
    .command('from-openapi')
    .description('print a ProviderType with a route for each operation of an OpenAPI or Swagger file')
    .argument('<file>', 'the document, YAML or JSON; - is standard input')
    .option('--name <name>', 'name of the type (default: from the title)')
    .option('--server <url>', 'https://HOST/PATH, in place of the servers that it names')
    .addOption(
      new Option('--actions <what>', 'what names the actions (default: ids, where all have one)').choices([
        'operation-id',
        'path',
      ]),
    )
    .addHelpText('after', '\nExample:\n  pai provider from-openapi api.yaml --name tickets > tickets.yaml')
    .action(async (file: string, flags: Flags) => print(file, flags, cli));
};

async function print(file: string, { server, actions, ...flags }: Flags, cli: Cli): Promise<void> {
  const [source] = await readSourceFiles([file], cli.stdin);
  const document = await parse(file, source?.text ?? '');
  const { fromOpenapi } = await loadDeclarative();
  const { spec, notes } = fromOpenapi(document, { server, naming: actions });
  const name = flags.name ?? slugOf(spec.description ?? '');
  if (!new RegExp(labelPattern).test(name)) {
    throw new PaiError(
      'usage',
      `${JSON.stringify(name)} cannot be the name of a type; choose one with --name`,
    );
  }
  const { Document, isMap, isSeq } = await import('yaml');
  const written = new Document({ apiVersion, kind: 'ProviderType', metadata: { name }, spec });
  for (const list of ['auth', 'routes']) {
    const items = written.getIn(['spec', list]);
    for (const item of isSeq(items) ? items.items : []) if (isMap(item)) item.flow = true;
  }
  written.commentBefore = [
    ' A start, to be read and corrected: what a request does is what this file says.',
    ...notes.map((note) => ` ${note}`),
  ].join('\n');
  cli.print(written.toString({ lineWidth: 0, flowCollectionPadding: false }).trimEnd());
  for (const note of notes.slice(0, mostNotes)) cli.note(note);
  const others = notes.length - mostNotes;
  if (others > 0) cli.note(`and ${others} more, which stand at the top of what is printed`);
}

const mostNotes = 5;

async function parse(file: string, text: string): Promise<unknown> {
  if (/^\s*\{/.test(text)) {
    try {
      return JSON.parse(text);
    } catch {
      // YAML may begin so too.
    }
  }
  const { parse } = await import('yaml');
  try {
    return parse(text);
  } catch (cause) {
    throw new PaiError('config_invalid', `${file} is neither JSON nor YAML; correct it`, { cause });
  }
}

function slugOf(title: string): string {
  return title
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^[^a-z]+|-+$/g, '')
    .slice(0, 40)
    .replace(/-+$/, '');
}
