import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Application, LogLevel, ReflectionKind } from 'typedoc';
import type { Entry } from './entries.ts';

/** What documentation is read from and written to. */
export interface DocumentationOptions {
  readonly root: string;
  readonly entries: readonly Entry[];
  /** Folder for pages that can be browsed. Default: none are written. */
  readonly html?: string | undefined;
}

/** Reads the doc comments of every entry. Gives a line for every export without one and every link that leads nowhere. */
export async function documentationProblems({
  root,
  entries,
  html,
}: DocumentationOptions): Promise<string[]> {
  const folder = mkdtempSync(join(root, 'node_modules/.pai-api-'));
  try {
    const tsconfig = join(folder, 'tsconfig.json');
    writeFileSync(tsconfig, JSON.stringify(configOf(root, entries)));
    return await readAll(entries, tsconfig, html);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

// The declarations say all that is documented, and are read in a fraction of the time that the sources take.
function configOf(root: string, entries: readonly Entry[]): object {
  const paths = Object.fromEntries(entries.map(({ specifier, declarations }) => [specifier, [declarations]]));
  const typeRoots = [join(root, 'node_modules/@types')];
  const compilerOptions = { noEmit: true, skipLibCheck: true, typeRoots, paths };
  return {
    extends: join(root, 'tsconfig.check.json'),
    compilerOptions,
    include: [],
    files: entries.map(({ declarations }) => declarations),
  };
}

async function readAll(
  entries: readonly Entry[],
  tsconfig: string,
  html: string | undefined,
): Promise<string[]> {
  const problems: string[] = [];
  const app = await Application.bootstrap({
    name: 'Pai',
    entryPoints: entries.map(({ declarations }) => declarations),
    tsconfig,
    readme: 'none',
    // The compiler that the project is written for has looked at the types.
    skipErrorChecking: true,
    excludeExternals: true,
    gitRevision: 'main',
    disableSources: true,
    logLevel: LogLevel.Warn,
    validation: { notExported: false, invalidLink: true, rewrittenLink: true, notDocumented: true },
    requiredToBeDocumented: ['Function', 'Variable', 'Interface', 'TypeAlias', 'Class', 'Enum'],
  });
  // Every message passes through it, and its own loggers only print.
  Reflect.set(app.logger, 'addContext', (message: string, level: LogLevel) => {
    if (level >= LogLevel.Warn) problems.push(message);
    return message;
  });
  const project = await app.convert();
  if (project === undefined) return ['the sources could not be read', ...problems];
  app.validate(project);
  const count = project.getReflectionsByKind(ReflectionKind.ContainsCallSignatures).length;
  if (count === 0) problems.push('no function was found');
  if (html !== undefined) await app.generateDocs(project, html);
  return problems;
}
