import { createTokenSource, type IssuedToken, PaiError, Secret, type TokenSourceOptions } from '@pai/core';
import { requestFor } from '@pai/core/conformance';
import fc from 'fast-check';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { tokenInjection } from '../src/token-source.ts';

const hour = 3_600_000;

/** A source whose clock and token endpoint the test turns by hand. */
function createBench(change: Partial<TokenSourceOptions> = {}) {
  const controller = new AbortController();
  onTestFinished(() => controller.abort());
  const bench = {
    clock: 1_000_000,
    asked: 0,
    life: hour,
    failure: undefined as unknown,
    wait: Promise.resolve(),
    end: () => controller.abort(),
  };
  const fetch = async (): Promise<IssuedToken> => {
    bench.asked += 1;
    const secret = new Secret('bench/token', `token-${bench.asked}`);
    await bench.wait;
    if (bench.failure !== undefined) throw bench.failure;
    return { secret, expiresAt: bench.clock + bench.life };
  };
  const { signal } = controller;
  const source = createTokenSource({
    name: 'bench/token',
    fetch,
    now: () => bench.clock,
    signal,
    random: () => 0,
    ...change,
  });
  const get = async () => (await source.get()).reveal();
  const failure = () =>
    source.get().then(
      () => 'a token',
      (thrown: PaiError) => `${thrown.code}: ${thrown.message}`,
    );
  return { bench, source, get, failure };
}

/** A promise that the test settles. */
const held = () => Promise.withResolvers<void>();

describe('a token source', () => {
  test('fetches once for 50 who ask at the same time (R10)', async () => {
    const { bench, get } = createBench();
    const { promise, resolve } = held();
    bench.wait = promise;
    const asking = Array.from({ length: 50 }, get);
    resolve();
    expect(new Set(await Promise.all(asking))).toEqual(new Set(['token-1']));
    expect(bench.asked).toBe(1);
  });

  test('gives the same token until it is due, then the old one while it gets the next', async () => {
    const { bench, get } = createBench();
    expect(await get()).toBe('token-1');
    bench.clock += hour - 300_001;
    expect(await get()).toBe('token-1');
    expect(bench.asked).toBe(1);
    bench.clock += 2;
    const { promise, resolve } = held();
    bench.wait = promise;
    expect(await Promise.all([get(), get(), get()])).toEqual(['token-1', 'token-1', 'token-1']);
    expect(bench.asked).toBe(2);
    resolve();
    await vi.waitFor(async () => expect(await get()).toBe('token-2'));
    expect(bench.asked).toBe(2);
  });

  test('gives no token in its last moments, if another can be had', async () => {
    const { bench, get } = createBench();
    expect(await get()).toBe('token-1');
    bench.clock += hour - 9_999;
    bench.failure = new Error('down');
    expect(await get()).toBe('token-1');
    bench.failure = undefined;
    bench.clock += 1_000;
    expect(await get()).toBe('token-3');
  });

  test('counts the last moments of a short token shorter', async () => {
    const { bench, get } = createBench();
    bench.life = 8_000;
    expect(await get()).toBe('token-1');
    bench.clock += 5_999;
    expect(await get()).toBe('token-1');
    bench.clock += 1_002;
    expect(await get()).toBe('token-2');
  });

  test('makes everyone wait for the next when the old one has ended', async () => {
    const { bench, get } = createBench();
    await get();
    bench.clock += hour;
    expect(await Promise.all([get(), get()])).toEqual(['token-2', 'token-2']);
  });

  test('renews a token in use by itself before it ends, and lets an unused one lapse', async () => {
    const { bench, get } = createBench();
    bench.life = 200;
    await get();
    bench.clock += 160;
    await vi.waitFor(() => expect(bench.asked).toBe(2));
    bench.clock += 160;
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(bench.asked).toBe(2);
  });

  test('tries again by itself after a failure, though the timer is a moment early', async () => {
    vi.useFakeTimers();
    onTestFinished(() => void vi.useRealTimers());
    const { bench, get } = createBench({ random: () => 0.333, now: Date.now });
    bench.clock = Date.now();
    await get();
    bench.life = 2 * hour;
    bench.failure = new Error('down');
    await vi.advanceTimersByTimeAsync(hour - 300_000);
    expect(bench.asked).toBeGreaterThan(2);
    bench.failure = undefined;
    await vi.advanceTimersByTimeAsync(120_000);
    const { asked } = bench;
    expect(await get()).toBe(`token-${asked}`);
    expect(bench.asked).toBe(asked);
  });

  test('does not go on trying for a token that has ended, which nobody asks for', async () => {
    vi.useFakeTimers();
    onTestFinished(() => void vi.useRealTimers());
    const { bench, get } = createBench({ now: Date.now });
    bench.clock = Date.now();
    await get();
    bench.failure = new Error('down');
    await vi.advanceTimersByTimeAsync(hour);
    const { asked } = bench;
    expect(asked).toBeGreaterThan(2);
    await vi.advanceTimersByTimeAsync(hour);
    expect(bench.asked).toBe(asked);
  });

  test.each([
    [0, 1_000],
    [1, 500],
  ])('spreads what it does with the random number %d', async (random, backoff) => {
    const { bench, get, failure } = createBench({ random: () => random });
    bench.failure = new Error('down');
    await failure();
    bench.clock += backoff - 1;
    await failure();
    expect(bench.asked).toBe(1);
    bench.clock += 1;
    bench.failure = undefined;
    await get();
    expect(bench.asked).toBe(2);
    bench.clock += hour - 300_000 * (1 + random / 2) - 1;
    await get();
    expect(bench.asked).toBe(2);
    bench.clock += 1;
    await get();
    expect(bench.asked).toBe(3);
  });
});

describe('a token endpoint that fails', () => {
  test('is asked again after a time that doubles up to a minute; nothing else is remembered', async () => {
    const { bench, get, failure } = createBench();
    bench.failure = new PaiError('upstream_unreachable', 'login.example does not answer');
    const said = 'credential_unavailable: the token bench/token cannot be had: login.example does not answer';
    for (const [i, backoff] of [1, 2, 4, 8, 16, 32, 60, 60].entries()) {
      expect(await failure()).toBe(said);
      expect(await failure()).toBe(said);
      expect(bench.asked).toBe(i + 1);
      bench.clock += backoff * 1_000;
    }
    bench.failure = undefined;
    expect(await get()).toBe('token-9');
  });

  test('is heard of by nobody while the old token holds', async () => {
    const { bench, get, failure } = createBench();
    await get();
    bench.failure = new Error('down');
    bench.clock += hour - 1_000;
    for (let i = 0; i < 50; i += 1) expect(await get()).toBe('token-1');
    await vi.waitFor(() => expect(bench.asked).toBe(2));
    for (let i = 0; i < 50; i += 1) expect(await get()).toBe('token-1');
    expect(bench.asked).toBe(2);
    bench.clock += 1_000;
    expect(await failure()).toContain('credential_unavailable');
  });

  test('shows nothing of an error that is not ours', async () => {
    const { bench, failure } = createBench();
    bench.failure = new Error('https://login.example/?client_secret=canary');
    expect(await failure()).toBe('credential_unavailable: the token bench/token cannot be had');
  });

  test.each([0, -1, Number.NaN])('has failed when its token has %d milliseconds to live', async (life) => {
    const { bench, failure } = createBench();
    bench.life = life;
    expect(await failure()).toBe(
      'credential_unavailable: the token bench/token was issued with no time left to use it',
    );
  });

  test('has its time, whether it listens or not', async () => {
    const { bench, failure } = createBench({ timeout: 20 });
    bench.wait = new Promise(() => {});
    expect(await failure()).toBe('credential_unavailable: the token bench/token was not issued in time');
  });
});

describe('a clock that goes backwards', () => {
  test('has the token renewed, since its age is not known', async () => {
    const { bench, get } = createBench();
    await get();
    bench.clock -= 10 * hour;
    expect(await get()).toBe('token-1');
    await vi.waitFor(async () => expect(await get()).toBe('token-2'));
    expect(bench.asked).toBe(2);
  });

  test('does not prolong the wait after a failure', async () => {
    const { bench, get, failure } = createBench();
    bench.failure = new Error('down');
    await failure();
    bench.clock -= 10 * hour;
    bench.failure = undefined;
    expect(await get()).toBe('token-2');
  });
});

describe('renewing a refused token', () => {
  test('fetches once for all who had it refused', async () => {
    const { bench, source } = createBench();
    const stale = await source.get();
    const renewed = await Promise.all(Array.from({ length: 50 }, () => source.renew(stale)));
    expect(new Set(renewed.map((token) => token.reveal()))).toEqual(new Set(['token-2']));
    expect((await source.renew(stale)).reveal()).toBe('token-2');
    expect(bench.asked).toBe(2);
  });

  test('is no loop with a service that refuses every token', async () => {
    const { bench, source } = createBench();
    let token = await source.get();
    for (let i = 0; i < 100; i += 1) token = await source.renew(token);
    expect(bench.asked).toBe(2);
    bench.clock += 10_000;
    expect((await source.renew(token)).reveal()).toBe('token-3');
  });

  test('never gives a token back that has ended meanwhile', async () => {
    const { bench, source } = createBench();
    bench.life = 1_000;
    const renewed = await source.renew(await source.get());
    bench.clock += 1_000;
    expect((await source.renew(renewed)).reveal()).toBe('token-3');
  });

  test('that fails leaves the token, which may hold for other requests', async () => {
    const { bench, source, get } = createBench();
    const stale = await source.get();
    bench.failure = new Error('down');
    await expect(source.renew(stale)).rejects.toMatchObject({ code: 'credential_unavailable' });
    expect(await get()).toBe('token-1');
  });
});

describe('the end of a source', () => {
  test('is told to who waits, and to the fetch', async () => {
    let seen: AbortSignal | undefined;
    const fetch = (signal: AbortSignal) => {
      seen = signal;
      return new Promise<IssuedToken>(() => {});
    };
    const { bench, failure } = createBench({ fetch });
    const waiting = failure();
    bench.end();
    expect(await waiting).toContain('the configuration has changed');
    expect(seen?.aborted).toBe(true);
    expect(await failure()).toContain('the configuration has changed');
  });

  test('lets a request that was judged before have the token that holds', async () => {
    const { bench, get, failure } = createBench();
    await get();
    bench.end();
    bench.clock += hour - 1;
    expect(await get()).toBe('token-1');
    bench.clock += 1;
    expect(await failure()).toContain('credential_unavailable');
    expect(bench.asked).toBe(1);
  });
});

test('a token that ends before whoever waits for it can go on is fetched again', async () => {
  let clock = 0;
  let asked = 0;
  const source = createTokenSource({
    name: 'p',
    now: () => clock,
    signal: new AbortController().signal,
    // Asked when the token has come: the moment at which a machine may go to sleep.
    random: () => {
      if (asked === 1) clock += 2 * hour;
      return 0;
    },
    fetch: async () => {
      asked += 1;
      return { secret: new Secret('p', `token-${asked}`), expiresAt: clock + hour };
    },
  });
  expect((await source.get()).reveal()).toBe('token-2');
});

test('whatever happens, a token is never given after its end, and never is more than one fetch under way', async () => {
  const step = fc.oneof(
    fc.record({ kind: fc.constant('pass' as const), time: fc.integer({ min: -hour, max: 2 * hour }) }),
    fc.record({ kind: fc.constant('get' as const) }),
    fc.record({ kind: fc.constant('renew' as const) }),
    fc.record({ kind: fc.constant('fail' as const), fails: fc.boolean() }),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
      const ends = new Map<Secret, number>();
      let clock = 10 * hour;
      let fails = false;
      let underWay = 0;
      const controller = new AbortController();
      const source = createTokenSource({
        name: 'p',
        now: () => clock,
        signal: controller.signal,
        fetch: async () => {
          underWay += 1;
          expect(underWay).toBe(1);
          await null;
          underWay -= 1;
          if (fails) throw new Error('down');
          const secret = new Secret('p', `token-${ends.size}`);
          ends.set(secret, clock + hour);
          return { secret, expiresAt: clock + hour };
        },
      });
      let last = new Secret('p', 'none');
      for (const { kind, ...given } of steps) {
        if ('time' in given) clock += given.time;
        if ('fails' in given) fails = given.fails;
        if (kind !== 'get' && kind !== 'renew') continue;
        const got = await (kind === 'get' ? source.get() : source.renew(last)).catch(() => undefined);
        if (got === undefined) continue;
        last = got;
        expect(ends.get(got)).toBeGreaterThan(clock);
      }
      controller.abort();
    }),
    { numRuns: 200 },
  );
});

test('a Provider renews the very token that a request had', async () => {
  const { source } = createBench();
  const { inject, renew } = tokenInjection(source, ({ headers }, token) => headers.push('x', token.reveal()));
  const request = () => ({ ...requestFor({ url: 'https://a.example/' }), headers: [] as string[] });
  const [first, second] = [request(), request()];
  await inject(first);
  await inject(second);
  expect(await renew(first)).toBe(true);
  expect(await renew(second)).toBe(true);
  const third = request();
  await inject(third);
  expect([first, second, third].map(({ headers }) => headers[1])).toEqual(['token-1', 'token-1', 'token-2']);
  expect(await renew(third)).toBe(false);
  expect(await renew(request())).toBe(false);
});

test('each request has the token of its own source, and renews that one', async () => {
  const sources = new Map([
    ['a.example', createBench().source],
    ['b.example', createBench().source],
  ]);
  const sourceOf = ({ host }: { host: string }) => sources.get(host) ?? createBench().source;
  const { inject, renew } = tokenInjection(sourceOf, ({ headers }, token) =>
    headers.push('x', token.reveal()),
  );
  const request = (host: string) => ({ ...requestFor({ url: `https://${host}/` }), headers: [] as string[] });
  const [first, other, after] = [request('a.example'), request('b.example'), request('a.example')];
  await inject(first);
  await inject(other);
  expect(await renew(first)).toBe(true);
  await inject(after);
  const untouched = request('b.example');
  await inject(untouched);
  expect(after.headers).toEqual(['x', 'token-2']);
  expect(untouched.headers).toEqual(['x', 'token-1']);
});
