import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** The licences of the third parties whose files went into a bundle, by name. Throws for one that has none. */
export function noticesFor(files: readonly string[]): string {
  const packages = new Map(
    files.filter((file) => file.includes('/node_modules/')).map((file) => [packageOf(file), true]),
  );
  const notices = [...packages.keys()].map(noticeOf).sort();
  return `This bundle holds code of these packages, under their licences.\n${notices.join('')}`;
}

function packageOf(file: string): string {
  let directory = dirname(file);
  while (!existsSync(join(directory, 'package.json')) || nameIn(directory) === undefined) {
    directory = dirname(directory);
  }
  return directory;
}

/** Some packages hold a package.json without a name, for tools. */
function nameIn(directory: string): string | undefined {
  return manifestOf(directory).name;
}

function manifestOf(directory: string): { name?: string; version?: string } {
  return JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8'));
}

function noticeOf(directory: string): string {
  const { name, version } = manifestOf(directory);
  const file = readdirSync(directory).find((entry) => /^licen[cs]e/i.test(entry));
  if (file === undefined) throw new Error(`${name} has no licence that could be shown`);
  return `\n---- ${name} ${version}\n\n${readFileSync(join(directory, file), 'utf8').trim()}\n`;
}
