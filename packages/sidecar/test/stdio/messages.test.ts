import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import {
  CreateMessageRequestSchema,
  ListRootsRequestSchema,
  LoggingMessageNotificationSchema,
} from '@modelcontextprotocol/sdk/types.js';
import { describe, expect, test, vi } from 'vitest';
import { useRig } from '../engine/rig.ts';
import {
  begin,
  call,
  connectFirst,
  initialize,
  messagesOf,
  newServer,
  oddServer,
  post,
  program,
  urlOf,
} from './rig.ts';

const rig = useRig({
  providers: [
    program('odd', [oddServer], { rest: 'policy: {deny: ["roots/*"], mcp: {deniedTools: [crash]}}' }),
    program('new', [newServer]),
  ],
});
const odd = () => urlOf(rig(), 'odd');

const textOf = (message: Record<string, unknown> | undefined) =>
  (message?.['result'] as { content: { text: string }[] } | undefined)?.content[0]?.text ?? '';
const ask = async (name: string, given: object, session: Record<string, string>) =>
  textOf((await messagesOf(await post(odd(), call(name, given), session))).at(-1));

/** Reads a stream of events until `isEnough` of what came. */
async function listen(session: Record<string, string>, isEnough: (text: string) => boolean, lastId?: string) {
  const last = lastId === undefined ? {} : { 'last-event-id': lastId };
  const response = await fetch(odd(), { headers: { accept: 'text/event-stream', ...session, ...last } });
  expect(response.status).toBe(200);
  let text = '';
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  while (reader !== undefined && !isEnough(text)) {
    const { value, done } = await reader.read();
    if (done) break;
    text += value;
  }
  await reader?.cancel();
  return text;
}

describe('a session', () => {
  test('gets what was sent, in one line, though the agent wrote several or one that some servers split', async () => {
    const session = await begin(odd());
    const text =
      'a\u2028{"jsonrpc":"2.0","id":9,"method":"tools/call","params":{"name":"crash"}}\u2029\u0085b';
    const given = await ask('echo', { text }, session);
    expect(JSON.parse(given)).toEqual({ text });
    const pretty = JSON.stringify(call('echo', { text: 'x' }, 2), undefined, 2).replaceAll('\n', '\r\n');
    await (await post(odd(), pretty, session)).text();
    const received = JSON.parse(await ask('received', {}, session)) as string[];
    expect(received.map((line) => (JSON.parse(line) as { method: string }).method)).toEqual([
      'initialize',
      'tools/call',
      'tools/call',
      'tools/call',
    ]);
  });

  test('has ids of any kind, and none of them twice at once', async () => {
    const session = await begin(odd());
    for (const id of ['1', 1, '"', 9_007_199_254_740_991]) {
      const [message] = await messagesOf(await post(odd(), call('pid', {}, id), session));
      expect(message).toMatchObject({ id });
    }
    const first = post(odd(), call('later', { ms: 300 }, 5), session);
    await vi.waitFor(async () => expect(await ask('received', {}, session)).toContain('later'));
    const second = await post(odd(), call('pid', {}, 5), session);
    expect(await second.text()).toContain('has the id of one that has no answer yet');
    expect(textOf((await messagesOf(await first))[0])).toBe('late');
  });

  test('is answered with a stream, in which progress comes first', async () => {
    const session = await begin(odd());
    const reported = await post(odd(), call('progress', {}, 1, { progressToken: 'p' }), session);
    expect(reported.headers.get('content-type')).toBe('text/event-stream');
    expect(await messagesOf(reported)).toMatchObject([
      { method: 'notifications/progress', params: { progressToken: 'p', progress: 1 } },
      { method: 'notifications/progress', params: { progressToken: 'p', progress: 2 } },
      { id: 1 },
    ]);
  });

  test('takes a batch apart, answers each of it, and refuses it whole if one is denied (C1)', async () => {
    const session = await begin(odd());
    const batch = [
      call('pid', {}, 1),
      call('echo', { a: 1 }, 2),
      { jsonrpc: '2.0', method: 'notifications/x' },
    ];
    const messages = await messagesOf(await post(odd(), batch, session));
    expect(messages.map(({ id }) => id).sort()).toEqual([1, 2]);
    const denied = await post(odd(), [call('pid', {}, 1), call('crash', {}, 2)], session);
    expect(await denied.text()).toContain('Unknown tool: crash');
    expect(await ask('received', {}, session)).not.toContain('crash');
  });

  test('hears through a GET what belongs to no request, and again what it has lost', async () => {
    const session = await begin(odd());
    await ask('afterwards', {}, session);
    const first = await listen(session, (text) => text.includes('unasked'));
    const [, id] = /^id: (.+)$/m.exec(first) ?? [];
    await ask('afterwards', {}, session);
    expect(await listen(session, (text) => text.includes('unasked'), id)).not.toContain(`id: ${id}\n`);
    const again = await listen(session, (text) => text.split('unasked').length > 2, '0-0');
    expect(again.match(/unasked/g)).toHaveLength(2);
  });

  test('resumes the stream of a call that it has lost', async () => {
    const session = { ...(await begin(odd())), 'mcp-protocol-version': '2025-11-25' };
    const response = await post(odd(), call('later', { ms: 1_500 }), session);
    const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
    const { value = '' } = (await reader?.read()) ?? {};
    const [, id] = /^id: (.+)$/m.exec(value) ?? [];
    await reader?.cancel();
    expect(await listen(session, (text) => text.includes('late'), id)).toContain('"id":1');
  });

  test('can be asked by the server, as far as the policy lets it (C10)', async () => {
    const client = new Client({ name: 'agent', version: '1' }, { capabilities: { sampling: {}, roots: {} } });
    const content = { type: 'text' as const, text: 'the answer of the model' };
    client.setRequestHandler(CreateMessageRequestSchema, () => ({ role: 'assistant', model: 'm', content }));
    const roots = vi.fn(() => ({ roots: [] }));
    client.setRequestHandler(ListRootsRequestSchema, roots);
    await connectFirst(odd(), client);
    const params = { messages: [], maxTokens: 1 };
    const given = { method: 'sampling/createMessage', params };
    const answered = await client.callTool({ name: 'ask', arguments: given });
    expect(JSON.stringify(answered)).toContain('the answer of the model');
    const stuck = client.callTool({ name: 'ask', arguments: { method: 'roots/list' } }, undefined, {
      timeout: 500,
    });
    await expect(stuck).rejects.toThrow('timed out');
    expect(roots).not.toHaveBeenCalled();
  });

  test('is told of what is cancelled, and the call that was ends', async () => {
    const session = await begin(odd());
    const stuck = post(odd(), call('never', {}, 8), session);
    await vi.waitFor(async () => expect(await ask('received', {}, session)).toContain('never'));
    const cancelled = { jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: 8 } };
    expect((await post(odd(), cancelled, session)).status).toBe(202);
    expect(await messagesOf(await stuck)).toEqual([]);
    expect(await ask('received', {}, session)).toContain('notifications/cancelled');
  });

  test('waits for an agent that does not read', async () => {
    const { client } = await connectFirst(odd());
    const notes = vi.fn();
    client.setNotificationHandler(LoggingMessageNotificationSchema, notes);
    const pad = 'p'.repeat(10_000);
    await client.callTool({ name: 'notes', arguments: { count: 500, pad } });
    expect(notes).toHaveBeenCalledTimes(500);
  });
});

test.each([
  ['without a session', {}, call('pid'), {}, 400],
  ['of an unknown session', { 'mcp-session-id': 'nobody' }, call('pid'), {}, 404],
  ['that accepts no stream', {}, initialize, { accept: 'application/json' }, 406],
])('a POST %s is refused', async (_title, session, message, headers, status) => {
  const response = await post(odd(), message, { ...session, ...headers });
  expect(response.status).toBe(status);
  expect(await response.json()).toMatchObject({ jsonrpc: '2.0', id: null, error: {} });
});

test.each([
  ['GET', {}, 405],
  ['DELETE', {}, 405],
  ['GET', { 'mcp-session-id': 'nobody' }, 404],
  ['DELETE', { 'mcp-session-id': 'nobody' }, 404],
])('a %s of %j gets %i', async (method, headers, status) => {
  const response = await fetch(odd(), { method, headers: { accept: 'text/event-stream', ...headers } });
  expect(response.status).toBe(status);
});

describe('without a session', () => {
  const meta = {
    'io.modelcontextprotocol/protocolVersion': '2026-07-28',
    'io.modelcontextprotocol/clientInfo': { name: 'hand', version: '1' },
    'io.modelcontextprotocol/clientCapabilities': {},
  };
  const url = () => urlOf(rig(), 'new');
  const version = { 'mcp-protocol-version': '2026-07-28' };

  test('all requests go to one process, each with its own answer though their ids are the same', async () => {
    const asked = [1, 2, 3, 4].map(async (id) =>
      textOf((await messagesOf(await post(url(), call('list_issues', { id }, 'same', meta), version)))[0]),
    );
    const texts = await Promise.all(asked);
    const plain = await post(url(), call('list_issues', {}, 1, meta), version);
    expect(plain.headers.get('content-type')).toBe('application/json');
    await plain.text();
    expect(texts.map((text) => text.replace(/ of \d+/, ''))).toEqual(
      [1, 2, 3, 4].map((id) => `list_issues ${id}`),
    );
    expect(new Set(texts.map((text) => text.replace(/.* of /, ''))).size).toBe(1);
  });

  test('one that listens gets its subscription by the name that it gave', async () => {
    const aborting = new AbortController();
    const listening = { notifications: { toolsListChanged: true }, _meta: meta };
    const response = await fetch(url(), {
      method: 'POST',
      signal: aborting.signal,
      headers: {
        'content-type': 'application/json',
        accept: 'application/json, text/event-stream',
        ...version,
      },
      body: JSON.stringify({ jsonrpc: '2.0', id: 'mine', method: 'subscriptions/listen', params: listening }),
    });
    const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
    const { value = '' } = (await reader?.read()) ?? {};
    expect(value).toContain('notifications/subscriptions/acknowledged');
    expect(value).toContain('"io.modelcontextprotocol/subscriptionId":"mine"');
    aborting.abort();
  });
});
