import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { documentationProblems } from '../src/documentation.ts';
import { findEntries } from '../src/entries.ts';
import { makeReports } from '../src/reports.ts';

const root = join(import.meta.dirname, '../../..');

/** A package whose one entry has these declarations. */
async function createEntry(declarations: string) {
  const directory = await mkdtemp(join(tmpdir(), 'pai-api-test-'));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  await writeFile(join(directory, 'package.json'), '{"name": "@pai/sample", "type": "module"}');
  const path = join(directory, 'index.d.ts');
  await writeFile(path, declarations);
  return { specifier: '@pai/sample', directory, declarations: path, source: path };
}

const sample = `
/** Adds. */
export declare function add(one: number, other: number): number;
export declare const bare: string;
/** See {@link nothing}. */
export interface Linked {
  readonly a: string;
}
`;

test('finds every published entry, and of two with the same declarations one', () => {
  const specifiers = findEntries(root).map(({ specifier }) => specifier);
  expect(specifiers).toEqual(
    expect.arrayContaining(['@pai/core', '@pai/core/conformance', '@pai/sidecar/fastify']),
  );
  expect(specifiers).not.toContain('@pai/sidecar/bundle');
});

test('a report has every export with its signature, and no place that changes with a line above', {
  timeout: 60_000,
}, async () => {
  const entry = await createEntry(sample);
  const [report] = makeReports([entry]);
  expect(report?.file).toBe('sample.api.md');
  expect(report?.text).toContain('export function add(one: number, other: number): number;');
  expect(report?.text).not.toContain(root);
  expect(makeReports([entry])).toEqual([report]);
  expect(() => makeReports([{ ...entry, declarations: `${entry.declarations}.gone` }])).toThrow('not built');
});

test('an export without a comment and a link to nothing are problems', { timeout: 60_000 }, async () => {
  const problems = await documentationProblems({ root, entries: [await createEntry(sample)] });
  expect(problems.join('\n')).toContain('bare');
  expect(problems.join('\n')).toContain('nothing');
  expect(problems).toHaveLength(2);
});
