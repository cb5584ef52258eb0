import { Readable } from 'node:stream';
import { requestFor } from '@pai/core/conformance';
import { describe, expect, test } from 'vitest';
import { cpuSeconds } from '../../../test/cpu-time.ts';
import { createSseReader } from '../src/sse.ts';
import { type Answer, pass } from './answer.ts';
import { attach, call, judge, post } from './mcp.ts';

const open = attach();
const evil = '{"tools":[{"name":"delete_issue"}]}';
const message = `{"jsonrpc":"2.0","id":1,"result":${evil}}`;
const stream = (...chunks: (string | Uint8Array)[]): Answer => ({ type: 'text/event-stream', chunks });

describe('a message that some server reads in another way (C3)', () => {
  test.each([
    ['a method up to a NUL', { jsonrpc: '2.0', id: 1, method: 'tools/call\0', params: { name: 'a' } }],
    ['a method with a space', { jsonrpc: '2.0', id: 1, method: 'tools/call ', params: { name: 'a' } }],
    ['a method in capitals', { jsonrpc: '2.0', id: 1, method: 'Tools/Call', params: { name: 'a' } }],
    [
      'a key up to a NUL',
      { jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: 'a', 'name\0': 'b' } },
    ],
    [
      'half a character in a key',
      '{"jsonrpc":"2.0","id":1,"method":"ping","params":{"\\ud800":1,"\\ud801":2}}',
    ],
    ['a capital sharp s beside a small one', call('a', { straße: 1, STRAẞE: 2 })],
    [
      'a name with an underscore',
      { jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: 'a', na_me: 'b' } },
    ],
    ['an alias of Python', { jsonrpc: '2.0', id: 1, method: 'tasks/get', params: { task_id: 'b' } }],
    ['an id that is a fraction', { jsonrpc: '2.0', id: 1.5, method: 'ping' }],
  ])('is refused: %s', async (_title, content) => {
    const { decision, unresolved } = await judge(open, post(content as object));
    expect([decision, unresolved]).toEqual(['deny', expect.any(String)]);
  });

  test.each(['1e3', '{"toString":1}', '[1]', 'null'])(
    'is refused by its own sentence: a name that is %s',
    async (name) => {
      const text = `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":${name}}}`;
      const { decision, status, body } = await judge(open, post(text));
      expect([decision, status]).toEqual(['deny', 200]);
      expect(JSON.parse(body ?? '')).toMatchObject({
        id: 1,
        error: { message: expect.stringContaining('is no name of a tool') },
      });
    },
  );

  test('that is a million brackets is refused before it costs memory', async () => {
    const read = async () =>
      expect(await judge(open, post('['.repeat(4_000_000)))).toMatchObject({ decision: 'deny' });
    expect(await cpuSeconds(read)).toBeLessThan(1);
  });
});

test.each(['constructor', 'toString', '__proto__', 'HEAD', 'OPTIONS', 'QUERY'])(
  'the method %s is none',
  async (method) => {
    expect(await judge(open, requestFor({ method, url: 'https://mcp.example.com/mcp' }))).toMatchObject({
      decision: 'deny',
      actions: [],
    });
  },
);

test('a part of an answer is not asked for', async () => {
  const outcome = await open.judge(
    requestFor({ url: 'https://mcp.example.com/mcp', headers: { range: 'bytes=1-9' } }),
  );
  const headers = outcome.kind === 'forward' ? outcome.request.headers : [];
  expect(headers.join().toLowerCase()).not.toContain('range');
});

describe('a list of tools (C6) does not get by', () => {
  test.each<[string, Answer]>([
    ['beside a method', { chunks: [`{"jsonrpc":"2.0","id":1,"method":"ping","result":${evil}}`] }],
    ['beside an error', { chunks: [`{"jsonrpc":"2.0","id":1,"error":{},"result":${evil}}`] }],
    ['in a batch in a batch', { chunks: [`[[${message}]]`] }],
    ['as Result, for Go', { chunks: [message.replace('result', 'Result')] }],
    ['as Tools, for Go', { chunks: [message.replace('tools', 'Tools')] }],
    ['as too\u017fls', { chunks: [message.replace('tools', 'tool\u017f')] }],
    ['under a second name', { chunks: [message.replace('"name"', '"name":"list_issues","Name"')] }],
    ['with an error for a status', { status: 400, chunks: [message] }],
    ['in the stream of an error', { ...stream(`data: ${message}\n\n`), status: 500 }],
    [
      'in words of another alphabet',
      { type: 'application/json; charset=cp037', chunks: [Buffer.from([0xc0, 0x7f])] },
    ],
    ['in UTF-16', { chunks: [Buffer.from(message, 'utf16le')] }],
    [
      'in bytes that are no UTF-8',
      { chunks: [Buffer.from(message.replace('tools', 'to\xffols'), 'latin1')] },
    ],
    [
      'after a mark in the middle',
      stream(`data: {"id":1,"result":\n\ufeffdata: {"x":\ndata: ${evil}\n\ufeffdata: }\ndata: }\n\n`),
    ],
    ['between lone returns', stream(`data: {"id":1,"result"\r: ${evil}}\n: c\rdata: :{}}\n\n`)],
    ['in a field of another case', stream(`DATA: ${message}\ndata: 1\n\n`)],
    ['in a field with a space', stream(` data: ${message}\ndata : ${message}\n\n`)],
    ['in a comment that ends for Python', stream(`: \u2028data: ${message}\u2028\u2028\n\n`)],
    ['in a comment with a vertical tab', stream(`: x\vdata: ${message}\v\v\nid: 1\n\n`)],
    ['in an id', stream(`id: 1\x85data: ${message}\x85\x85\ndata: 1\n\n`)],
    [
      'in an event of bytes',
      stream(Buffer.from(`data: ${message.replace('tools', 'to\xffols')}\n\n`, 'latin1')),
    ],
  ])('%s', async (_title, answer) => {
    const passed = await pass(answer).catch((error: Error) => error.message);
    expect(passed).not.toContain('delete_issue');
    if (answer.type?.includes('cp037')) expect(passed).toContain('charset=cp037');
  });

  test('where the server asks by an error, or a list (C10)', async () => {
    const policy = { deny: ['elicitation/*'] };
    const error = { code: -32_042, message: 'go there', data: { elicitations: [{ url: 'https://x' }] } };
    const asked = JSON.stringify({ jsonrpc: '2.0', id: 1, error });
    expect(await pass({ chunks: [asked], policy })).toContain('-32003');
    expect(await pass({ chunks: [asked] })).toBe(asked);
    const result = { inputRequests: [{ method: 'elicitation/create' }] };
    expect(await pass({ chunks: [JSON.stringify({ jsonrpc: '2.0', id: 1, result })], policy })).toContain(
      '-32003',
    );
    const alias = { input_requests: { x: { method: 'elicitation/create' } } };
    expect(
      await pass({ chunks: [JSON.stringify({ jsonrpc: '2.0', id: 1, result: alias })], policy }),
    ).toContain('withheld');
  });
});

describe('an event', () => {
  test.each([
    [
      'on many lines goes on in one',
      'data: {"id":1,\ndata: "result":{}}\n\n',
      'data: {"id":1, "result":{}}\n\n',
    ],
    [
      'that holds a message in a line goes on in one',
      `data: {"x":\ndata: ${message}\ndata: }\n\n`,
      `data: {"x": ${message} }\n\n`,
    ],
    ['of words keeps its lines', 'data: a\ndata: b\n\n', 'data: a\ndata: b\n\n'],
    ['loses fields that there are not', 'foo: 1\nid: 2\ndata: {}\n\n', 'id: 2\ndata: {}\n\n'],
    ['gets a colon for a field without a colon', 'data\nid\n\n', 'id: \ndata: \n\n'],
    ['has its last type', 'event: a\nevent: b\ndata: {}\n\n', 'event: b\ndata: {}\n\n'],
    ['loses the mark before it', '\ufeffdata: {}\n\n', 'data: {}\n\n'],
  ])('%s', async (_title, text, expected) => {
    expect(await pass(stream(text))).toBe(expected);
  });

  test('of two types is the place for messages if one of them is', async () => {
    const answer = stream('event:  endpoint \nevent: endpoint\ndata: https://evil.example/m\n\n');
    const parts = { mcp: { url: 'https://mcp.example.com/mcp' } };
    await expect(pass({ ...answer, parts })).rejects.toThrow('not its own host');
  });

  test.each(['https://mcp.example.com\\@evil.example/m', '/\t/evil.example/m', '/m x', '/ü'])(
    'sends messages to no place that clients read in two ways: %j',
    async (data) => {
      const parts = { mcp: { url: 'https://mcp.example.com/mcp' } };
      await expect(pass({ ...stream(`event: endpoint\ndata: ${data}\n\n`), parts })).rejects.toThrow(
        'not its own host',
      );
    },
  );

  test('goes on as soon as it is whole, a comment with its own line', async () => {
    const outcome = await open.judge(requestFor({ url: 'https://mcp.example.com/mcp' }));
    if (outcome.kind !== 'forward') throw new Error('it was denied');
    const content = new Readable({ read: () => {} });
    const filtered = outcome.filter?.({ status: 200, headers: ['content-type', 'text/event-stream'] })?.(
      content,
    );
    const pieces = [':\n', ': alive\r', '\nid: 1\r\ndata: {}\r\n\r', '\n', 'data: {"id":2}\n\n'];
    const expected = [':\n', ': alive\r', '\nid: 1\r\ndata: {}\r\n\r', undefined, '\ndata: {"id":2}\n\n'];
    const next = filtered?.[Symbol.asyncIterator]();
    for (const [i, piece] of pieces.entries()) {
      content.push(piece);
      if (expected[i] !== undefined) expect(String((await next?.next())?.value)).toBe(expected[i]);
    }
    content.push(null);
  });

  test('that comes byte by byte takes the memory of its bytes', () => {
    const reader = createSseReader(4 << 20, () => new Error('too large'));
    const slab = Buffer.alloc(1 << 16, 'x');
    const before = process.memoryUsage();
    for (let i = 0; i < 3 << 20; i += 1) reader.read(slab.subarray(i % slab.length, (i % slab.length) + 1));
    const after = process.memoryUsage();
    expect(after.heapUsed + after.arrayBuffers - before.heapUsed - before.arrayBuffers).toBeLessThan(
      64 << 20,
    );
    expect(reader.rest().length).toBe(3 << 20);
  });

  test('of sixteen megabytes passes, and of one more ends the stream', async () => {
    const text = (length: number) => `data: {"id":1,"result":"${'x'.repeat(length)}"}\n\n`;
    const passed = await pass(stream(text(15 << 20)));
    expect(passed.length).toBe(text(15 << 20).length);
    const chunks = [text(17 << 20).slice(0, 9 << 20), text(17 << 20).slice(9 << 20)];
    await expect(
      pass(stream(...chunks.flatMap((one) => [one.slice(0, 8 << 20), one.slice(8 << 20)]))),
    ).rejects.toThrow('larger');
  });
});
