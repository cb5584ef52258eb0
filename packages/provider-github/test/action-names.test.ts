import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { examplesOf } from '../../../test/doc-examples.ts';
import { actionNames } from '../src/action-names.ts';

const text = readFileSync(join(import.meta.dirname, '../../../docs/github.md'), 'utf8');
const names = new Set(actionNames());

test('knows every name that requests have on its page', () => {
  const shown = [
    ...examplesOf(text, 'names').map(([, name = '']) => name),
    ...examplesOf(text, 'graphql').flatMap(([, actions = '']) =>
      actions.split(', ').map((action) => action.replace(/ on .*/, '')),
    ),
    ...['contents:push', 'contents:delete', 'wiki:push', 'gists:push', 'packages:create', 'agents:create'],
  ];
  expect(shown.length).toBeGreaterThan(40);
  expect(shown.filter((name) => !names.has(name))).toEqual([]);
});

test('knows what a write that GitHub does not list needs beside its own name', () => {
  expect(names).toContain('admin:issues:create');
});

test('does not know slips', () => {
  for (const slip of ['pull:create', 'pulls.create', 'issues:raed', 'pulls', '', 'undefined:read']) {
    expect(names).not.toContain(slip);
  }
});
