import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { resultText, type ToolResult } from '../../src/tools/result-text.ts';
import { readServers } from '../../src/tools/servers.ts';
import { nameForModel } from '../../src/tools/tool-names.ts';

describe('what a model calls a tool', () => {
  test.each([
    ['github', 'list_issues', 'github__list_issues'],
    ['my-server', 'a-b', 'my-server__a-b'],
    ['s', 'files.read', /^s__files_read_[0-9a-f]{8}$/],
    ['s', 'x'.repeat(128), /^s__x{52}_[0-9a-f]{8}$/],
    ['a'.repeat(63), 'list', /^a{24}__list_[0-9a-f]{8}$/],
  ])('%s and %s', (server, tool, expected) => {
    expect(nameForModel(server, tool)).toMatch(
      expected instanceof RegExp ? expected : new RegExp(`^${expected}$`),
    );
  });

  test('is one that every API takes, and two tools have two', () => {
    const label = fc.stringMatching(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/);
    const tool = fc.stringMatching(/^[A-Za-z0-9_.-]{1,128}$/);
    fc.assert(
      fc.property(label, tool, label, tool, (server, one, other, two) => {
        const name = nameForModel(server, one);
        expect(name).toMatch(/^[a-zA-Z0-9_-]{1,64}$/);
        if (server !== other || one !== two) expect(name).not.toBe(nameForModel(other, two));
      }),
    );
  });
});

describe('PAI_MCP_SERVERS', () => {
  test('is a list of servers, or not there', () => {
    expect(readServers({})).toEqual([]);
    expect(readServers({ PAI_MCP_SERVERS: '[{"name":"a","url":"https://a.example/mcp"}]' })).toEqual([
      { name: 'a', url: 'https://a.example/mcp', transport: 'http' },
    ]);
  });

  test.each([
    ['{', 'is not JSON'],
    ['{}', 'is not a list'],
    ['[{"url":"https://a/"}]', 'has no name'],
    ['[{"name":"a","url":"file:///etc"}]', 'has no URL'],
    ['[{"name":"a","url":"https://a/","transport":"stdio"}]', 'another transport'],
    ['[{"name":"a","url":"https://a/"},{"name":"a","url":"https://b/"}]', 'two MCP servers called "a"'],
  ])('%s is refused', (text, why) => {
    expect(() => readServers({ PAI_MCP_SERVERS: text })).toThrow(why);
  });
});

test('an answer as text says what is no text', () => {
  const content = [
    { type: 'text', text: 'one' },
    { type: 'image', data: 'AAAA', mimeType: 'image/png' },
    { type: 'resource', resource: { uri: 'x:y', text: 'inside' } },
    { type: 'resource', resource: { uri: 'x:z', blob: 'AAAA' } },
    { type: 'resource_link', uri: 'https://a.example/', name: 'a' },
  ] as ToolResult['content'];
  expect(resultText({ content })).toBe('one\n[image image/png]\ninside\n[resource x:z]\nhttps://a.example/');
  expect(resultText({ content: [], structuredContent: { a: 1 } })).toBe('{"a":1}');
});
