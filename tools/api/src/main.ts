import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { documentationProblems } from './documentation.ts';
import { findEntries } from './entries.ts';
import { makeReports } from './reports.ts';

const root = join(import.meta.dirname, '../../..');
const folder = join(root, 'etc');
const { values } = parseArgs({ options: { check: { type: 'boolean' }, html: { type: 'string' } } });

const entries = findEntries(root);
const problems: string[] = [];
const reports = new Map(makeReports(entries).map(({ file, text }) => [file, text]));
mkdirSync(folder, { recursive: true });
for (const file of new Set([...reports.keys(), ...readdirSync(folder)])) {
  const path = join(folder, file);
  const text = reports.get(file);
  if (values.check === true) {
    if (text !== readIfThere(path))
      problems.push(`etc/${file} is not what the packages export; run pnpm api`);
  } else if (text === undefined) rmSync(path);
  else writeFileSync(path, text);
}
problems.push(...(await documentationProblems({ root, entries, html: values.html })));
for (const problem of problems) process.stderr.write(`${problem}\n`);
process.exitCode = problems.length === 0 ? 0 : 1;

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
