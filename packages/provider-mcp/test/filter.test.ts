import { requestFor } from '@pai/core/conformance';
import type { PolicySpec } from '@pai/policy';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { McpSpec } from '../src/schema.ts';
import { type Answer, pass } from './answer.ts';
import { attach, post } from './mcp.ts';

const url = 'https://mcp.example.com/mcp';
const tool = (name: unknown) => ({ name, inputSchema: { type: 'object', maximum: 1 } });
const list = (...names: unknown[]) => ({
  jsonrpc: '2.0',
  id: 1,
  result: { tools: names.map(tool), nextCursor: 'n' },
});

const stream = (...messages: unknown[]) =>
  messages.map((one) => `event: message\ndata: ${JSON.stringify(one)}\n\n`).join('');

test.each([200, 403, 500])(
  'an answer of status %i has no challenge that clients log in for',
  async (status) => {
    const outcome = await attach({ allow: ['*'] }).judge(post({ jsonrpc: '2.0', id: 1, method: 'ping' }));
    if (outcome.kind !== 'forward') throw new Error(outcome.event.reason);
    const headers = ['Www-Authenticate', 'Bearer resource_metadata="https://x"', 'X-A', 'b'];
    const head = { status, headers };
    outcome.filter?.(head);
    expect(head.headers).toEqual(['X-A', 'b']);
  },
);

describe('a list of tools (C6, C7)', () => {
  const all = list('list_issues', 'delete_issue');
  const listen = () => requestFor({ url, headers: { accept: 'text/event-stream', 'last-event-id': '7' } });
  test.each<[string, Answer]>([
    ['in JSON', { chunks: [JSON.stringify(all)] }],
    ['of status 206', { status: 206, chunks: [JSON.stringify(all)] }],
    [
      'in another spelling of the type',
      { type: 'Application/JSON; charset=utf-8', chunks: [JSON.stringify(all)] },
    ],
    ['of a type that is not JSON', { type: 'text/html', chunks: [JSON.stringify(all)] }],
    ['without a type', { type: '', chunks: [JSON.stringify(all)] }],
    ['in a batch', { chunks: [JSON.stringify([{ jsonrpc: '2.0', id: 2, result: {} }, all])] }],
    ['with its key escaped', { chunks: [JSON.stringify(all).replace('"tools"', '"t\\u006fols"')] }],
    ['with its name escaped', { chunks: [JSON.stringify(all).replace('delete_', '\\u0064elete_')] }],
    ['in an event', { type: 'text/event-stream', chunks: [stream(all)] }],
    [
      'in an event of no type',
      { type: 'text/event-stream;charset=utf-8', chunks: [`data:${JSON.stringify(all)}\n\n`] },
    ],
    [
      'in an event of another type',
      { type: 'text/event-stream', chunks: [`event: x\ndata: ${JSON.stringify(all)}\n\n`] },
    ],
    [
      'in an event on many lines',
      {
        type: 'text/event-stream',
        chunks: [`data: ${JSON.stringify(all, undefined, 1).replaceAll('\n', '\ndata: ')}\n\n`],
      },
    ],
    [
      'in an event that ends in CR',
      { type: 'text/event-stream', chunks: [`data: ${JSON.stringify(all)}\r\r`] },
    ],
    [
      'in an event that ends in CRLF',
      { type: 'text/event-stream', chunks: [`id: 3\r\ndata: ${JSON.stringify(all)}\r\n\r\n`] },
    ],
    [
      'after a byte order mark',
      { type: 'text/event-stream', chunks: [`\ufeffdata: ${JSON.stringify(all)}\n\n`] },
    ],
    [
      'in the stream that a GET opens, resumed',
      { type: 'text/event-stream', request: listen(), chunks: [stream(all)] },
    ],
    [
      'in the stream of the older transport',
      { type: 'text/event-stream', request: listen(), parts: { mcp: { url } }, chunks: [stream(all)] },
    ],
    ['by policy.deny', { policy: { deny: ['delete_*'] }, chunks: [JSON.stringify(all)] }],
    ['by policy.allow', { policy: { allow: ['list_issues'] }, chunks: [JSON.stringify(all)] }],
    [
      'by allowedTools',
      { policy: { mcp: { allowedTools: ['list_issues'] } }, chunks: [JSON.stringify(all)] },
    ],
  ])('%s has no tool that is denied', async (_title, answer) => {
    const text = await pass(answer);
    expect(text).toContain('"list_issues"');
    expect(text).toContain('nextCursor');
    expect(text).not.toMatch(/delete_issue|u0064/);
  });

  test('keeps its numbers, and is untouched where nothing is taken out', async () => {
    const text = JSON.stringify(list('a', 'delete_issue')).replaceAll(
      '"maximum":1',
      '"maximum":9223372036854775807',
    );
    expect(await pass({ chunks: [text] })).toContain('"maximum":9223372036854775807');
    const odd = ' {"id":1.0, "jsonrpc":"2.0","result":{"tools":[{"name":"a"}]}}\n';
    expect(await pass({ chunks: [odd] })).toBe(odd);
  });

  test.each([
    ['a tool without a name', list(undefined, 'a'), 'a'],
    ['a tool whose name is no text', list(7, 'a'), 'a'],
    [
      'tools that are no list',
      { jsonrpc: '2.0', id: 1, result: { tools: { name: 'delete_issue' } } },
      '"tools":[]',
    ],
  ])('loses %s', async (_title, message, kept) => {
    const text = await pass({ chunks: [JSON.stringify(message)] });
    expect(text).toContain(kept);
    expect(text).not.toContain('7,');
    expect(text).not.toContain('delete_issue');
  });

  test('is shown whole where denials are only logged, and to rules on arguments', async () => {
    const rules = [{ tool: 'delete_issue', effect: 'allow' as const, arguments: { id: '1' } }];
    const chunks = [JSON.stringify(all)];
    expect(await pass({ chunks, parts: { audit: { enforcement: 'audit' } } })).toContain('delete_issue');
    expect(await pass({ chunks, policy: { mcp: { rules } } })).toContain('delete_issue');
  });
});

describe('what cannot be read', () => {
  const withheld = {
    jsonrpc: '2.0',
    id: 1,
    error: { code: -32_603, message: expect.stringContaining('withheld') },
  };
  test.each([
    [
      'JSON with a key twice',
      '{"jsonrpc":"2.0","id":1,"result":{"tools":[]},"result":{"tools":[{"name":"delete_issue"}]}}',
    ],
    ['two texts', `${JSON.stringify(list('delete_issue'))}\n${JSON.stringify(list('delete_issue'))}`],
    ['half a text', JSON.stringify(list('delete_issue')).slice(0, -9)],
  ])('is withheld, and an error stands in its place: %s', async (_title, text) => {
    expect(JSON.parse(await pass({ chunks: [text] }))).toEqual(withheld);
    const events = await pass({
      type: 'text/event-stream',
      chunks: [`id: 4\ndata: ${text.replaceAll('\n', '\ndata: ')}\n\n`],
    });
    const [, data = ''] = /^id: 4\ndata: (.*)\n\n$/.exec(events) ?? [];
    expect(JSON.parse(data)).toEqual(withheld);
  });

  test('is withheld from a stream that answers nothing', async () => {
    const request = requestFor({ url });
    expect(await pass({ type: 'text/event-stream', request, chunks: ['id: 4\ndata: {\n\n'] })).toBe(
      'id: 4\n\n',
    );
  });

  test.each(['gzip', 'br', 'identity, gzip'])('is not passed on in %s', async (coding) => {
    const headers = ['content-encoding', coding];
    await expect(pass({ headers, chunks: ['x'] })).rejects.toThrow('although that was not asked for');
    await expect(pass({ headers, type: 'text/event-stream', chunks: ['x'] })).rejects.toThrow(
      'not asked for',
    );
  });

  test('ends the stream when it grows without end', async () => {
    const chunks = Array.from({ length: 17 }, () => 'x'.repeat(1 << 20));
    await expect(pass({ chunks })).rejects.toThrow('larger than');
    await expect(pass({ type: 'text/event-stream', chunks })).rejects.toThrow('larger than');
  });
});

describe('what the server asks of the agent (C10)', () => {
  const ask = (method: string, id?: number) => ({
    jsonrpc: '2.0',
    ...(id !== undefined && { id }),
    method,
    params: {},
  });
  const denying: PolicySpec = { deny: ['sampling/*'] };

  test('is taken out when the policy denies it', async () => {
    const text = stream(
      ask('sampling/createMessage', 1),
      ask('elicitation/create', 2),
      ask('notifications/message'),
    );
    const passed = await pass({ type: 'text/event-stream', policy: denying, chunks: [text] });
    expect(passed).not.toContain('sampling');
    expect(passed).toContain('elicitation/create');
    expect(passed).toContain('notifications/message');
  });

  test('is taken out of batches, and out of results that ask (2026-07-28)', async () => {
    const batch = [ask('sampling/createMessage', 1), list('a')];
    expect(JSON.parse(await pass({ policy: denying, chunks: [JSON.stringify(batch)] }))).toEqual([list('a')]);
    const result = { resultType: 'input_required', inputRequests: { x: ask('sampling/createMessage') } };
    const chunks = [JSON.stringify({ jsonrpc: '2.0', id: 1, result })];
    expect(JSON.parse(await pass({ policy: denying, chunks }))).toMatchObject({
      id: 1,
      error: { code: -32_003 },
    });
    expect(await pass({ chunks })).toBe(chunks[0]);
  });

  test('passes an allow list when it keeps the connection, and else only by name', async () => {
    const text = stream(ask('notifications/tools/list_changed'), ask('ping', 1), ask('roots/list', 2));
    const passed = await pass({
      type: 'text/event-stream',
      policy: { allow: ['a', 'tools/list'] },
      chunks: [text],
    });
    expect(passed).toContain('list_changed');
    expect(passed).toContain('ping');
    expect(passed).not.toContain('roots/list');
  });
});

describe('a stream', () => {
  test.each(['\n', '\r', '\r\n'])(
    'that nothing is taken out of passes byte for byte, however it is cut: %j',
    async (end) => {
      const lines = [
        ': hello',
        '',
        'retry: 100',
        'id: 1',
        'event: message',
        `data: ${JSON.stringify(list('a'))}`,
        '',
        'id: 2',
        'data: ',
        '',
        'event: ping',
        'data: now',
        '',
        'data: {"jsonrpc":"2.0","id":9,"result":{}}',
        '',
        '',
      ];
      const bytes = Buffer.from(lines.join(end));
      await fc.assert(
        fc.asyncProperty(
          fc.array(fc.integer({ min: 0, max: bytes.length }), { maxLength: 8 }),
          async (cuts) => {
            const at = [0, ...cuts.sort((a, b) => a - b), bytes.length];
            const chunks = at.slice(1).map((cut, i) => bytes.subarray(at[i], cut));
            // Clients that do not know a lone CR would read other lines than those that were judged.
            const expected = end === '\r' ? lines.join('\n') : bytes.toString();
            const passed = await pass({ type: 'text/event-stream', chunks });
            expect(end === '\r' ? passed.replaceAll('\r', '\n') : passed).toBe(expected);
          },
        ),
        { numRuns: 50 },
      );
    },
  );

  test('loses what no blank line ends, as it does with every client', async () => {
    expect(
      await pass({ type: 'text/event-stream', chunks: [`data: ${JSON.stringify(list('delete_issue'))}\n`] }),
    ).toBe('');
  });
});

test.each(['Accepted', '', ' '])('a word is no message: %j', async (text) => {
  expect(await pass({ status: 202, type: 'text/plain', chunks: [text] })).toBe(text);
});

test('an error of the server passes as it is', async () => {
  expect(await pass({ status: 404, type: 'text/html', chunks: ['<h1>'] })).toBe('<h1>');
});

describe('the place for messages of the older transport', () => {
  const sse: Partial<McpSpec> = { mcp: { url: 'https://mcp.example.com/a/sse' } };
  const event = (data: string, provider?: string) => {
    const request = {
      ...requestFor({ url: 'https://mcp.example.com/a/sse' }),
      ...(provider !== undefined && { provider }),
    };
    return pass({
      type: 'text/event-stream',
      parts: sse,
      request,
      chunks: [`event: endpoint\ndata: ${data}\n\n`],
    });
  };

  test.each(['/messages?s=1', 'messages', 'https://mcp.example.com/m', 'https://MCP.example.com:443/m'])(
    '%s is its own',
    async (data) => {
      expect(await event(data)).toBe(`event: endpoint\ndata: ${data}\n\n`);
    },
  );

  test.each([
    'https://evil.example/m',
    '//evil.example/m',
    'https://mcp.example.com.evil.example/m',
    'http://mcp.example.com/m',
    'https://mcp.example.com:8443/m',
    'https://user@mcp.example.com/m',
    '\\\\evil.example/m',
    'javascript:alert(1)',
  ])('%s ends the stream', async (data) => {
    await expect(event(data)).rejects.toThrow('not its own host');
  });

  test.each([
    ['/messages?s=1', '../messages?s=1'],
    ['/a/messages', '../a/messages'],
    ['messages', '../a/messages'],
    ['https://mcp.example.com/', '../'],
  ])('%s holds below a base URL with a path in front, as %s', async (data, relative) => {
    expect(await event(data, 'tracker')).toBe(`event: endpoint\ndata: ${relative}\n\n`);
    const before = new URL(relative, 'http://127.0.0.1:9/provider/tracker/a/sse').pathname;
    expect(before).toBe(`/provider/tracker${new URL(data, 'https://mcp.example.com/a/sse').pathname}`);
  });
});
