import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { createSecretStore } from '../../src/secrets.ts';
import type { Rig } from '../engine/rig.ts';
import { expectAlive, expectGone } from './alive.ts';
import {
  begin,
  call,
  connectFirst,
  initialize,
  messagesOf,
  oddServer,
  post,
  program,
  startStdioRig,
  urlOf,
} from './rig.ts';

const textOf = (message: Record<string, unknown> | undefined) =>
  (message?.['result'] as { content: { text: string }[] } | undefined)?.content[0]?.text ??
  JSON.stringify(message);
const ask = async (url: URL, name: string, session: Record<string, string>, given = {}) =>
  textOf((await messagesOf(await post(url, call(name, given), session))).at(-1));

async function start(
  words: readonly string[] = [],
  options = {},
  sidecar = {},
): Promise<{ rig: Rig; url: URL }> {
  const rig = await startStdioRig([program('odd', [oddServer, ...words], options)], sidecar);
  return { rig, url: urlOf(rig, 'odd') };
}

/** A session whose process has started another, that does not mind SIGTERM. */
async function beginFamily(url: URL) {
  const session = await begin(url);
  const pids = [Number(await ask(url, 'pid', session)), Number(await ask(url, 'fork', session))];
  expectAlive(...pids);
  return { session, pids };
}

describe('a process ends with its children', () => {
  test('when its session is deleted, which is then unknown', async () => {
    const { url } = await start(['--stubborn']);
    const { session, pids } = await beginFamily(url);
    expect((await fetch(url, { method: 'DELETE', headers: session })).status).toBe(200);
    await expectGone(...pids);
    expect((await post(url, call('pid'), session)).status).toBe(404);
  });

  test('when nobody uses its session', async () => {
    const { url } = await start([], {}, { programLimits: { idle: 1_000 } });
    const { pids } = await beginFamily(url);
    await expectGone(...pids);
  });

  test('not while an agent listens', async () => {
    const { url } = await start([], {}, { programLimits: { idle: 1_000 } });
    const { client } = await connectFirst(url);
    await client.callTool({ name: 'later', arguments: { ms: 2_500 } });
    expect(await client.callTool({ name: 'pid' })).toBeDefined();
  });

  test('when its Provider is removed', async () => {
    const { rig, url } = await start();
    const { pids } = await beginFamily(url);
    await rig.remove('odd');
    await expectGone(...pids);
  });

  test('when its program or its Secret changes, and not when its policy does', async () => {
    const options = {
      mcp: 'secretEnv: {TOKEN: token}',
      rest: 'auth: {type: api-key, secretRef: api-token}',
    };
    const { rig, url } = await start([], options);
    const { session, pids } = await beginFamily(url);
    await rig.apply(
      program('odd', [oddServer], {
        ...options,
        rest: `${options.rest}\n  policy: {mcp: {deniedTools: [progress]}}`,
      }),
    );
    await vi.waitFor(async () => expect(await ask(url, 'progress', session)).toContain('Unknown tool'));
    expect(await ask(url, 'pid', session)).toBe(String(pids[0]));
    await createSecretStore(rig.home).put('default', 'api-token', { token: 'another-canary-1234567890' });
    await expectGone(...pids);
  });

  test('when the sidecar closes', async () => {
    const { rig, url } = await start(['--stubborn']);
    const { pids } = await beginFamily(url);
    await rig.sidecar.close(0);
    await expectGone(...pids);
  });

  test('when it crashes in a call, which is told so', async () => {
    const { rig, url } = await start();
    const { session, pids } = await beginFamily(url);
    const stuck = post(url, call('never', {}, 'waiting'), session);
    await vi.waitFor(async () => expect(await ask(url, 'received', session)).toContain('never'));
    expect(await ask(url, 'crash', session)).toContain('odd: its program ended with status 3');
    expect(await (await stuck).text()).toContain('its program ended with status 3');
    await expectGone(...pids);
    expect((await post(url, call('pid'), session)).status).toBe(404);
    expect(rig.logs.join('\n')).toContain('odd: its program ended with status 3');
    expect(await ask(url, 'pid', await begin(url))).toMatch(/^\d+$/);
    const events = await rig.auditSoFar();
    expect(events.filter(({ error }) => error === 'program_unavailable')).toHaveLength(2);
  });
});

test('each session has a process of its own', async () => {
  const { url } = await start();
  const pids = await Promise.all([0, 1].map(async () => ask(url, 'pid', await begin(url))));
  expect(new Set(pids).size).toBe(2);
});

test('there are no more processes than the Provider says, however many sessions are begun', async () => {
  const { url } = await start([], { mcp: 'maxProcesses: 2' });
  const kept = [await begin(url), await begin(url)];
  const answers = [];
  for (let i = 0; i < 50; i += 1) {
    answers.push(...(await Promise.all(Array.from({ length: 20 }, () => post(url, initialize)))));
  }
  expect(answers.map(({ headers }) => headers.get('mcp-session-id')).filter((id) => id !== null)).toEqual([]);
  expect(await answers[0]?.text()).toContain('odd: it has 2 processes of its program already');
  for (const session of kept) expect(await ask(url, 'pid', session)).toMatch(/^\d+$/);
}, 60_000);

test('a session that nobody uses makes room for another', async () => {
  const { url } = await start([], { mcp: 'maxProcesses: 1' }, { programLimits: { spare: 20 } });
  const first = await begin(url);
  const second = await vi.waitFor(() => begin(url));
  expect((await post(url, call('pid'), first)).status).toBe(404);
  expect(await ask(url, 'pid', second)).toMatch(/^\d+$/);
});

describe('a program that cannot be had', () => {
  const refusal = async (url: URL) =>
    ((await (await post(url, initialize)).json()) as { error: { message: string } }).error.message;

  test('is said to be missing', async () => {
    const missing = program('odd', []).replace(process.execPath, 'no-such-program');
    const rig = await startStdioRig([missing]);
    expect(await refusal(urlOf(rig, 'odd'))).toBe(
      'odd: "no-such-program" cannot be started (there is no such program); install it, or list it in the Agent\'s packages.npm',
    );
  });

  test('is not started all the time when it ends at once', async () => {
    const { url } = await start(['--fails']);
    for (const _ of [1, 2]) expect(await refusal(url)).toContain('its program ended with status 7');
    expect(await refusal(url)).toMatch(
      /its program ends right after its start; it may be started again in 1 s/,
    );
  });

  test('is started again soon though the clock is set back', async () => {
    const { now } = Date;
    let isSetBack = false;
    vi.spyOn(Date, 'now').mockImplementation(() => now() - (isSetBack ? 3_600_000 : 0));
    onTestFinished(() => void vi.restoreAllMocks());
    const { url } = await start(['--fails']);
    for (const _ of [1, 2]) await refusal(url);
    isSetBack = true;
    await vi.waitFor(async () => expect(await refusal(url)).toContain('ended with status 7'), 15_000);
  });

  test('is ended when it does not answer', async () => {
    const { url } = await start(['--mute'], {}, { programLimits: { start: 200 } });
    expect(await refusal(url)).toContain('its program did not answer within 0.2 s');
  });
});
