import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { inspect } from 'node:util';
import {
  type AttachedProvider,
  createBody,
  createPipeline,
  headerInjector,
  type Provider,
  type Resolution,
} from '@pai/core';
import { requestFor } from '@pai/core/conformance';
import { expect, test } from 'vitest';
import { answered, attach, canary, forwarded, secret } from './boxes.ts';

test('the request that was judged is the request that is sent', async () => {
  const judged: string[] = [];
  const content = 'name=red&name=blue';
  const resolve: Provider['resolve'] = async ({ method, target, body }) => {
    judged.push(method, target, (await body.bytes(1_000)).toString());
    return { actions: [{ name: 'read' }] };
  };
  const pipeline = createPipeline([attach({ powers: { resolve } })]);
  const chunks = [...content].map((letter) => Buffer.from(letter));
  const body = createBody({ length: undefined, open: () => Readable.from(chunks) });
  const target = '/boxes/%72ed;v=1/?a=%zz&&b=+';
  const outcome = await pipeline.judge({
    ...requestFor({ url: `https://boxes.example${target}`, method: 'PuT' }),
    body,
  });
  if (outcome.kind !== 'forward') throw new Error('not forwarded');
  const { request } = outcome;
  expect([request.method, request.target, (await buffer(request.body.stream())).toString()]).toEqual(judged);
  expect(judged).toEqual(['PuT', target, content]);
});

test('an agent’s request is not changed by what is made of it', async () => {
  const request = requestFor({
    url: 'https://boxes.example/a?token=x',
    headers: { authorization: 'x', via: 'y' },
  });
  const before = inspect(request, { depth: 5 });
  await createPipeline([attach()]).judge(request);
  expect(inspect(request, { depth: 5 })).toBe(before);
});

test('no credential can reach the audit event', async () => {
  const resolve: Provider['resolve'] = () => ({ actions: [{ name: 'read' }] });
  const inject: Provider['inject'] = (request) => {
    request.target = `/bot${canary}/send?key=${canary}`;
    headerInjector('authorization', '', secret)(request);
  };
  const { event, request } = await forwarded(
    { url: 'https://boxes.example/send?agent=query-canary', headers: { authorization: 'header-canary' } },
    attach({ powers: { resolve, inject } }),
  );
  expect(request.target).toContain(canary);
  expect(JSON.stringify(event)).not.toContain('canary');
  expect(event.path).toBe('/send');
});

test('no rule is satisfied by an empty list', async () => {
  const anything = () => ({ effect: 'allow', rule: 'x', reason: 'x' }) as const;
  const resolve: Provider['resolve'] = () => ({ actions: [] as never });
  const seen: Resolution[] = [];
  const spy: AttachedProvider['decide'] = (_, resolution) => {
    seen.push(resolution);
    return anything();
  };
  await forwarded({}, attach({ decide: spy, powers: { resolve } }));
  expect(seen).toEqual([{ unresolved: 'the resolver named no action' }]);
});

test('a credential goes only to a host that its Provider claims', async () => {
  let injected = 0;
  const inject: Provider['inject'] = () => {
    injected += 1;
  };
  for (const url of [
    'https://evil.example/',
    'http://boxes.example/',
    'https://boxes.example:8443/',
    'https://a.boxes.example/',
  ]) {
    const { event } = await answered({ url }, attach({ powers: { inject } }));
    expect(event.error).toBe('misdirected_request');
  }
  expect(injected).toBe(0);
});

test('a denied request has no credential put on', async () => {
  let injected = 0;
  const inject: Provider['inject'] = () => {
    injected += 1;
  };
  await answered({ method: 'POST' }, attach({ powers: { inject } }));
  expect(injected).toBe(0);
});

test('every request has one event, which is its own', async () => {
  const pipeline = createPipeline([attach()]);
  const outcomes = await Promise.all(
    ['GET', 'POST', 'GET'].map((method) =>
      pipeline.judge(requestFor({ method, url: 'https://boxes.example/a' })),
    ),
  );
  expect(new Set(outcomes.map(({ event }) => event)).size).toBe(3);
  expect(outcomes.map(({ event }) => event.decision)).toEqual(['allow', 'deny', 'allow']);
});
