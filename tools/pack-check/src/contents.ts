import type { Manifest } from './manifest.ts';
import type { TarEntry } from './tarball.ts';

/** What is wrong with the files of a package, a sentence each. `sources` are the paths below its `src`. */
export function contentProblems(
  manifest: Manifest,
  entries: readonly TarEntry[],
  sources: ReadonlySet<string>,
): string[] {
  const byPath = new Map(entries.map((entry) => [entry.path, entry]));
  const has = (path: string) => byPath.has(path.replace(/^\.\//, ''));
  const targets = Object.values(manifest.exports ?? {}).flatMap((entry) => Object.values(entry));
  return [
    ...['package.json', 'README.md', 'LICENSE']
      .filter((path) => !has(path))
      .map((path) => `${path} is missing`),
    ...targets.filter((path) => !has(path)).map((path) => `exports names ${path}, which is missing`),
    ...entries
      .filter(({ path }) => !isExpected(path, sources))
      .map(({ path }) => `${path} does not belong in it`),
    ...Object.values(manifest.bin ?? {}).flatMap((path) =>
      binProblems(path, byPath.get(path.replace(/^\.\//, ''))),
    ),
  ];
}

function isExpected(path: string, sources: ReadonlySet<string>): boolean {
  if (['package.json', 'README.md', 'LICENSE', 'NOTICE', 'CHANGELOG.md'].includes(path)) return true;
  if (/^template\/(?:_package\.json|tsconfig\.json|README\.md|(?:src|test)\/[\w.-]+\.ts)$/.test(path))
    return true;
  if (
    /^dist\/(?:bundle\/)?(?:LICENSES\.txt|(?:sidecar|pai-cli)\.script\.cjs|(?:sidecar|provider-\w+|pai[\w-]*)\.js)$/.test(
      path,
    )
  )
    return true;
  const made = /^dist\/(.+?)(?:\.d\.ts|\.js)$/.exec(path)?.[1];
  return made !== undefined && sources.has(`${made}.ts`);
}

function binProblems(path: string, entry: TarEntry | undefined): string[] {
  if (entry === undefined) return [`bin names ${path}, which is missing`];
  return [
    ...(entry.text.startsWith('#!/usr/bin/env node\n')
      ? []
      : [`${path} does not start with a shebang for node`]),
    ...((entry.mode & 0o111) === 0o111 ? [] : [`${path} is not executable`]),
  ];
}
