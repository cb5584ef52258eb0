import { createPipeline, type Outcome, PaiError, type Resolution, resolveRequest, Secret } from '@pai/core';
import { type RequestText, requestFor } from '@pai/core/conformance';
import { compilePolicy } from '@pai/policy';
import type { Static } from 'typebox';
import { slack } from '../src/index.ts';

/** `spec` of a Slack Provider. */
export type Spec = Static<typeof slack.spec>;

/** The Secret's keys; each value is seen nowhere else. */
export const secrets = {
  token: 'xoxb-canary-bot-0123456789',
  app_token: 'xapp-canary-app-0123456789',
  webhook_url: 'https://hooks.slack.com/services/TCANARY01/BCANARY02/canaryhook3456789',
};

/** Slack's two answers that the provider asks for, and what it asked. */
export function createSlack(
  channels: Readonly<Record<string, string>> = { C1: 'general', C2: 'random', G3: 'secret-plans' },
) {
  const asked: string[] = [];
  const state = { channels, isDown: false, hasGroups: true };
  const fetch: typeof globalThis.fetch = async (input, init) => {
    const { pathname } = new URL(String(input));
    const parameters = new URLSearchParams(String(init?.body));
    asked.push(`${String(input)} ${parameters}`);
    if (state.isDown) throw new Error('the network is down');
    if (new Headers(init?.headers).get('authorization') !== `Bearer ${secrets.token}`) {
      return Response.json({ ok: false, error: 'invalid_auth' });
    }
    if (pathname === '/api/auth.test') return Response.json({ ok: true, url: 'https://acme.slack.com/' });
    if (!state.hasGroups && parameters.get('types')?.includes('private_channel') === true) {
      return Response.json({ ok: false, error: 'missing_scope', needed: 'groups:read' });
    }
    // Two to a page, whatever was asked for.
    const at = Number(parameters.get('cursor') ?? 0);
    const all = Object.entries(state.channels).map(([id, name]) => ({ id, name }));
    const next = at + 2 < all.length ? String(at + 2) : '';
    return Response.json({
      ok: true,
      channels: all.slice(at, at + 2),
      response_metadata: { next_cursor: next },
    });
  };
  return { fetch, asked, state };
}

/** A Slack Provider called `slack-bot`, and the pipeline behind which it stands. */
export function start(overrides: Partial<Spec> = {}, keys: Readonly<Record<string, string>> = secrets) {
  const spec: Spec = {
    type: 'slack',
    auth: { type: 'bot-token', secretRef: 'slack-bot' },
    policy: { allow: ['*'] },
    ...overrides,
  };
  const service = createSlack();
  const clock = { now: 0 };
  const provider = slack.create(spec, {
    name: 'slack-bot',
    secrets: {
      read: (key) => {
        const value = keys[key];
        if (value === undefined) throw new PaiError('secret_missing', `secret slack-bot has no key ${key}`);
        return new Secret(`slack-bot/${key}`, value);
      },
      derive: (name, value) => new Secret(name, value),
    },
    signal: new AbortController().signal,
    fetch: service.fetch,
    now: () => clock.now,
    log: () => undefined,
  });
  const { decide } = compilePolicy({
    name: 'slack-bot',
    type: 'slack',
    policy: spec.policy,
    plugin: slack,
    scope: provider.scope,
    hasScope: spec.scope?.channels !== undefined,
  });
  const attached = {
    name: 'slack-bot',
    type: 'slack',
    provider,
    decide,
    enforcement: 'enforce',
    isLogged: true,
  } as const;
  const { judge } = createPipeline([attached], () => 0);
  return {
    ...service,
    provider,
    clock,
    judge: async (text: RequestText): Promise<Outcome> => judge(requestFor(text)),
    resolve: (text: RequestText): Promise<Resolution> => resolveRequest(provider, requestFor(text)),
  };
}

/** A call of a method as most clients write it. */
export function call(
  method: string,
  parameters: Readonly<Record<string, string>> = {},
  query = '',
): RequestText {
  return {
    method: 'POST',
    url: `https://slack.com/api/${method}${query === '' ? '' : `?${query}`}`,
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams(parameters).toString(),
  };
}

/** A call of a method with a body of another type. */
export function post(method: string, type: string, body: string, query = ''): RequestText {
  return { ...call(method, {}, query), headers: { 'content-type': type }, body };
}

/** What goes up, as text: target, header values, content. */
export async function sent(
  outcome: Outcome,
): Promise<{ target: string; authorization: string | undefined; body: string }> {
  if (outcome.kind !== 'forward') throw new Error(`it was not forwarded: ${outcome.event.reason}`);
  const { headers, target, body } = outcome.request;
  const at = headers.findIndex((name, i) => i % 2 === 0 && name.toLowerCase() === 'authorization');
  return {
    target,
    authorization: at === -1 ? undefined : headers[at + 1],
    body: (await body.bytes(10_000_000)).toString(),
  };
}
