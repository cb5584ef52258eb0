import { execFile } from 'node:child_process';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { expect, onTestFinished, test } from 'vitest';
import { runCli } from '../packages/cli/src/cli.ts';
import { type ErrorCode, errorStatus } from '../packages/core/src/errors.ts';
import { grpcStatusOf } from '../packages/core/src/grpc.ts';
import { builtinPlugins, composeFromDocuments, readResources } from '../packages/sidecar/src/index.ts';
import { configSchema, readPluginEntries } from '../packages/sidecar/src/plugin-config.ts';
import { root, sources } from './sources.ts';

const pages = globSync(['*.md', 'docs/**/*.md', 'examples/*/*.md', 'packages/*/README.md'], { cwd: root });
const read = (path: string) => readFileSync(join(root, path), 'utf8');
const readme = read('README.md');

/** The fenced blocks of one language on a page, in order. */
function blocks(page: string, language: string): string[] {
  return [...page.matchAll(new RegExp(`^\`\`\`${language}\\n([^]*?)^\`\`\``, 'gm'))].map(
    ([, block = '']) => block,
  );
}

/** The cells of every row of the tables under `<!-- MARK -->`, without the marks of code. */
function rows(page: string, mark: string): string[][] {
  const [, table = ''] = page.split(`<!-- ${mark} -->\n`);
  const [, found = ''] = /(?:^|\n)(\|[\s\S]*?)(?:\n\n|\s*$)/.exec(table) ?? [];
  const lines = found.trim().split('\n').slice(2);
  return lines.map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim().replaceAll('`', '')),
  );
}

const resources = [
  ...pages.flatMap((path) =>
    blocks(read(path), 'yaml').map((yaml, i) => ({ file: `${path} (${i + 1})`, yaml })),
  ),
  ...globSync('examples/**/*.yaml', { cwd: root, exclude: ['**/node_modules'] }).map((file) => ({
    file,
    yaml: read(file),
  })),
  // What is for Kubernetes, and a Secret as it is stored, are not what one applies.
].filter(({ yaml }) => /^apiVersion: pai\.io\//m.test(yaml) && !/^encryptedData:/m.test(yaml));
const isConfig = ({ yaml }: { yaml: string }) => /^kind: Config$/m.test(yaml);

test.each(resources.filter(isConfig))('the configuration of $file is valid', async ({ yaml }) => {
  const { plugins } = configSchema.properties;
  const fields = new Set(
    rows(read('docs/plugins.md'), 'fields: Config plugins').map(([field = '']) => field),
  );
  expect(fields).toEqual(new Set(Object.keys(plugins.items.properties)));
  expect(await readPluginEntries('/home', yaml)).not.toEqual([]);
});

test.each(resources.filter((resource) => !isConfig(resource)))(
  'the resources of $file are valid, and no policy in them is a slip',
  async ({ file, yaml }) => {
    const files = [{ file, text: yaml }];
    expect(await readResources(files, { plugins: builtinPlugins })).not.toEqual([]);
    expect(await composeFromDocuments(files, { plugins: builtinPlugins })).toMatchObject({ warnings: [] });
  },
);

test('every built-in type has an example', () => {
  const examples = globSync('examples/*.yaml', { cwd: root }).map((path) =>
    path.slice('examples/'.length, -'.yaml'.length),
  );
  expect([...builtinPlugins.keys()].filter((type) => !examples.includes(type))).toEqual([]);
});

test.each(pages)('every link on %s leads somewhere', (path) => {
  const links = [...read(path).matchAll(/\]\((?!https?:)([^)#\s]+)(?:#[^)]*)?\)/g)].map(
    ([, link = '']) => link,
  );
  expect(links.filter((link) => !existsSync(join(root, dirname(path), link)))).toEqual([]);
});

test('the index names every page of the documentation', () => {
  const index = read('docs/README.md');
  const names = globSync('docs/**/*.md', { cwd: root }).map((path) => path.slice('docs/'.length));
  expect(names.filter((name) => name !== 'README.md' && !index.includes(`](${name})`))).toEqual([]);
});

test('the README begins with the two commands that try it', () => {
  expect(blocks(readme, 'sh')[0]).toBe('npx -y pnpm@12 demo\nnpx -y pnpm@12 test\n');
});

test.each(pages)('every script that %s runs with pnpm is there', (path) => {
  const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
  const named = [...read(path).matchAll(/pnpm@12 (?:--silent )?([a-z][a-z0-9:-]*)/g)].map(
    ([, name = '']) => name,
  );
  expect(named.filter((name) => !(name in scripts) && !['pack', 'install'].includes(name))).toEqual([]);
});

/** Runs what a reader would type, in a shell where `pai` is the one of the sources. */
async function createShell() {
  const directory = await mkdtemp(join(tmpdir(), 'pai-docs-'));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  const env = { PATH: process.env['PATH'], HOME: directory, PAI_HOME: join(directory, 'home') };
  const pai = `pai() { '${process.execPath}' '${join(root, 'packages/cli/src/main.ts')}' "$@"; }`;
  return {
    directory,
    run: (line: string) =>
      new Promise<string>((resolve) => {
        execFile('sh', ['-c', `${pai}\n${line}`], { cwd: directory, env }, (_error, out, err) =>
          resolve(out + err),
        );
      }),
  };
}

test('what the README shows of pai is what happens', { timeout: 90_000 }, async () => {
  const { directory, run } = await createShell();
  await writeFile(join(directory, 'github-writer.yaml'), blocks(readme, 'yaml')[0] ?? '');
  await writeFile(join(directory, 'token.txt'), 'ghp_the_real_token\n');
  const steps = blocks(readme, 'console').flatMap((block) => block.split(/^\$ /m).slice(1));
  expect(steps.length).toBeGreaterThan(5);
  for (const step of steps) {
    const [line = '', ...shown] = step.trimEnd().split('\n');
    expect(`${line}\n${(await run(line)).trimEnd()}`).toBe([line, ...shown].join('\n'));
  }
});

test('what the page of declared types shows is what happens', { timeout: 90_000 }, async () => {
  const page = read('docs/declarative.md');
  const { directory, run } = await createShell();
  await writeFile(join(directory, 'tickets.yaml'), read('examples/declarative.yaml'));
  await writeFile(join(directory, 'parts.openapi.yaml'), blocks(page, 'yaml')[1] ?? '');
  const steps = blocks(page, 'console').flatMap((block) => block.split(/^\$ /m).slice(1));
  expect(steps.length).toBeGreaterThan(3);
  for (const step of steps) {
    const [line = '', ...shown] = step.trimEnd().split('\n');
    expect(`${line}\n${(await run(line)).trimEnd()}`).toBe([line, ...shown].join('\n'));
  }
  expect(read('examples/declarative.yaml')).toContain(blocks(page, 'yaml')[0]?.trimEnd());
});

const typed = [
  ...new Set(pages.flatMap((path) => read(path).match(/(?<=^\$ |^|\(|`)pai [a-z][^`\n]*/gm) ?? [])),
];

test.each(typed)('`%s` has a command and options that exist', async (line) => {
  const command = line.split(' -- ')[0]?.split(/["')|;]/)[0] ?? '';
  const [, name = '', sub = ''] = command.split(' ');
  const stdout = new PassThrough();
  const io = { env: {}, stdin: Readable.from([]), stdout, stderr: new PassThrough().resume() };
  const hasParts = ['add', 'provider', 'access-key'].includes(name) || (name === 'gateway' && sub === 'mcp');
  const status = await runCli([name, ...(hasParts ? [sub] : []), '--help'], io);
  stdout.end();
  const help = await text(stdout);
  expect(status).toBe(0);
  const options = command.match(/(?<= )--?[a-zA-Z][a-z-]*/g) ?? [];
  expect(options.filter((option) => !new RegExp(`${option}\\b`).test(help))).toEqual([]);
});

test('the program in the README is the example, and prints what is shown', { timeout: 60_000 }, async () => {
  const path = 'examples/custom-proxy/src/decide.ts';
  expect(blocks(readme, 'ts')).toEqual([read(path)]);
  const printed = await new Promise<string>((resolve, reject) => {
    execFile(process.execPath, [join(root, path)], (error, out) =>
      error === null ? resolve(out) : reject(error),
    );
  });
  expect(blocks(readme, 'text')).toEqual([printed]);
});

/** The first cells of the status table whose second begins with one of these words. */
function capabilities(state: RegExp): string[] {
  return rows(readme, 'status')
    .filter(([, found = '']) => state.test(found))
    .map(([capability = '']) => capability);
}

test('the status table says of every command whether it works', async () => {
  const commandsOf = (names: string[]) =>
    names.filter((name) => name.startsWith('pai ')).flatMap((name) => name.split(' ').slice(1));
  const help = new PassThrough();
  await runCli(['--help'], { env: {}, stdin: Readable.from([]), stdout: help, stderr: help });
  help.end();
  const listed = (await text(help)).match(/^ {2}[a-z][a-z-]* .*(?:\n {10,}.*)*/gm) ?? [];
  const isLater = (entry: string) => entry.replace(/\s+/g, ' ').includes('not in this version yet');
  const names = (isWanted: boolean) =>
    listed
      .filter((entry) => isLater(entry) === isWanted)
      .map((entry) => entry.trim().split(' ')[0] ?? '')
      .filter((name) => name !== 'help' && name !== 'pai');
  expect(commandsOf(capabilities(/^work/)).sort()).toEqual(names(false).sort());
  expect(commandsOf(capabilities(/^not yet/)).sort()).toEqual(names(true).sort());
});

test('the status table says of every type that it works', () => {
  const working = capabilities(/^works/)
    .join()
    .toLowerCase();
  for (const type of builtinPlugins.keys()) expect(working).toContain(type);
});

test('the page of errors has every code with its status, and no other', () => {
  const page = read('docs/errors.md');
  const listed = [...rows(page, 'codes: agent'), ...rows(page, 'codes: command')];
  expect(listed.map(([code, status]) => [code, Number(status)]).sort()).toEqual(
    Object.entries(errorStatus).sort(),
  );
  expect(listed.filter((cells) => cells.length !== 4 || cells.includes(''))).toEqual([]);
});

test('the page of errors has the gRPC status of every code that an agent can get, as it is', () => {
  const page = read('docs/errors.md');
  const listed = rows(page, 'codes: grpc').flatMap(([status = '', codes = '']) =>
    codes.split(', ').map((code) => [code, Number.parseInt(status, 10)]),
  );
  expect(listed).toEqual(listed.map(([code]) => [code, grpcStatusOf(code as ErrorCode)]));
  const codes = rows(page, 'codes: agent').map(([code]) => code);
  expect(codes.filter((code) => !listed.some(([named]) => named === code))).toEqual([]);
});

const auditPage = read('docs/audit.md');
const auditSource = read('packages/core/src/audit.ts');

/** The fields of AuditEvent as they are declared: name, whether always there, type. */
const declared = [...auditSource.matchAll(/^ {2}(?:readonly )?([a-z_]+)(\?)?: ([^;]+);$/gm)].map(
  ([, name = '', optional, type = '']) => ({ name, isAlways: optional === undefined, type }),
);

test('the page of the audit log has every field of an event, and no other', () => {
  const listed = rows(auditPage, 'fields').map(([name, always]) => [name, always === 'yes']);
  expect(listed.sort()).toEqual(declared.map(({ name, isAlways }) => [name, isAlways]).sort());
  expect(declared.length).toBeGreaterThan(15);
});

test('the page of the audit log has every decision, and no other', () => {
  const [, union = ''] = /AuditDecision = ([^;]+);/.exec(auditSource) ?? [];
  const decisions = union.split('|').map((word) => word.trim().replaceAll("'", ''));
  expect(
    rows(auditPage, 'decisions')
      .map(([name]) => name)
      .sort(),
  ).toEqual(decisions.sort());
});

test('the example of an audit line has the fields an event must have, of the right types', () => {
  const [event = {}] = blocks(auditPage, 'json').map((json) => JSON.parse(json) as Record<string, unknown>);
  const known = new Map(declared.map((field) => [field.name, field]));
  expect(Object.keys(event).filter((name) => !known.has(name))).toEqual([]);
  for (const { name, isAlways, type } of declared) {
    const value = event[name];
    if (value === undefined) expect(`${name} ${isAlways}`).toBe(`${name} false`);
    else if (type === 'string[]') expect(value).toEqual([expect.any(String)]);
    else expect(typeof value).toBe(type === 'number' ? 'number' : 'string');
  }
});

test('the architecture names every file of the packages, and none that is gone', () => {
  const page = read('ARCHITECTURE.md');
  const owners = [
    'core',
    'policy',
    'provider-aws',
    'provider-azure',
    'provider-gcp',
    'provider-mcp',
    'provider-github',
    'provider-slack',
    'provider-telegram',
    'provider-http-token',
    'provider-declarative',
    'sidecar',
  ];
  const wrong = owners.flatMap((owner) => {
    const patterns = rows(page, `files: ${owner}`).map(([file = '']) =>
      file.endsWith('/') ? `${file}*` : file,
    );
    const has = (name: string) =>
      patterns.some((pattern) =>
        new RegExp(`^${pattern.replaceAll('.', '\\.').replaceAll('*', '.*')}$`).test(name),
      );
    const names = globSync('**/*.ts', { cwd: join(root, 'packages', owner, 'src') });
    const missing = names.filter((name) => name !== 'index.ts' && !has(name));
    const gone = patterns.filter(
      (pattern) => globSync(pattern, { cwd: join(root, 'packages', owner, 'src') }).length === 0,
    );
    return [
      ...missing.map((name) => `${owner}: ${name} is missing`),
      ...gone.map((name) => `${owner}: ${name} is gone`),
    ];
  });
  expect(wrong).toEqual([]);
  expect(sources.length).toBeGreaterThan(100);
});

test('the architecture names only places that are there', () => {
  const named = [
    ...read('ARCHITECTURE.md').matchAll(/`((?:packages|test|tools|examples|bench|docs)\/[\w./-]*)`/g),
  ];
  expect(named.map(([, path = '']) => path).filter((path) => !existsSync(join(root, path)))).toEqual([]);
});

test('the .gitignore for a home lets git take nothing but what the page calls safe', async () => {
  const [, ignore = ''] = /`\.gitignore`:\n\n```\n([\s\S]*?)```/.exec(read('docs/state.md')) ?? [];
  const home = await mkdtemp(join(tmpdir(), 'pai-docs-'));
  onTestFinished(() => rm(home, { recursive: true }));
  const safe = ['agents', 'approvals', 'providers', 'secrets', 'types'].map(
    (kind) => `${kind}/default/a.yaml`,
  );
  const others = [
    'secret.key',
    'ca/ca-key.pem',
    'audit.jsonl',
    'access-keys/default/a.yaml',
    'compiled/secrets/default/a.yaml.json',
    'programs/default/a/token',
    'secrets/default/.a.yaml.0123456789ab.old',
  ];
  for (const file of [...safe, 'config.yaml', ...others]) {
    await mkdir(dirname(join(home, file)), { recursive: true });
    await writeFile(join(home, file), '');
  }
  await writeFile(join(home, '.gitignore'), ignore);
  const git = (...words: string[]) => promisify(execFile)('git', words, { cwd: home });
  await git('init', '--quiet');
  await git('add', '--all');
  const { stdout } = await git('ls-files');
  expect(stdout.trim().split('\n')).toEqual(['.gitignore', ...safe, 'config.yaml'].sort());
});
