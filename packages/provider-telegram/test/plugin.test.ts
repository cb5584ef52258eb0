import { findPlaceholder, placeholderFor } from '@pai/core';
import { testProvider } from '@pai/core/conformance';
import Value from 'typebox/value';
import { describe, expect, test } from 'vitest';
import { telegram } from '../src/index.ts';
import { bot, create, createJudge, type Spec, token } from './bot.ts';

const spec: Spec = {
  type: 'telegram',
  auth: { type: 'bot-token', secretRef: 'bot' },
  policy: { allow: ['*'] },
};
const own = 'https://api.telegram.org/bot123456:AA-agents_own-token_0123456789abcdef';

describe('keeps the contract', () => {
  const json = { 'content-type': 'application/json' };
  testProvider(test, {
    plugin: telegram,
    spec: { ...spec, scope: { chats: ['-1001', '@news'], webhooks: ['hooks.example.com'] } },
    secrets: { token },
    samples: [
      { url: `${own}/sendMessage?chat_id=-1001&text=x`, actions: ['sendMessage'], resource: '-1001' },
      {
        method: 'POST',
        url: `${own.replace('56:', '56%3A')}/SENDmessage`,
        headers: json,
        body: '{"chat_id":"@News"}',
        actions: ['sendMessage'],
        resource: '@news',
      },
      { url: `${own}/test/getMe`, actions: ['getMe'] },
      {
        method: 'POST',
        url: `${own}/?method=kickChatMember&chat_id=5`,
        actions: ['banChatMember'],
        resource: '5',
      },
      { url: `${own.replace('/bot', '/file/bot')}/documents/file_1.pdf`, actions: ['getFile'] },
      {
        url: `${own}/forwardMessage?chat_id=5&from_chat_id=6`,
        actions: ['forwardMessage', 'forwardMessage'],
      },
      {
        url: `${own}/setWebhook?url=https://hooks.example.com/x`,
        actions: ['setWebhook'],
        resource: 'hooks.example.com',
      },
      { url: 'https://api.telegram.org/', actions: 'unresolved' },
    ],
  });
  testProvider(test, {
    plugin: telegram,
    spec: { ...spec, host: 'bots.example.com:8443' },
    secrets: { token },
    samples: [
      { url: 'https://bots.example.com:8443/bot1:x/getUpdates?timeout=50', actions: ['getUpdates'] },
      { method: 'POST', url: 'https://bots.example.com:8443/bot/brandNewThing', actions: ['brandNewThing'] },
    ],
  });
});

test.each([
  [spec, true],
  [{ ...spec, scope: { chats: ['-1001', '@a'] } }, true],
  [{ ...spec, auth: { type: 'bot-token' } }, false],
  [{ ...spec, scope: { channels: ['a'] } }, false],
])('the spec %# is valid: %s', (value, expected) => {
  expect(Value.Check(telegram.spec, value)).toBe(expected);
});

test.each(['*', '-100*', '007', '+5', '1.5', '99999999999999999999', 'news', 't.me/news', '@a b', '@'])(
  'the chat pattern %s is refused',
  (pattern) => {
    expect(() => create({ scope: { chats: [pattern] } })).toThrow(
      expect.objectContaining({ code: 'config_invalid' }),
    );
  },
);

test.each(['ghp_notATelegramToken', '123:abc/../x', '123', ':abc', '123:a b', '12:a?b'])(
  'a secret that is no token is not sent, and is not shown',
  async (wrong) => {
    const outcome = await createJudge({}, wrong)({ url: `${bot}/getMe` });
    expect(outcome.event).toMatchObject({
      error: 'credential_unavailable',
      reason: expect.stringContaining('bot/token'),
    });
    expect(JSON.stringify(outcome.event)).not.toContain(wrong);
  },
);

describe('the placeholder', () => {
  test.each([
    ['a number, a colon and 35 characters', /^\d{8,10}:[\w-]{35}$/],
    ['what python-telegram-bot checks', /^\d{3,}:.+$/],
  ])('passes for %s', (_what, shape) => {
    expect(create().placeholders.env['TELEGRAM_BOT_TOKEN']).toMatch(shape);
  });

  test('is recognised, and goes into the variable that is asked for', () => {
    const env = create({ auth: { ...spec.auth, agentEnvVar: 'BOT_TOKEN' } }).placeholders.env;
    expect(Object.keys(env)).toEqual(['BOT_TOKEN']);
    expect(findPlaceholder(`/bot${env['BOT_TOKEN']}/getMe`)).toBe(placeholderFor('telegram-bot'));
  });
});

describe('the token', () => {
  test.each([
    ['/bot1:x/getMe', `/bot${token}/getMe`],
    ['/bot/getMe', `/bot${token}/getMe`],
    ['/bot123456%3AAA/getMe?a=/bot1:x/', `/bot${token}/getMe?a=/bot1:x/`],
    ['/%62ot1:x/getMe', `/bot${token}/getMe`],
    ['/bot1:x/test/getMe', `/bot${token}/test/getMe`],
    ['/file/bot1:x/a/b.pdf', `/file/bot${token}/a/b.pdf`],
    ['/file/bot1:x/bot2:y/b.pdf', `/file/bot${token}/***/b.pdf`],
    ['/BOT1:x/getMe', '/***/getMe'],
    [`/bot${placeholderFor('telegram-bot')}/getMe`, `/bot${token}/getMe`],
  ])('replaces what the agent wrote: %s', async (target, sent) => {
    const outcome = await createJudge()({ url: `https://api.telegram.org${target}` });
    expect(outcome).toMatchObject({ kind: 'forward', request: { target: sent } });
  });

  test('is put where the path has no token only by a path that has a place for it', async () => {
    const outcome = await createJudge()({ url: 'https://api.telegram.org/robots.txt' });
    expect(outcome).toMatchObject({ kind: 'forward', request: { target: '/robots.txt' } });
  });

  test('T6 of the agent is in no event, answer or error', async () => {
    const secret = '123456789:AAagents-own-token_0123456789abcdef';
    const odd = [
      `/bot${secret}/getMe`,
      `/BOT${secret}/getMe`,
      `//bot${secret}/getMe`,
      `/bot${secret}//getMe`,
      `/bot${secret}%2FgetMe`,
      `/bot${secret.replace(':', '%3a')}/getMe`,
      `/bot${secret.replace(':', '%253A')}/getMe`,
      `/x/bot${secret}/../getMe`,
      `/file/${secret}/x`,
      `/${secret}`,
      `/file%2Fbot${secret}/x`,
      `/%66ile/bot${secret}/x`,
      `/bot${secret};x/getMe`,
      `/bot${secret}%00/getMe`,
      `/./bot${secret}/getMe`,
    ];
    for (const path of odd) {
      for (const method of ['GET', 'POST', 'PUT']) {
        const outcome = await createJudge({
          policy: { httpRules: [{ paths: ['/nothing'], effect: 'allow' }] },
        })({ method, url: `https://api.telegram.org${path}` });
        const shown = JSON.stringify([outcome.event, outcome.kind === 'respond' ? outcome.response : {}]);
        expect(shown).not.toContain('agents-own');
        expect(shown).not.toContain('canary');
      }
    }
  });
});

test('a denial is Telegram’s own error', async () => {
  const outcome = await createJudge({ policy: { allow: ['getMe'] } })({ url: `${bot}/deleteMessage` });
  if (outcome.kind !== 'respond') throw new Error('was forwarded');
  expect(outcome.response.status).toBe(403);
  expect(JSON.parse(String(outcome.response.body))).toEqual({
    ok: false,
    error_code: 403,
    description: 'telegram-bot: deleteMessage is not allowed (allow has getMe); add it to policy.allow',
  });
});
