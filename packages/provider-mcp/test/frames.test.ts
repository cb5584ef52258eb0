import { requestFor } from '@pai/core/conformance';
import { describe, expect, test } from 'vitest';
import { attach, call, judge, post } from './mcp.ts';

const open = attach();
const frame = (method: string, params?: object) => ({
  jsonrpc: '2.0',
  id: 1,
  method,
  ...(params !== undefined && { params }),
});

describe('a message (C1, C2, C3, C4, C9)', () => {
  test.each([
    ['a call of a tool', call('list_issues', { owner: 'o' }), ['list_issues']],
    ['a call without arguments', call('list_issues'), ['list_issues']],
    ['a method', frame('initialize', { protocolVersion: '2025-11-25' }), ['initialize']],
    ['a resource', frame('resources/read', { uri: 'file:///x' }), ['resources/read']],
    ['a method that nobody knows', frame('tomorrow/do'), ['tomorrow/do']],
    [
      'a notification',
      { jsonrpc: '2.0', method: 'notifications/initialized' },
      ['notifications/initialized'],
    ],
    ['an answer to the server', { jsonrpc: '2.0', id: 's-1', result: {} }, ['response']],
    ['an error for the server', { jsonrpc: '2.0', id: 7, error: { code: -1, message: 'no' } }, ['response']],
    ['a batch', [call('a'), frame('ping')], ['a', 'ping']],
    [
      'an escaped name',
      '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"\\u0064el"}}',
      ['del'],
    ],
    ['white space around it', ` \n\t${JSON.stringify([call('a')])}\r\n`, ['a']],
  ])('that is %s is named by it', async (_title, content, actions) => {
    expect(await judge(open, post(content))).toMatchObject({ decision: 'allow', actions });
  });

  test.each([
    ['no JSON', '{'],
    ['a byte order mark', `\ufeff${JSON.stringify(call('a'))}`],
    ['a vertical tab', `\v${JSON.stringify(call('a'))}`],
    ['two texts', `${JSON.stringify(call('a'))}${JSON.stringify(call('b'))}`],
    ['no UTF-8', Buffer.from([0x22, 0xff, 0x22])],
    ['a text alone', '"x"'],
    ['an empty batch', '[]'],
    ['a batch in a batch', [[call('a')]]],
    ['a method twice', '{"jsonrpc":"2.0","id":1,"method":"ping","method":"tools/call"}'],
    ['a name twice', '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"a","name":"b"}}'],
    [
      'a name twice by an escape',
      '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"a","n\\u0061me":"b"}}',
    ],
    [
      'params twice',
      '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"a"},"params":{"name":"b"}}',
    ],
    ['a method in capitals beside it', { ...frame('ping'), METHOD: 'tools/call' }],
    ['a method in capitals alone', { jsonrpc: '2.0', id: 1, Method: 'tools/call' }],
    ['Params beside params', { ...call('a'), Params: { name: 'b' } }],
    ['a Name beside a name', frame('tools/call', { name: 'a', Name: 'b' })],
    ['a Name alone', frame('tools/call', { Name: 'b' })],
    ['arguments in the Kelvin sign', frame('tasks/get', { tas\u{212a}Id: 'b' })],
    ['an argument in two cases', call('a', { path: '/a', Path: '/b' })],
    ['an argument in two cases, deep', call('a', { files: [{ path: '/a', PATH: '/b' }] })],
    ['no version', { id: 1, method: 'ping' }],
    ['another version', { ...frame('ping'), jsonrpc: '1.0' }],
    ['an outcome beside a method', { ...frame('ping'), result: {} }],
    ['two outcomes', { jsonrpc: '2.0', id: 1, result: {}, error: {} }],
    ['no id for an outcome', { jsonrpc: '2.0', result: {} }],
    ['an id that is null', { ...frame('ping'), id: null }],
    ['an id that is a fraction in words', '{"jsonrpc":"2.0","id":1.0,"method":"ping"}'],
    ['params in a list', { ...frame('ping'), params: [] }],
    ['a tool without a name', frame('tools/call', {})],
    ['a tool with a space at its end', call('delete_issue ')],
    ['a tool in Cyrillic', call('\u0434elete')],
    ['a tool with a slash', call('resources/read')],
    ['arguments in a list', call('a', [])],
    ['two subjects', frame('resources/read', { uri: 'a', name: 'b' })],
    [
      '101 levels',
      `{"jsonrpc":"2.0","id":1,"method":"ping","params":{"a":${'['.repeat(99)}${']'.repeat(99)}}}`,
    ],
  ])('with %s is refused', async (_title, content) => {
    const { decision, unresolved } = await judge(open, post(content as object));
    expect([decision, unresolved]).toEqual(['deny', expect.any(String)]);
  });

  test.each([
    ['text/plain', 'text/plain'],
    ['JSON-RPC', 'application/json-rpc'],
    ['two types', 'application/json, text/plain'],
    ['another charset', 'application/json; charset=utf-16'],
  ])('as %s is refused', async (_title, type) => {
    const request = post(call('a'), { headers: ['content-type', type] });
    expect(await judge(open, request)).toMatchObject({ decision: 'deny' });
  });

  test('is JSON in any spelling of the type', async () => {
    const headers = ['content-type', 'Application/Json;charset="UTF-8"'];
    expect(await judge(open, post(call('a'), { headers }))).toMatchObject({ decision: 'allow' });
  });

  test('of more than four megabytes is refused (C14)', async () => {
    const { decision } = await judge(open, post(call('a', { text: 'x'.repeat(4 << 20) })));
    expect(decision).toBe('deny');
  });
});

describe('headers that repeat the content', () => {
  const base = ['content-type', 'application/json'];
  const read = frame('resources/read', { uri: 'file:///ü' });
  const encoded = `=?base64?${Buffer.from('file:///ü').toString('base64')}?=`;
  test.each([
    ['agree', call('a'), ['mcp-method', 'tools/call', 'mcp-name', 'a'], 'allow'],
    ['agree in base64', read, ['mcp-method', 'resources/read', 'mcp-name', encoded], 'allow'],
    ['name another method', call('a'), ['mcp-method', 'tools/list'], 'deny'],
    ['name another tool', call('a'), ['Mcp-Method', 'tools/call', 'Mcp-Name', 'b'], 'deny'],
    ['name a thing where there is none', frame('ping'), ['mcp-name', 'a'], 'deny'],
    ['come twice', call('a'), ['mcp-method', 'tools/call', 'mcp-method', 'tools/call'], 'deny'],
    ['come with a batch', [call('a')], ['mcp-method', 'tools/call'], 'deny'],
    ['come with an answer', { jsonrpc: '2.0', id: 1, result: {} }, ['mcp-method', 'ping'], 'deny'],
    ['are base64 in another spelling', read, ['mcp-name', encoded.replace('?=', '=?=')], 'deny'],
  ])('that %s', async (_title, content, headers, decision) => {
    expect(await judge(open, post(content, { headers: [...base, ...headers] }))).toMatchObject({ decision });
  });
});

describe('a request without a message', () => {
  test.each([
    ['GET', '/mcp', 'http', ['transport/listen']],
    ['DELETE', '/mcp', 'http', ['transport/close']],
    ['GET', '/mcp', 'sse', ['transport/listen']],
  ] as const)('%s %s over %s', async (method, path, transport, actions) => {
    const pipeline = attach({}, { mcp: { transport, url: 'https://mcp.example.com/mcp' } });
    const request = requestFor({ method, url: `https://mcp.example.com${path}` });
    expect(await judge(pipeline, request)).toMatchObject({ decision: 'allow', actions });
  });

  test.each([
    ['GET', '/other', 'http'],
    ['GET', '/mcp/', 'http'],
    ['GET', '/mcp?x=1', 'http'],
    ['PUT', '/mcp', 'http'],
    ['POST', '/mcp', 'http'],
    ['DELETE', '/mcp', 'sse'],
    ['GET', '/messages', 'sse'],
  ] as const)('%s %s over %s is nothing', async (method, path, transport) => {
    const pipeline = attach({}, { mcp: { transport, url: 'https://mcp.example.com/mcp' } });
    const request = requestFor({ method, url: `https://mcp.example.com${path}` });
    expect(await judge(pipeline, request)).toMatchObject({ decision: 'deny' });
  });

  test('a message may go anywhere on the host of the older transport, since the server says where', async () => {
    const pipeline = attach({}, { mcp: { url: 'https://mcp.example.com/sse' } });
    const request = post(call('a'), { url: 'https://mcp.example.com/messages?session=1' });
    expect(await judge(pipeline, request)).toMatchObject({ decision: 'allow', actions: ['a'] });
  });
});
