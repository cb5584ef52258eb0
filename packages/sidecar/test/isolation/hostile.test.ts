import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PassThrough, type Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { type ForwardOutcome, type Outcome, PaiError, type RespondOutcome } from '@pai/core';
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import { canary, open, packageAt, pemLines, requestTo } from './remote.ts';

// Processes are started, on machines that do other things too.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const source = readFileSync(join(packageAt('hostile'), 'index.js'), 'utf8');
const pathsOf = (table: string) =>
  [...(source.split(`const ${table} = {`)[1]?.split('\n};')[0] ?? '').matchAll(/^ {2}'(\/[a-z-]+)':/gm)].map(
    ([, path = '']) => path,
  );

type Opened = Awaited<ReturnType<typeof open>>;

/** A policy that denies what has no name. */
const only = { policy: { allow: ['read'] } };

const unresolved = async ({ provider }: Opened, path: string) => {
  const resolution = await provider.resolve(requestTo(path));
  return 'unresolved' in resolution ? resolution.unresolved : JSON.stringify(resolution);
};

const ends: (() => void)[] = [];
afterAll(() => {
  for (const end of ends) end();
});

describe('a plugin that attacks', () => {
  let opened: Opened | undefined;
  const plugin = () => opened as Opened;
  beforeAll(async () => {
    opened = await open('hostile', only, { atEnd: (end) => void ends.push(end) });
  });

  test('can look at the process object that Node itself uses, so that what follows means something', async () => {
    expect(await unresolved(plugin(), '/real')).toBe('DONE function');
  });

  test.each(pathsOf('attacks'))('gets nothing by %s', async (path) => {
    expect(await unresolved(plugin(), path)).toMatch(/^refused /);
  });

  test('is still there after all of that, with its types and patches', async () => {
    expect(pathsOf('attacks').length).toBeGreaterThan(30);
    expect(await plugin().provider.resolve(requestTo('/fine'))).toEqual({
      actions: [{ name: 'read', resource: '/fine' }],
    });
    expect(({} as { isAdmin?: boolean }).isAdmin).toBeUndefined();
  });

  test('gets no key but those of its own Secret', async () => {
    expect(await unresolved(plugin(), '/other-secret')).toBe('refused secret_missing');
  });

  test('cannot fill the memory of the sidecar with credentials of its own making', async () => {
    await plugin().provider.resolve(requestTo('/derive'));
    expect(plugin().derived.length).toBeGreaterThan(100);
    expect(plugin().derived.length).toBeLessThanOrEqual(256);
  });

  test('cannot make so much of them that looking for them takes long', async () => {
    const { provider, derived } = await open('hostile', only);
    await provider.resolve(requestTo('/derive-long'));
    expect(derived).toHaveLength(6);
  });

  test('fetches from nowhere but its own hosts', async () => {
    expect(await unresolved(plugin(), '/own-fetch')).toBe('refused destination_forbidden');
  });

  test('cannot log its secret, nor write to a terminal', async () => {
    const { logs } = plugin();
    await plugin().provider.resolve(requestTo('/log'));
    await expect.poll(() => logs.length).toBeGreaterThanOrEqual(2);
    expect(logs.join('\n')).toContain('plugin hostile: the key is [secret a/token] [2J');
    expect(logs.join('\n')).not.toContain(canary);
  });

  test('cannot log a key line by line, nor the part of one that a long line leaves of it', async () => {
    const { logs, provider } = plugin();
    const before = logs.length;
    await provider.resolve(requestTo('/log-lines'));
    await provider.resolve(requestTo('/log-cut'));
    await expect.poll(() => logs.length - before).toBeGreaterThanOrEqual(5);
    const text = logs.join('\n');
    for (const line of pemLines) expect(text).not.toContain(line);
    expect(text).not.toContain(canary.slice(0, 12));
  });

  test('may name what its Secret only names', async () => {
    const { event, kind } = await plugin().pipeline.judge(requestTo('/account'));
    expect({ kind, resources: event.resources }).toEqual({
      kind: 'forward',
      resources: ['account-1234567890'],
    });
  });

  test('cannot tell an agent its secret in an error or in an answer', async () => {
    const told = await plugin().pipeline.judge(requestTo('/tell'));
    expect(JSON.stringify(told)).not.toContain(canary);
    const shown = (await plugin().pipeline.judge(requestTo('/show'))) as RespondOutcome;
    expect(JSON.stringify(shown)).not.toContain(canary);
    expect(shown.event.error).toBe('plugin_failed');
  });

  test.each(['/show-odd', '/show-json', '/odd-action', '/odd-reason'])(
    'cannot tell an agent a secret with quotes in it (%s)',
    async (path) => {
      const { kind, event } = await plugin().pipeline.judge(requestTo(path));
      expect([kind, event.error ?? event.unresolved]).toEqual([
        'respond',
        expect.stringMatching(/plugin_failed|answered with its credential/),
      ]);
      expect(JSON.stringify(event)).not.toContain('5d');
    },
  );

  test.each([
    ['writes a field that is two', '/smuggle', 'plugin_failed'],
    ['moves the request elsewhere', '/move', 'malformed_request'],
  ])('is refused when it %s', async (_what, target, code) => {
    const outcome: Outcome = await plugin().pipeline.judge(requestTo(target));
    expect(outcome.kind).toBe('respond');
    expect(outcome.event.error).toBe(code);
  });

  test('cannot add to a response, only remove', async () => {
    const outcome = (await plugin().pipeline.judge(requestTo('/fine'))) as ForwardOutcome;
    expect(outcome.kind).toBe('forward');
    const head = { status: 200, headers: ['x-a', 'b'] };
    await expect(outcome.filterLater?.(head)).rejects.toThrow(PaiError);
    expect(head.headers).toEqual(['x-a', 'b']);
  });

  test('gives actions that have nothing but the members of an action', async () => {
    const resolution = await plugin().provider.resolve(requestTo('/proto'));
    expect(resolution).toEqual({ actions: [{ name: 'read', reach: 'any' }] });
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
  });

  test.each([
    ['more actions than a request has', '/many'],
    ['an action without a name', '/odd'],
    ['no action', '/empty'],
    ['an answer beyond every limit', '/huge'],
  ])('denies by giving %s', async (_what, path) => {
    const outcome = await plugin().pipeline.judge(requestTo(path));
    expect([
      outcome.kind,
      outcome.event.unresolved !== undefined || outcome.event.error !== undefined,
    ]).toEqual(['respond', true]);
  });
});

describe('a plugin that fails', () => {
  const limits = { deadline: 1_500, silence: 1_500, backoff: 20, memory: 192 * 1024 * 1024 };

  test.each([
    ['loops for ever', '/loop', 'no sign of life'],
    ['fills its heap', '/heap', 'ended'],
    ['fills memory with buffers', '/buffers', 'took more than 192 MiB'],
    ['leaves a rejection to nobody', '/reject', 'ended by itself'],
    ['throws where nobody can catch it', '/throw-later', 'ended by itself'],
  ])('is started again when it %s', async (_what, path, why) => {
    const opened = await open('hostile', only, { limits });
    const outcome = await opened.pipeline.judge(requestTo(path));
    expect(outcome.kind).toBe('respond');
    expect(opened.logs.join('\n')).toContain(why);
    await expect.poll(async () => (await opened.pipeline.judge(requestTo('/fine'))).kind).toBe('forward');
  });

  test.each([
    ['loops for ever', '/loop', 'no sign of life'],
    ['throws where nobody can catch it', '/throw-later', 'ended by itself'],
  ])('ends a response whose last part is still to come when it %s', async (_what, harm, why) => {
    const opened = await open('hostile', only, { limits });
    const outcome = (await opened.pipeline.judge(requestTo('/fine'))) as ForwardOutcome;
    const transform = await outcome.filterLater?.({ status: 200, headers: ['x-at-end', harm] });
    const content = new PassThrough();
    const output = transform?.(content) as Readable;
    content.end('some of it');
    await expect(text(output)).rejects.toThrow(why);
  });

  test('is left alone when one of its answers never comes', async () => {
    const opened = await open('hostile', only, { limits: { ...limits, judging: 700 } });
    const never = opened.pipeline.judge(requestTo('/never'));
    const others = await Promise.all(
      Array.from({ length: 20 }, () => opened.pipeline.judge(requestTo('/fine'))),
    );
    expect(others.map(({ kind }) => kind)).toEqual(others.map(() => 'forward'));
    expect((await never).event.unresolved ?? (await never).event.error).toMatch(
      /plugin_failed|did not answer/,
    );
    expect(opened.logs).toEqual([]);
  });

  test('is started again when it has left a thousand questions without an answer', async () => {
    const warnings: string[] = [];
    const onWarning = ({ message }: Error) => void warnings.push(message);
    process.on('warning', onWarning);
    onTestFinished(() => void process.off('warning', onWarning));
    const opened = await open('hostile', only, { limits: { ...limits, judging: 1_000 } });
    const never = Array.from({ length: 1_001 }, () => opened.pipeline.judge(requestTo('/never')));
    expect((await Promise.all(never)).map(({ kind }) => kind)).not.toContain('forward');
    await expect.poll(async () => (await opened.pipeline.judge(requestTo('/fine'))).kind).toBe('forward');
    expect(warnings).toEqual([]);
  });

  test('keeps no other plugin from its work, and no other Provider of its own type', async () => {
    // Longer than anything else here takes, so that what waited for it is seen.
    const patient = { ...limits, deadline: 5_000, silence: 5_000 };
    const [bad, twin, good] = await Promise.all([
      open('hostile', only, { limits: patient }),
      open('hostile', only, { limits }),
      open('widgets'),
    ]);
    const broken = bad.pipeline.judge(requestTo('/loop'));
    let slowest = 0;
    for (let i = 0; i < 200; i += 1) {
      const started = performance.now();
      const other = i % 2 === 0 ? good : twin;
      const outcome = await other.pipeline.judge(requestTo('/widget/1', { host: hostOf(other) }));
      expect([outcome.kind, outcome.event.reason]).toEqual(['forward', undefined]);
      slowest = Math.max(slowest, performance.now() - started);
    }
    expect(slowest).toBeLessThan(4_000);
    expect((await broken).kind).toBe('respond');
  });
});

function hostOf({ provider }: Opened): string {
  return provider.hosts[0]?.host ?? '';
}
