import { gzipSync } from 'node:zlib';
import type { RequestText } from '@pai/core/conformance';
import { describe, expect, test } from 'vitest';
import { argumentsWithChats, methodNames } from '../src/methods.ts';
import { isOnUser, isWithoutChats } from '../src/reach.ts';
import { bot, createJudge } from './bot.ts';

const judge = createJudge({ scope: { chats: ['-1001', '42', '@News', '@our_*'] } });
const type = (value: string) => ({ 'content-type': value });
const json = (body: unknown) => ({ headers: type('application/json'), body: JSON.stringify(body) });
const form = (body: string) => ({ headers: type('application/x-www-form-urlencoded'), body });
const multipart = (...parts: readonly string[]) => ({
  headers: type('multipart/form-data; boundary=b'),
  body: `${parts.map((part) => `--b\r\nContent-Disposition: form-data; ${part}\r\n`).join('')}--b--\r\n`,
});

async function decided(target: string, rest: Partial<RequestText> = {}) {
  const method = rest.body === undefined ? 'GET' : 'POST';
  const { event } = await judge({ method, url: `${bot}/${target}`, ...rest });
  return event.decision === 'allow' ? 'inside' : event.rule;
}

describe('inside', () => {
  test.each<[string, string, Partial<RequestText>?]>([
    ['a number in the query', 'sendMessage?chat_id=-1001'],
    ['a name in another case', 'sendMessage?chat_id=@NEWS'],
    ['a name by its pattern', 'sendMessage?chat_id=@our_team'],
    ['a form', 'sendMessage', form('chat_id=42&text=a%26chat_id%3D7')],
    ['JSON', 'sendMessage', json({ chat_id: -1001, text: '{"chat_id":7}' })],
    ['JSON with text', 'sendMessage', json({ chat_id: '42' })],
    ['query and JSON alike', 'sendMessage?chat_id=42', json({ chat_id: 42 })],
    [
      'gzipped JSON',
      'sendMessage',
      {
        headers: { ...type('application/json'), 'content-encoding': 'gzip' },
        body: gzipSync('{"chat_id":42}'),
      },
    ],
    [
      'multipart with a file',
      'sendDocument',
      multipart('name="chat_id"\r\n\r\n42', 'name="document"; filename="a.bin"\r\n\r\n\x00chat_id=7'),
    ],
    ['two chats', 'forwardMessage?chat_id=42&from_chat_id=-1001'],
    [
      'a reply in the same chat',
      'sendMessage',
      json({ chat_id: 42, reply_parameters: { message_id: 1, chat_id: 42 } }),
    ],
    [
      'a reply as text',
      'sendMessage',
      form(`chat_id=42&reply_parameters=${encodeURIComponent('{"message_id":1}')}`),
    ],
    ['commands for one chat', 'setMyCommands', json({ commands: [], scope: { type: 'chat', chat_id: 42 } })],
    ['a gift to a user', 'sendGift?user_id=42'],
    ['no chat at all', 'getMe'],
    ['a callback that is answered', 'answerCallbackQuery?callback_query_id=7'],
    ['updates, which are filtered', 'getUpdates', json({ timeout: 50, allowed_updates: ['message'] })],
    ['the webhook taken away', 'deleteWebhook', json({ drop_pending_updates: true })],
  ])('%s', async (_what, target, rest) => {
    expect(await decided(target, rest)).toBe('inside');
  });
});

describe('outside', () => {
  test.each<[string, string, Partial<RequestText>?]>([
    ['another chat', 'sendMessage?chat_id=7'],
    ['another name', 'sendMessage?chat_id=@newspaper'],
    ['the source of a forward', 'forwardMessage?chat_id=42&from_chat_id=7'],
    ['the source of a copy', 'copyMessages', json({ chat_id: 42, from_chat_id: '7', message_ids: [1] })],
    ['a sender', 'banChatSenderChat?chat_id=42&sender_chat_id=-7'],
    [
      'a reply into another chat',
      'sendMessage',
      json({ chat_id: 42, reply_parameters: { message_id: 1, chat_id: 7 } }),
    ],
    [
      'a reply into another chat, as text',
      'sendMessage',
      form(`chat_id=42&reply_parameters=${encodeURIComponent('{"message_id":1,"\\u0063hat_id":7}')}`),
    ],
    [
      'commands for another chat',
      'setMyCommands',
      json({ commands: [], scope: { type: 'chat', chat_id: 7 } }),
    ],
    ['commands for every chat', 'setMyCommands', json({ commands: [] })],
    ['an argument that no type lists', 'sendMessage', json({ chat_id: 42, cc_chat_id: 7 })],
    ['an object that no type lists', 'sendMessage', json({ chat_id: 42, later: [{ chat_ids: [42, 7] }] })],
    [
      'a reply into another chat, beside a file of that name',
      'sendMessage',
      multipart(
        'name="chat_id"\r\n\r\n42',
        'name="reply_parameters"\r\n\r\n{"chat_id":7}',
        'name="reply_parameters"; filename="x"\r\n\r\nx',
      ),
    ],
    [
      'commands for every chat, with a chat beside',
      'setMyCommands',
      json({ scope: { type: 'default', chat_id: 42 } }),
    ],
    [
      'commands for every group, with a chat beside',
      'setMyCommands?chat_id=42',
      json({ scope: { type: 'all_group_chats' } }),
    ],
    ['a webhook, with a chat beside', 'setWebhook?url=https://a.example&chat_id=42'],
    ['a forward to no chat', 'forwardMessage?from_chat_id=42'],
    ['an edit of no chat, with a reply', 'editMessageText', json({ reply_parameters: { chat_id: 42 } })],
    ['a gift to another user', 'sendGift?user_id=7'],
    ['a business account’s chat', 'sendMessage?chat_id=42&business_connection_id=x'],
    ['an inline message', 'editMessageText?inline_message_id=x&text=y'],
    ['an inline message beside a chat', 'editMessageText?chat_id=42&inline_message_id=x&text=y'],
    ['an edit of no chat', 'editMessageText?text=y'],
    ['the menu of every chat', 'setChatMenuButton'],
    ['a webhook', 'setWebhook?url=https://a.example'],
    ['the bot logged out', 'logOut'],
    ['the bot closed', 'close'],
    ['a name for every chat', 'setMyName?name=x'],
    ['another bot’s token', 'getManagedBotToken?user_id=42'],
    ['payments of all', 'getStarTransactions'],
    ['an unknown method', 'brandNewMethod?chat_id=42'],
  ])('%s', async (_what, target, rest) => {
    expect(await decided(target, rest)).toBe('scope.chats');
  });

  test('a file whose path getFile has not told', async () => {
    const { event } = await judge({ url: 'https://api.telegram.org/file/bot1:x/photos/file_0.jpg' });
    expect(event).toMatchObject({ decision: 'deny', rule: 'scope.chats', actions: ['getFile'] });
  });
});

const forOneChat = '{"scope":{"type":"chat","chat_id":42}}';

// The server goes by what it has read when JSON breaks off, and by the digits a number begins with.
describe('what the server would read otherwise is unresolved', () => {
  test.each<[string, string, Partial<RequestText>?]>([
    [
      'a number with an exponent',
      'sendMessage',
      { headers: type('application/json'), body: '{"chat_id":4.2e1}' },
    ],
    [
      'a number with a fraction',
      'sendMessage',
      { headers: type('application/json'), body: '{"chat_id":42.0}' },
    ],
    [
      'a number with an exponent, in a reply',
      'sendMessage?chat_id=42',
      form('reply_parameters={"message_id":1,"chat_id":42e0}'),
    ],
    [
      'a reply behind what the server takes for a space, with an escape that is none',
      'sendMessage?chat_id=42',
      form('reply_parameters=%00{"message_id":1,"c%5Chat_id":7}'),
    ],
    [
      'a reply behind other text, with an escape that is none',
      'sendMessage?chat_id=42',
      form('reply_parameters=x{"message_id":1,"c%5Chat_id":7}'),
    ],
    ['a user with an exponent', 'sendGift', { headers: type('application/json'), body: '{"user_id":4.2e1}' }],
    [
      'JSON after a byte order mark',
      'setMyCommands?commands=[]',
      { headers: type('application/json'), body: `\ufeff${forOneChat}` },
    ],
    [
      'a boundary that ends in a space',
      'setMyCommands?commands=[]',
      {
        ...multipart('name="scope"\r\n\r\n{"type":"chat","chat_id":42}'),
        headers: type('multipart/form-data; boundary=b ; charset=utf-8'),
      },
    ],
    [
      'more arguments than are counted',
      'sendMessage',
      form(`chat_id=42${Array.from({ length: 50_000 }, (_, i) => `&a${i}`).join('')}`),
    ],
  ])('%s', async (_what, target, rest) => {
    expect(await decided(target, rest)).toBe('unresolved');
  });

  test('a scope of commands whose name follows a byte order mark is none', async () => {
    const body = '\ufeffscope={"type":"chat","chat_id":42}';
    expect(await decided('setMyCommands?commands=[]', form(body))).toBe('scope.chats');
  });
});

describe('T4 unresolved', () => {
  test.each<[string, string, Partial<RequestText>?]>([
    ['two replies', 'sendMessage?chat_id=42&reply_parameters={}&reply_parameters={"chat_id":42}'],
    [
      'two scopes of commands',
      'setMyCommands?scope={"type":"default"}',
      json({ scope: { type: 'chat', chat_id: 42 } }),
    ],
    ['query and JSON that disagree', 'sendMessage?chat_id=42', json({ chat_id: 7 })],
    ['query and form that disagree', 'sendMessage?chat_id=7', form('chat_id=42')],
    ['a query that disagrees with itself', 'sendMessage?chat_id=42&chat_id=7'],
    [
      'a repeated key',
      'sendMessage',
      { headers: type('application/json'), body: '{"chat_id":42,"chat_id":7}' },
    ],
    ['a repeated part', 'sendMessage', multipart('name="chat_id"\r\n\r\n42', 'name="chat_id"\r\n\r\n7')],
    ['a chat for a file', 'sendMessage', multipart('name="chat_id"; filename="x"\r\n\r\n42')],
    ['another type', 'sendMessage?chat_id=42', { headers: type('text/plain'), body: 'chat_id=7' }],
    ['no type', 'sendMessage?chat_id=42', { body: 'chat_id=7' }],
    [
      'an encoding',
      'sendMessage',
      { headers: { ...type('application/json'), 'content-encoding': 'deflate' }, body: 'x' },
    ],
    ['a link', 'sendMessage?chat_id=t.me/news'],
    ['an empty chat', 'setChatMenuButton?chat_id='],
    ['a chat with a space', 'sendMessage?chat_id=%2042'],
    ['a zero in front', 'sendMessage?chat_id=042'],
    ['a number no chat has', 'sendMessage?chat_id=99999999999999999'],
    ['no chat', 'sendMessage', json({ chat_id: null })],
    ['an object for a chat', 'sendMessage', json({ chat_id: { id: 42 } })],
    ['a fraction', 'sendMessage', json({ chat_id: 42.5 })],
    ['a chat in another case', 'sendMessage?Chat_Id=42'],
    ['a chat in brackets', 'sendMessage?chat_id[]=42'],
    ['a chat in another case inside', 'sendMessage', json({ chat_id: 42, reply_parameters: { Chat_ID: 7 } })],
    ['a reply that is cut off', 'sendMessage', form('chat_id=42&reply_parameters={"chat_id":7')],
    [
      'a reply behind a byte order mark',
      'sendMessage',
      form('chat_id=42&reply_parameters=%E2%81%A0{"chat_id":7}'),
    ],
    ['updates by an argument', '?method=getUpdates'],
  ])('%s', async (_what, target, rest) => {
    expect(await decided(target, rest)).toBe('unresolved');
  });
});

test.each([
  ['JSON', { headers: type('application/json'), body: Buffer.alloc((1 << 20) + 1, 'a') }, 'larger than'],
  [
    'gzipped JSON',
    {
      headers: { ...type('application/json'), 'content-encoding': 'gzip' },
      body: gzipSync(Buffer.alloc((1 << 20) + 1, 'a')),
    },
    'larger than',
  ],
  [
    'multipart',
    { ...multipart('name="x"; filename="x"\r\n\r\nx'), body: Buffer.alloc((16 << 20) + 1, 'a') },
    'larger than',
  ],
  ['an argument', multipart(`name="reply_parameters"\r\n\r\n[${' '.repeat(1 << 20)}]`), 'longer than'],
])('%s over its limit is denied, and said to be too large', async (_what, rest, said) => {
  const { event } = await judge({ method: 'POST', url: `${bot}/sendMessage`, ...rest });
  expect(event).toMatchObject({
    decision: 'deny',
    rule: 'unresolved',
    unresolved: expect.stringContaining(said),
  });
});

test('a file of several MiB goes with its chat', async () => {
  const parts = multipart(
    'name="chat_id"\r\n\r\n42',
    `name="document"; filename="a"\r\n\r\n${'a'.repeat(3 << 20)}`,
  );
  expect(await decided('sendDocument', parts)).toBe('inside');
});

describe('every method', () => {
  test.each(methodNames)(
    '%s with another chat wherever it can name one, or with none, is outside',
    async (name) => {
      for (const argument of argumentsWithChats(name) ?? []) {
        const value = argument.endsWith('chat_id') ? 7 : { chat_id: 7 };
        expect(await decided(name, json({ chat_id: 42, [argument]: value }))).toBe('scope.chats');
        expect(await decided(`${name}?${argument}=${encodeURIComponent(JSON.stringify(value))}`)).toBe(
          'scope.chats',
        );
      }
      expect(await decided(name)).toBe(isWithoutChats(name) ? 'inside' : 'scope.chats');
      const isHeld =
        argumentsWithChats(name)?.includes('chat_id') === true || isOnUser(name) || isWithoutChats(name);
      expect(await decided(`${name}?chat_id=42&user_id=42&from_chat_id=42`)).toBe(
        isHeld ? 'inside' : 'scope.chats',
      );
    },
  );
});

describe('T7 webhooks', () => {
  const hooks = createJudge({ scope: { webhooks: ['hooks.example.com', '*.bots.example:8443'] } });
  const rule = async (query: string, rest: Partial<RequestText> = {}) => {
    const { event } = await hooks({ url: `${bot}/setWebhook?${query}`, ...rest });
    return event.decision === 'allow' ? 'inside' : event.rule;
  };

  test.each([
    ['url=https://hooks.example.com/a?b=c', 'inside'],
    ['url=https://Hooks.Example.com:443', 'inside'],
    ['url=https://a.bots.example:8443/', 'inside'],
    ['url=', 'inside'],
    ['drop_pending_updates=true', 'inside'],
    ['url=https://evil.example/hooks.example.com', 'scope.webhooks'],
    ['url=https://hooks.example.com.evil.example', 'scope.webhooks'],
    ['url=https://hooks.example.com:8443', 'scope.webhooks'],
    ['url=https://hooks.example.com@evil.example/', 'unresolved'],
    ['url=https://evil.example%5C@hooks.example.com/', 'unresolved'],
    ['url=http://hooks.example.com', 'unresolved'],
    ['url=hooks.example.com', 'unresolved'],
    ['url=https://hooks.example.com&url=https://evil.example', 'unresolved'],
    ['url=https://hooks.example.com&ip_address=192.0.2.1', 'unresolved'],
  ])('%s is %s', async (query, expected) => {
    expect(await rule(query)).toBe(expected);
  });

  test('a certificate may come along', async () => {
    const parts = multipart(
      'name="url"\r\n\r\nhttps://hooks.example.com/',
      'name="certificate"; filename="c.pem"\r\n\r\nx',
    );
    expect(await rule('', { method: 'POST', ...parts })).toBe('inside');
  });

  test('everything else is as it was', async () => {
    const { event } = await hooks({ url: `${bot}/sendMessage?chat_id=7` });
    expect(event.decision).toBe('allow');
  });
});
