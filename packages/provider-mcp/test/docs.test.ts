import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { attach, judge, post } from './mcp.ts';

const page = readFileSync(join(import.meta.dirname, '../../../docs/mcp.md'), 'utf8');
const table = page.split('<!-- examples: names -->\n')[1]?.split('\n\n')[0] ?? '';
const rows = table
  .trim()
  .split('\n')
  .slice(2)
  .map((row) => {
    const [, message = '', name = ''] = row.split('|').map((cell) => cell.trim().replaceAll('`', ''));
    return [message, name] as const;
  });

describe('docs/mcp.md', () => {
  test.each(rows)('says rightly that %s is %s', async (message, name) => {
    const { actions, unresolved } = await judge(attach(), post({ jsonrpc: '2.0', ...JSON.parse(message) }));
    expect(unresolved === undefined ? actions.join() : 'unresolved').toBe(name);
  });

  test('has the table', () => {
    expect(rows.length).toBeGreaterThan(6);
  });
});
