import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { type AgentRequest, bodyOf, type ForwardOutcome, getHeader, type Outcome } from '@pai/core';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { cpuSeconds } from '../../../../test/cpu-time.ts';
import { canary, open, requestTo } from './remote.ts';

// Processes are started, on machines that do other things too.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const spec = {
  policy: { allow: ['all:read', 'widget:write'], deny: ['widget:write*x'] },
  config: { services: ['widget'], prefix: 'Key ' },
  scope: { widgets: ['1', '2'] },
};

type Opened = Awaited<ReturnType<typeof open>>;

const ends: (() => void)[] = [];
const atEnd = (end: () => void) => void ends.push(end);
afterAll(() => {
  for (const end of ends) end();
});

const write = (content: string): Partial<AgentRequest> => ({ method: 'POST', body: bodyOf(content) });

describe('a third party’s type in a process of its own', () => {
  let remote: Opened | undefined;
  let local: Opened | undefined;
  const isolated = () => remote as Opened;
  beforeAll(async () => {
    [remote, local] = await Promise.all([
      open('widgets', spec, { atEnd }),
      open('widgets', spec, { atEnd, isTrusted: true }),
    ]);
  });

  const judge = async ({ pipeline }: Opened, target: string, facts: Partial<AgentRequest>) =>
    shown(await pipeline.judge(requestTo(target, { host: 'api.widgets.example', ...facts })));

  test.each<[string, string, Partial<AgentRequest>]>([
    ['an allowed read', '/widget/1', {}],
    ['a read out of scope', '/widget/3', {}],
    ['an action of another service', '/gadget/1', {}],
    ['an action that no rule allows', '/gizmo/1', {}],
    ['an allowed write', '/widget', write('{"id":"2","size":4}')],
    ['a write out of scope', '/widget', write('{"id":"9"}')],
    ['content without a name', '/widget', write('{"size":4}')],
    ['content that is too large to judge', '/widget', write(`{"id":"${'x'.repeat(70_000)}"}`)],
    ['what it answers itself', '/whoami', {}],
    [
      'the agent’s own credential',
      '/widget/1?key=mine',
      { headers: ['Authorization', 'Key mine', 'x-a', 'b'] },
    ],
    ['fields with every byte they may have', '/widget/1', { headers: ['x-a', 'caf\u00e9\u0080\t~'] }],
  ])('makes of %s what it makes of it in this process', async (_what, target, facts) => {
    const [there, here] = await Promise.all([
      judge(isolated(), target, facts),
      judge(local as Opened, target, facts),
    ]);
    expect(there).toEqual(here);
  });

  test('declares what it declares in this process', () => {
    const [there, here] = [isolated(), local as Opened];
    // The user did not name it, so that it may not be private, whatever the plugin says.
    expect(there.provider.hosts).toEqual(
      here.provider.hosts.map((host) => ({ ...host, isPrivateAllowed: false })),
    );
    expect(there.provider.placeholders).toEqual(here.provider.placeholders);
    expect(there.provider.credentialSlots).toEqual(here.provider.credentialSlots);
    expect(JSON.parse(JSON.stringify(there.plugin.spec))).toEqual(
      JSON.parse(JSON.stringify(here.plugin.spec)),
    );
    expect(there.prepared.tokenHosts?.({})).toEqual([{ host: 'login.example.com' }]);
    expect(there.prepared.secretKeys?.({})).toEqual([{ key: 'token' }]);
  });

  test('sends on the very content that it read', async () => {
    const content = '{"id":"1","text":"caf\u00e9"}';
    const outcome = (await isolated().pipeline.judge(
      requestTo('/widget', { host: 'api.widgets.example', ...write(content) }),
    )) as ForwardOutcome;
    expect(outcome.event.reason).toBeUndefined();
    expect((await outcome.request.body.bytes(1_000)).toString()).toBe(content);
    expect(getHeader(outcome.request.headers, 'authorization')).toBe(`Key ${canary}`);
  });

  test('filters a response that is larger than any buffer, with both ends waiting for each other', async () => {
    const outcome = (await isolated().pipeline.judge(
      requestTo('/widget/1', { host: 'api.widgets.example' }),
    )) as ForwardOutcome;
    const head = { status: 200, headers: ['x-internal', 'yes', 'x-a', 'b'] };
    const transform = await outcome.filterLater?.(head);
    expect(head.headers).toEqual(['x-a', 'b']);
    const content = new PassThrough();
    const output = transform?.(content);
    const line = `${'a'.repeat(1_000)}hidden`;
    const writing = (async () => {
      for (let i = 0; i < 3_000; i += 1) {
        if (!content.write(line)) await new Promise((resolve) => content.once('drain', resolve));
      }
      content.end();
    })();
    // The transformation works by chunk, as its author wrote it: only what no boundary cuts is removed.
    const got = await text(output as PassThrough);
    await writing;
    expect(got.replaceAll('hidden', '')).toBe('a'.repeat(3_000_000));
  });

  test('leaves alone a response that it does not filter', async () => {
    const outcome = (await isolated().pipeline.judge(
      requestTo('/widget/1', { host: 'api.widgets.example' }),
    )) as ForwardOutcome;
    expect(await outcome.filterLater?.({ status: 200, headers: ['x-a', 'b'] })).toBeUndefined();
  });

  test('ends when its configuration does, and says so', async () => {
    const { pipeline, end } = await open('widgets', spec);
    end();
    const outcome = await pipeline.judge(requestTo('/widget/1', { host: 'api.widgets.example' }));
    expect(outcome.event.error).toBe('plugin_failed');
  });
});

test.each([
  ['401', 401, [], true],
  ['UNAUTHENTICATED in gRPC', 200, ['content-type', 'application/grpc', 'grpc-status', '16'], true],
  ['another status of gRPC', 200, ['content-type', 'application/grpc', 'grpc-status', '5'], false],
  ['403', 403, [], false],
])('a token is renewed after %s as its type says', async (_, status, headers, isRenewed) => {
  let minted = 0;
  const { pipeline } = await open(
    'widgets',
    { config: { fetches: true } },
    {
      fetch: async () => {
        minted += 1;
        return Response.json({ token: `minted-token-${minted}` });
      },
    },
  );
  const outcome = await pipeline.judge(requestTo('/widget/1', { host: 'api.widgets.example' }));
  const renewed = await (outcome as ForwardOutcome).renew?.({ status, headers });
  expect(getHeader(renewed?.headers ?? [], 'authorization')).toBe(
    isRenewed ? 'Bearer minted-token-2' : undefined,
  );
});

test('a token is fetched through the sidecar, and what came of it is known to it', async () => {
  const fetched: string[] = [];
  const { pipeline, derived } = await open(
    'widgets',
    { config: { fetches: true } },
    {
      fetch: async (input, init) => {
        fetched.push(`${init?.method} ${String(input)} ${Buffer.from(init?.body as Uint8Array).toString()}`);
        return Response.json({ token: 'minted-token-1' });
      },
    },
  );
  const ask = () => pipeline.judge(requestTo('/widget/1', { host: 'api.widgets.example' }));
  const [outcome] = (await Promise.all([ask(), ask(), ask()])) as ForwardOutcome[];
  expect(getHeader(outcome?.request.headers ?? [], 'authorization')).toBe('Bearer minted-token-1');
  expect(fetched).toEqual([`POST https://login.example.com/token ${canary}`]);
  expect(derived).toEqual(['minted-token-1']);
  const renewal = await outcome?.renew?.({ status: 401, headers: [] });
  expect(renewal === undefined || getHeader(renewal.headers, 'authorization') !== undefined).toBe(true);
});

test('a call takes a small part of a request, whatever else this machine does', async () => {
  const { provider } = await open('widgets');
  for (let i = 0; i < 200; i += 1) await provider.resolve(requestTo('/widget/1'));
  const call = async () => {
    for (let i = 0; i < 1_000; i += 1) await provider.resolve(requestTo('/widget/1'));
  };
  expect(await cpuSeconds(call)).toBeLessThan(5);
});

function shown(outcome: Outcome): object {
  const { time: _, ...event } = outcome.event;
  if (outcome.kind === 'respond') {
    return { event, response: { ...outcome.response, body: Buffer.from(outcome.response.body).toString() } };
  }
  const { method, target, headers } = outcome.request;
  return { event, method, target, headers };
}
