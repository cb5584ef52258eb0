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
  // Two to a page, as Slack may give fewer than it was asked for; and as many pages as are asked for.
  const state = { channels, isDown: false, hasGroups: true, mostOnPage: 2, pagesLeft: 1_000, purpose: '' };
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
    state.pagesLeft -= 1;
    if (state.pagesLeft < 0) return Response.json({ ok: false, error: 'ratelimited' }, { status: 429 });
    const at = Number(parameters.get('cursor') ?? 0);
    const end = at + Math.min(state.mostOnPage, Number(parameters.get('limit')));
    const all = Object.entries(state.channels);
    const text = JSON.stringify({
      ok: true,
      channels: all.slice(at, end).map(([id, name]) => ({ id, name, purpose: { value: state.purpose } })),
      response_metadata: { next_cursor: end < all.length ? String(end) : '' },
    });
    // As the sidecar's fetch does.
    if (text.length > 1024 * 1024) throw new Error('more content than a plugin may read');
    return new Response(text);
  };
  return { fetch, asked, state };
}

/** What `start` gives a Provider beside its spec. */
interface Surroundings {
  readonly keys: Readonly<Record<string, string>>;
  readonly fetch: typeof globalThis.fetch;
  readonly now: () => number;
}

/** A Slack Provider of that name, as a pipeline takes it. */
export function attach(
  name: string,
  overrides: Partial<Spec> = {},
  { keys, fetch, now }: Surroundings = { keys: secrets, fetch: createSlack().fetch, now: () => 0 },
) {
  const spec: Spec = {
    type: 'slack',
    auth: { type: 'bot-token', secretRef: 'slack-bot' },
    policy: { allow: ['*'] },
    ...overrides,
  };
  const provider = slack.create(spec, {
    name,
    secrets: {
      read: (key) => {
        const value = keys[key];
        if (value === undefined) throw new PaiError('secret_missing', `secret slack-bot has no key ${key}`);
        return new Secret(`slack-bot/${key}`, value);
      },
      derive: (made, value) => new Secret(made, value),
    },
    signal: new AbortController().signal,
    fetch,
    now,
    log: () => undefined,
  });
  const hasScope = spec.scope?.channels !== undefined;
  const judged = { name, type: 'slack', policy: spec.policy, plugin: slack, scope: provider.scope, hasScope };
  const { decide } = compilePolicy(judged);
  return { name, type: 'slack', provider, decide, enforcement: 'enforce', isLogged: true } as const;
}

/** A Slack Provider called `slack-bot`, and the pipeline behind which it stands. */
export function start(overrides: Partial<Spec> = {}, keys: Readonly<Record<string, string>> = secrets) {
  const service = createSlack();
  const clock = { now: 0 };
  const attached = attach('slack-bot', overrides, { keys, fetch: service.fetch, now: () => clock.now });
  const { provider } = attached;
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
