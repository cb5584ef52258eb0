import { describe, expect, test } from 'vitest';
import { aliases, canonicalMethod, methodNames } from '../src/methods.ts';
import { patternsOf } from '../src/patterns.ts';
import { bot, createJudge } from './bot.ts';

const form = { 'content-type': 'application/x-www-form-urlencoded' };
const json = { 'content-type': 'application/json' };

describe('names', () => {
  const judge = createJudge();
  const named = async (
    path: string,
    rest: { method?: string; headers?: Record<string, string>; body?: string } = {},
  ) => {
    const { event } = await judge({ url: bot + path, ...rest });
    return event.unresolved === undefined ? event.actions : 'unresolved';
  };

  test.each(methodNames)('T1 %s, however it is written', async (name) => {
    for (const written of [
      name,
      name.toLowerCase(),
      name.toUpperCase(),
      encodeURIComponent(name).replace('e', '%65'),
    ]) {
      expect(await named(`/${written}`)).toEqual([name]);
      expect(await named(`/test/${written}`, { method: 'POST' })).toEqual([name]);
    }
    expect(
      await named('/', {
        method: 'POST',
        headers: json,
        body: JSON.stringify({ method: name.toUpperCase() }),
      }),
    ).toEqual([name]);
  });

  test.each([
    ['kickChatMember', 'banChatMember'],
    ['KICKCHATMEMBER', 'banChatMember'],
    ['getChatMembersCount', 'getChatMemberCount'],
    ['setStickerSetThumb', 'setStickerSetThumbnail'],
    ['deleteChat', 'deleteChat'],
    ['brandNewMethod', 'brandNewMethod'],
  ])('%s is %s', async (written, name) => {
    expect(await named(`/${written}`)).toEqual([name]);
  });

  test.each([
    ['the query', '/?method=deleteMessage', {}],
    ['the query, without a slash', '?method=deleteMessage', {}],
    ['the query, of the test environment', '/test/?method=deletemessage', {}],
    ['a form', '/', { method: 'POST', headers: form, body: 'method=deleteMessage' }],
    ['JSON', '/', { method: 'POST', headers: json, body: '{"method":"deleteMessage"}' }],
    [
      'query and form alike',
      '/?method=deleteMessage',
      { method: 'POST', headers: form, body: 'method=deleteMessage' },
    ],
  ])('T2 a method that only %s names', async (_where, path, rest) => {
    expect(await named(path, rest)).toEqual(['deleteMessage']);
  });

  test.each([
    ['nothing', '/', {}],
    ['two methods in the query', '/?method=getMe&method=deleteMessage', {}],
    [
      'query and form differently',
      '/?method=getMe',
      { method: 'POST', headers: form, body: 'method=deleteMessage' },
    ],
    ['JSON under a name in another case', '/', { method: 'POST', headers: json, body: '{"Method":"getMe"}' }],
    ['text', '/', { method: 'POST', headers: { 'content-type': 'text/plain' }, body: 'method=getMe' }],
    ['a list', '/', { method: 'POST', headers: json, body: '{"method":["getMe"]}' }],
    ['more path', '/getMe/x', {}],
    ['an encoded slash', '/getMe%2Fx', {}],
    ['what is no word', '/get-me', {}],
    ['an unknown HTTP method', '/getMe', { method: 'PUT' }],
    ['HEAD', '/getMe', { method: 'HEAD' }],
    ['a method override', '/getMe', { headers: { 'x-http-method-override': 'DELETE' } }],
  ])('nothing where the request has %s', async (_what, path, rest) => {
    expect(await named(path, rest)).toBe('unresolved');
  });
});

test('a file is got by getFile', async () => {
  const { event } = await createJudge()({
    method: 'HEAD',
    url: 'https://api.telegram.org/file/bot1:x/photos/file_0.jpg',
  });
  expect(event).toMatchObject({
    decision: 'allow',
    actions: ['getFile'],
    path: '/file/bot***/photos/file_0.jpg',
  });
});

test('a file’s content is not read when nothing depends on it', async () => {
  const headers = { 'content-type': 'text/odd' };
  const { event } = await createJudge()({
    method: 'POST',
    url: `${bot}/sendDocument`,
    headers,
    body: 'chat_id=1',
  });
  expect(event).toMatchObject({ decision: 'allow', actions: ['sendDocument'] });
});

describe('patterns', () => {
  test.each([
    ['kickChatMember', ['banChatMember']],
    ['SENDMESSAGE', ['sendMessage']],
    ['kick*', ['kick*', 'banChatMember']],
    ['*', ['*']],
    ['get*', ['get*']],
    ['nothingKnown', ['nothingKnown']],
  ])('%s stands for %j', (pattern, meant) => {
    expect(patternsOf(pattern)).toEqual(meant);
  });

  test.each(aliases)('a deny of %s holds for it and for %s', async (other = '', name = '') => {
    for (const denied of [other, name, other.toUpperCase()]) {
      for (const asked of [other, name, name.toLowerCase()]) {
        const { event } = await createJudge({ policy: { allow: ['*'], deny: [denied] } })({
          url: `${bot}/${asked}`,
        });
        expect(event).toMatchObject({ decision: 'deny', rule: 'policy.deny[0]', actions: [name] });
      }
    }
  });
});

test('no method has two names, and none is an alias', () => {
  expect(methodNames).toHaveLength(185);
  expect(methodNames.map((name) => canonicalMethod(name.toUpperCase()))).toEqual(methodNames);
});
