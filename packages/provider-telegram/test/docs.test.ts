import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { examplesOf } from '../../../test/doc-examples.ts';
import { compileChatPattern } from '../src/chat-pattern.ts';
import { createJudge } from './bot.ts';

const page = readFileSync(join(import.meta.dirname, '../../../docs/telegram.md'), 'utf8');

const rowsOf = (title: string) => examplesOf(page, title);

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
