import { createPipeline, PaiError, type Provider } from '@pai/core';
import { requestFor } from '@pai/core/conformance';
import { expect, test } from 'vitest';
import { attach } from './boxes.ts';

const judge = (powers: Partial<Provider>) =>
  createPipeline([attach({ powers })]).judge(
    requestFor({ url: 'https://boxes.example/a', method: 'POST', body: 'x' }),
  );

const failing = () => {
  throw new PaiError('upstream_protocol', 'the service says nothing');
};

test('a request is judged at once where nothing has to be waited for', () => {
  const outcome = judge({ resolve: () => ({ actions: [{ name: 'read' }] }), inject: () => {} });
  expect(outcome).toMatchObject({ kind: 'forward', event: { decision: 'allow' } });
});

test.each([
  ['resolve', async () => ({ actions: [{ name: 'read' }] as const })],
  ['inject', async () => {}],
  ['answer', async () => undefined],
  ['later', async () => undefined],
])('%s may take time', async (power, run) => {
  const resolve = () => ({ actions: [{ name: 'read' }] as const });
  expect(await judge({ resolve, [power]: run })).toMatchObject({ kind: 'forward' });
});

test.each([
  ['answer', 'upstream_protocol'],
  ['inject', 'upstream_protocol'],
])('what %s throws is an outcome, now and later', async (power, error) => {
  const resolve = () => ({ actions: [{ name: 'read' }] as const });
  for (const fail of [failing, async () => failing()]) {
    const { kind, event } = await judge({ resolve, [power]: fail });
    expect({ kind, ...event }).toMatchObject({
      kind: 'respond',
      decision: 'refuse',
      error,
      provider: 'boxes',
    });
  }
});

test('what a resolver throws leaves the request unresolved, now and later', async () => {
  for (const resolve of [failing, async () => failing()]) {
    const { event } = await judge({ resolve });
    expect(event.unresolved).toBe('the service says nothing');
  }
});

test('a promise of another kind is waited for', async () => {
  const written: string[] = [];
  const inject = () =>
    ({
      // biome-ignore lint/suspicious/noThenProperty: what other libraries of promises make
      then: (done: () => void) =>
        setTimeout(() => {
          written.push('credential');
          done();
        }, 1),
    }) as unknown as Promise<void>;
  const outcome = await judge({ resolve: () => ({ actions: [{ name: 'read' }] }), inject });
  expect([outcome.kind, ...written]).toEqual(['forward', 'credential']);
});
