import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { compileChatPattern } from '../src/chat-pattern.ts';
import { createJudge } from './bot.ts';

const page = readFileSync(join(import.meta.dirname, '../../../docs/telegram.md'), 'utf8');

/** The cells of the rows of a table in docs/telegram.md, without backquotes. */
function rowsOf(title: string): string[][] {
  const table = page.split(`<!-- examples: ${title} -->\n`)[1]?.split('\n\n')[0] ?? '';
  const rows = table.trim().split('\n').slice(2);
  return rows.map((row) =>
    row
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim().replaceAll('`', '')),
  );
}

describe('docs/telegram.md', () => {
  test.each(rowsOf('names'))('says rightly that %s is %s', async (request = '', name = '') => {
    const [method = '', path = ''] = request.split(' ');
    const { event } = await createJudge({ policy: { allow: ['*'], deny: ['x'] } })({
      method,
      url: `https://api.telegram.org${path}`,
    });
    expect(event.unresolved === undefined ? event.actions.join() : 'unresolved').toBe(name);
  });

  test.each(rowsOf('chats'))('says rightly of %s and %s: %s', (pattern = '', chat = '', fits) => {
    expect(compileChatPattern(pattern)(chat)).toBe(fits === 'yes');
  });

  test('has both tables', () => {
    expect(rowsOf('names').length).toBeGreaterThan(8);
    expect(rowsOf('chats').length).toBeGreaterThan(4);
  });
});
