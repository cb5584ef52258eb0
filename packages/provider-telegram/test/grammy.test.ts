import { text } from 'node:stream/consumers';
import { Api, GrammyError, InputFile } from 'grammy';
import { describe, expect, test } from 'vitest';
import { canonicalMethod, methodNames } from '../src/methods.ts';
import { createJudge, type Spec } from './bot.ts';

/** grammY's client, with the judge where the network would be: what is allowed gets an answer, what is not its denial. */
function createClient(spec: Partial<Spec>, secret?: string) {
  const judge = createJudge(spec, secret);
  const seen: { method: string; actions: string[]; unresolved: string | undefined; rule: string }[] = [];
  const fetch = async (
    url: string,
    { method, headers, body }: { method: string; headers: Record<string, string>; body: unknown },
  ) => {
    const content = typeof body === 'string' ? body : await text(body as AsyncIterable<Uint8Array>);
    const outcome = await judge({ method, url, headers: Object.entries(headers).flat(), body: content });
    const { actions, unresolved, rule } = outcome.event;
    seen.push({ method: url.split('/').at(-1) ?? '', actions, unresolved, rule });
    if (outcome.kind === 'forward') return new Response('{"ok":true,"result":[]}');
    return new Response(Buffer.from(outcome.response.body), { status: outcome.response.status });
  };
  const api = new Api('123456:AA-agents-own', { fetch: fetch as never });
  return { api, seen };
}

const calls = Object.getOwnPropertyNames(Api.prototype).filter((name) => name !== 'constructor');

/** Methods that grammY gives no payload. */
const bare = new Set([
  'close',
  'getAvailableGifts',
  'getForumTopicIconStickers',
  'getMe',
  'getMyStarBalance',
  'getWebhookInfo',
  'logOut',
  'removeMyProfilePhoto',
]);

describe('every method that grammY has', () => {
  test.each(methodNames)('%s is called so, as JSON and as multipart', async (name) => {
    const { api, seen } = createClient({});
    const raw = api.raw as unknown as Record<string, (payload?: object) => Promise<unknown>>;
    const document = new InputFile(Buffer.from('x'), 'a;b.txt');
    for (const payload of bare.has(name) ? [undefined] : [{ chat_id: 42 }, { chat_id: 42, document }]) {
      await raw[name]?.(payload);
      expect(seen.pop()).toEqual({
        method: name,
        actions: [name],
        unresolved: undefined,
        rule: 'policy.allow[0]',
      });
    }
  });

  test.each(calls)('by its own function %s, is resolved under a scope too', async (call) => {
    const { api, seen } = createClient({ scope: { chats: ['42'] } });
    const functions = api as unknown as Record<string, (...args: unknown[]) => Promise<unknown>>;
    // The last argument of each is a signal.
    const args = new Array(Math.max(0, (functions[call]?.length ?? 0) - 1)).fill(42);
    if (call === 'sendPoll') args[2] = [];
    if (call === 'getMyName') args[0] = {};
    await functions[call]?.(...args).catch(() => {});
    expect(seen).toHaveLength(1);
    const [{ method = '', actions = [], unresolved } = {}] = seen;
    expect(unresolved).toBeUndefined();
    expect(actions[0]).toBe(canonicalMethod(method));
    expect(methodNames).toContain(actions[0]);
  });

  test('is walked', () => expect(calls.length).toBeGreaterThan(150));
});

test.each([
  [
    'a method that is not allowed',
    { policy: { allow: ['getMe'] } },
    'telegram-bot: sendMessage is not allowed (allow has getMe); add it to policy.allow',
  ],
  [
    'a chat outside the scope',
    { scope: { chats: ['42'] } },
    'telegram-bot: sendMessage is out of scope: 7 is not in scope.chats (42); add it there if the agent needs it',
  ],
])('%s raises a GrammyError with our sentence', async (_what, spec, sentence) => {
  const { api } = createClient(spec);
  const error = await api.sendMessage(7, 'x').then(String, (thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(GrammyError);
  expect(error).toMatchObject({ error_code: 403, description: sentence });
});

test('a request that is refused raises one too, with the status of the refusal', async () => {
  const { api } = createClient({}, 'no-token');
  const error = await api.getMe().then(String, (thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(GrammyError);
  expect(error).toMatchObject({
    error_code: 502,
    description: 'secret bot/token is no bot token; store it as BotFather gives it, DIGITS:LETTERS',
  });
});

test('a file is sent into a chat inside the scope, and into no other', async () => {
  const { api, seen } = createClient({ scope: { chats: ['42'] } });
  const file = () => new InputFile(Buffer.from('x'.repeat(100_000)), 'report.txt');
  await api.sendDocument(42, file(), { reply_parameters: { message_id: 1 } });
  await expect(api.sendDocument(7, file())).rejects.toThrow('7 is not in scope.chats');
  await expect(
    api.sendDocument(42, file(), { reply_parameters: { message_id: 1, chat_id: 7 } }),
  ).rejects.toThrow('7 is not in');
  expect(seen.map(({ rule }) => rule)).toEqual(['policy.allow[0]', 'scope.chats', 'scope.chats']);
});
