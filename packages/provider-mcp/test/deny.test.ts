import { expect, test } from 'vitest';
import { attach, call, judge, post } from './mcp.ts';

const policy = { deny: ['resources/*'], mcp: { deniedTools: ['delete_issue'] } };

test('a denied tool, one outside allowedTools and one that its arguments deny look as one that there is not (C8)', async () => {
  const rules = [{ tool: 'write', effect: 'deny' as const, arguments: { path: '*' } }];
  const pipelines = [
    attach({ mcp: { deniedTools: ['write'] } }),
    attach({ mcp: { allowedTools: ['read'] } }),
    attach({ allow: ['read'] }),
    attach({ deny: ['write'] }),
    attach({ mcp: { rules } }),
  ];
  for (const pipeline of pipelines) {
    const { status, body } = await judge(pipeline, post(call('write', { path: 'x' }, 'id-1')));
    expect([status, JSON.parse(body ?? '')]).toEqual([
      200,
      { jsonrpc: '2.0', id: 'id-1', error: { code: -32_602, message: 'Unknown tool: write' } },
    ]);
  }
});

test('another message that is denied gets the sentence (C9)', async () => {
  const request = post({ jsonrpc: '2.0', id: 5, method: 'resources/read', params: { uri: 'file:///x' } });
  const { status, body } = await judge(attach(policy), request);
  expect(status).toBe(200);
  expect(JSON.parse(body ?? '')).toEqual({
    jsonrpc: '2.0',
    id: 5,
    error: {
      code: -32_003,
      message:
        'tracker: resources/read is denied by policy.deny[0] "resources/*"; remove or narrow that pattern if the agent needs it',
    },
  });
});

test('a batch (C1) with one denied call is refused whole, with an error for each request', async () => {
  const batch = [
    call('list_issues', {}, 1),
    call('delete_issue', {}, 2),
    { jsonrpc: '2.0', method: 'notifications/x' },
  ];
  const { decision, body } = await judge(attach(policy), post(batch));
  expect(decision).toBe('deny');
  expect(JSON.parse(body ?? '').map(({ id }: { id: number }) => id)).toEqual([1, 2]);
});

test('an id keeps its digits', async () => {
  const text =
    '{"jsonrpc":"2.0","id":12345678901234567890,"method":"tools/call","params":{"name":"delete_issue"}}';
  expect((await judge(attach(policy), post(text))).body).toContain('"id":12345678901234567890,');
});

test('what has no id gets the status that says no', async () => {
  const denied = attach({ deny: ['*'] });
  const { status, body } = await judge(denied, post({ jsonrpc: '2.0', method: 'notifications/initialized' }));
  expect([status, JSON.parse(body ?? '')]).toMatchObject([403, { id: null, error: { code: -32_003 } }]);
});

test('what cannot be read gets an error without an id', async () => {
  const { status, body } = await judge(attach(policy), post('{'));
  expect([status, JSON.parse(body ?? '')]).toMatchObject([403, { id: null }]);
});

test('over the older transport the status says no, since clients read no content there', async () => {
  const pipeline = attach(policy, { mcp: { url: 'https://mcp.example.com/sse' } });
  const request = post(call('delete_issue'), { url: 'https://mcp.example.com/messages' });
  const { status, body } = await judge(pipeline, request);
  expect([status, JSON.parse(body ?? '').error.message]).toEqual([403, 'Unknown tool: delete_issue']);
});
