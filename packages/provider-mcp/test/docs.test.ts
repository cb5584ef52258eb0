import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { examplesOf } from '../../../test/doc-examples.ts';
import { attach, judge, post } from './mcp.ts';

const page = readFileSync(join(import.meta.dirname, '../../../docs/mcp.md'), 'utf8');
const rows = examplesOf(page, 'names');

describe('docs/mcp.md', () => {
  test.each(rows)('says rightly that %s is %s', async (message = '', name = '') => {
    const { actions, unresolved } = await judge(attach(), post({ jsonrpc: '2.0', ...JSON.parse(message) }));
    expect(unresolved === undefined ? actions.join() : 'unresolved').toBe(name);
  });

  test('has the table', () => {
    expect(rows.length).toBeGreaterThan(6);
  });
});
