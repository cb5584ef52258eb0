import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import { requestFor } from '@pai/core/conformance';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { keepUpdates } from '../src/updates.ts';
import { bot, create, createJudge, type Spec } from './bot.ts';

const inside = { id: -1001, type: 'supergroup', title: 'inside } ] "' };
const outside = { id: 7, type: 'private', first_name: 'secret' };
const isInside = (chat: string) => chat === '-1001' || chat === '@news';

const answer = (...result: unknown[]) => JSON.stringify({ ok: true, result });
const kept = (...result: unknown[]) => JSON.parse(keepUpdates(answer(...result), isInside)).result;
const message = (update_id: number, chat: object) => ({
  update_id,
  message: { message_id: 1, chat, text: '{"result":[' },
});

describe('an update stays', () => {
  test.each([
    ['message', { chat: inside }],
    ['edited_message', { chat: inside }],
    ['channel_post', { chat: { id: 9, username: 'News' } }],
    ['my_chat_member', { chat: inside }],
    ['chat_join_request', { chat: inside, from: outside }],
    ['message_reaction', { chat: inside }],
    ['callback_query', { from: outside, message: { chat: inside } }],
    ['inline_query', { from: { id: -1001 } }],
    ['pre_checkout_query', { from: { id: -1001 } }],
  ])('when it is a %s of a chat inside', (kind, content) => {
    const update = { update_id: 5, [kind]: content };
    expect(kept(update)).toEqual([update]);
  });
});

describe('an update goes', () => {
  test.each([
    ['message', { chat: outside }],
    ['message', { chat: outside, sender_chat: inside, reply_to_message: { chat: inside } }],
    ['callback_query', { from: inside, inline_message_id: 'x' }],
    ['callback_query', { from: inside, message: { business_connection_id: 'x', chat: inside } }],
    ['inline_query', { from: outside, chat: inside }],
    ['business_message', { chat: inside }],
    ['deleted_business_messages', { chat: inside }],
    ['poll', { id: 'x', question: 'secret' }],
    ['poll_answer', { user: inside }],
    ['guest_message', { chat: inside }],
    ['something_new', { chat: inside }],
    ['message', { chat: { id: '-1001' } }],
    ['message', { chat: null }],
    ['message', 'text'],
  ])('when it is a %s that is not shown to be of one: %j', (kind, content) => {
    expect(kept({ update_id: 5, [kind]: content }, message(6, inside))).toEqual([message(6, inside)]);
  });

  test('when it has two contents', () => {
    expect(kept({ ...message(5, inside), channel_post: { chat: outside } }, message(6, inside))).toHaveLength(
      1,
    );
  });
});

test('of the last update that goes, the bare number stays, so that the agent gets on', () => {
  expect(kept(message(5, outside), message(6, inside), message(7, outside), message(8, outside))).toEqual([
    message(6, inside),
    { update_id: 8 },
  ]);
  expect(kept(message(5, outside))).toEqual([{ update_id: 5 }]);
});

test('what stays is byte for byte as it was', () => {
  const one =
    '{ "update_id" : 1, "message":{"chat":{"id":-1001},"n":1.0,"big":12345678901234567890,"t":"\\u0041"} }';
  const text = `{"ok":true, "result" : [ ${one} , ${JSON.stringify(message(2, outside))} ,${one}] }`;
  expect(keepUpdates(text, isInside)).toBe(`{"ok":true, "result" : [ ${one},${one}] }`);
});

test.each([
  '{"ok":true,"result":[]}',
  '{"ok":false,"error_code":409,"description":"Conflict"}',
  answer(message(1, inside)),
])('%s passes', (text) => {
  expect(keepUpdates(text, isInside)).toBe(text);
});

test.each([
  '',
  'x',
  '[]',
  '{}',
  '{"ok":true}',
  '{"ok":true,"result":{}}',
  '{"ok":true,"result":[1]}',
  '{"ok":false,"result":[1]}',
  '{"ok":true,"result":[[{}]],"result":[]}',
  '{"result":[],"result":[{"update_id":1,"message":{"chat":{"id":7}}}]}',
  '{"ok":true,"result":[{"message":{"chat":{"id":7}}}]}',
  `${answer(message(1, inside))}x`,
])('%s is no answer that can be read', (text) => {
  expect(() => keepUpdates(text, isInside)).toThrow(expect.objectContaining({ code: 'upstream_protocol' }));
});

test('whatever updates come, those inside stay in their order, and nothing of the others but the last number', () => {
  const update = fc.record({ chat: fc.constantFrom(inside, outside), text: fc.string({ unit: 'binary' }) });
  fc.assert(
    fc.property(fc.array(update, { maxLength: 6 }), (updates) => {
      const all = updates.map(({ chat, text }, i) => ({ update_id: i, message: { chat, text } }));
      const expected = all.flatMap((one, i) =>
        one.message.chat === inside ? one : i === all.length - 1 ? { update_id: i } : [],
      );
      expect(kept(...all)).toEqual(expected);
    }),
  );
});

/** What the provider's filter makes of a response to a request. */
async function filtered(
  spec: Partial<Spec>,
  path: string,
  text: string | Buffer,
  { status = 200, headers = [] as string[] } = {},
) {
  const { filter, ...provider } = create(spec);
  const transform = filter?.({ status, headers }, requestFor({ url: `${bot}${path}` }));
  const content = Readable.from([Buffer.from(text).subarray(0, 9), Buffer.from(text).subarray(9)]);
  const result = transform === undefined ? undefined : (await buffer(transform(content))).toString();
  return { result, provider };
}

const scope = { chats: ['-1001'] };
const mixed = answer(message(1, outside), message(2, inside));

describe('the filter', () => {
  test('takes updates of other chats out under a scope, however the method is written', async () => {
    for (const path of ['/getUpdates?timeout=50', '/GETUPDATES', '/test/getupdates']) {
      expect((await filtered({ scope }, path, mixed)).result).toBe(answer(message(2, inside)));
    }
  });

  test('leaves everything alone without a scope, and where denials are only logged', async () => {
    expect((await filtered({}, '/getUpdates', mixed)).result).toBeUndefined();
    expect(
      (await filtered({ scope, audit: { enforcement: 'audit' } }, '/getUpdates', mixed)).result,
    ).toBeUndefined();
    expect((await filtered({ scope }, '/getMe', mixed)).result).toBeUndefined();
  });

  test('asks for answers that are not compressed, and passes none that is', async () => {
    const judge = createJudge({ scope });
    const outcome = await judge({ url: `${bot}/getUpdates`, headers: { 'Accept-Encoding': 'gzip' } });
    if (outcome.kind !== 'forward') throw new Error('not forwarded');
    expect(outcome.request.headers.join().toLowerCase()).not.toContain('accept-encoding');
    const compressed = filtered({ scope }, '/getUpdates', gzipSync(mixed), {
      headers: ['content-encoding', 'gzip'],
    });
    await expect(compressed).rejects.toMatchObject({ code: 'upstream_protocol' });
    const other = await judge({ url: `${bot}/getMe`, headers: { 'Accept-Encoding': 'gzip' } });
    expect(JSON.stringify(other)).toContain('Accept-Encoding');
  });

  test('leaves the answers of servers in front of the service alone, which hold no update', async () => {
    for (const status of [302, 404, 502, 504]) {
      const page = '<html><h1>502 Bad Gateway</h1></html>';
      expect((await filtered({ scope }, '/getUpdates', page, { status })).result).toBeUndefined();
    }
  });

  test('takes the tokens of other bots out of answers', async () => {
    const minted = answer('123456789:AAtoken-of-another_bot').replace(/[[\]]/g, '');
    for (const method of ['getManagedBotToken', 'replaceManagedBotToken']) {
      expect((await filtered({}, `/${method}?user_id=1`, minted)).result).toBe('{"ok":true,"result":""}');
    }
  });

  test('remembers the files that getFile names, for this Provider alone', async () => {
    const file = '{"ok":true,"result":{"file_id":"x","file_path":"documents/a b.pdf"}}';
    const { result, provider } = await filtered({ scope }, '/getFile?file_id=x', file);
    expect(result).toBe(file);
    const lenient = await filtered({ scope, audit: { enforcement: 'audit' } }, '/getFile?file_id=x', file);
    const download = requestFor({ url: 'https://api.telegram.org/file/bot1:x/documents/a%20b.pdf' });
    expect(await provider.resolve(download)).toEqual({ actions: [{ name: 'getFile' }] });
    expect(await lenient.provider.resolve(download)).toEqual({ actions: [{ name: 'getFile' }] });
    expect(await create({ scope }).resolve(download)).toEqual({
      actions: [{ name: 'getFile', reach: 'any' }],
    });
  });
});
