import { createPipeline, type Outcome, Secret } from '@pai/core';
import { type RequestText, requestFor } from '@pai/core/conformance';
import { compilePolicy } from '@pai/policy';
import type { Static } from 'typebox';
import { telegram } from '../src/index.ts';

/** A Provider's spec. */
export type Spec = Static<typeof telegram.spec>;

/** What no log line, answer or event may show. */
export const token = '987654321:AAcanary-Telegram_5e7a1bc0ffee0011';

/** Where the samples' tokens stand, as an agent would write them. */
export const bot = 'https://api.telegram.org/bot1:x';

const base: Spec = {
  type: 'telegram',
  auth: { type: 'bot-token', secretRef: 'bot' },
  policy: { allow: ['*'] },
};

/** A provider of that spec, called `telegram-bot`. */
export function create(overrides: Partial<Spec> = {}, secret = token) {
  return telegram.create(
    { ...base, ...overrides },
    {
      name: 'telegram-bot',
      secrets: {
        read: (key) => new Secret(`bot/${key}`, secret),
        derive: (made, value) => new Secret(made, value),
      },
      signal: new AbortController().signal,
      fetch: () => Promise.reject(new Error('nothing is fetched')),
      now: () => 0,
      log: () => undefined,
    },
  );
}

/** A judge by one provider of that spec. */
export function createJudge(
  overrides: Partial<Spec> = {},
  secret = token,
): (request: RequestText) => Promise<Outcome> {
  const provider = create(overrides, secret);
  const { policy, scope } = { ...base, ...overrides };
  const names = { name: 'telegram-bot', type: 'telegram' };
  const hasScope = scope !== undefined;
  const { decide } = compilePolicy({ ...names, policy, plugin: telegram, scope: provider.scope, hasScope });
  const pipeline = createPipeline(
    [{ ...names, provider, decide, enforcement: 'enforce', isLogged: true }],
    () => 0,
  );
  return async (request) => pipeline.judge(requestFor(request));
}
