import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { inspect } from 'node:util';
import { createBody, createPipeline, PaiError, type Provider, placeholderFor } from '@pai/core';
import { type RequestText, requestFor } from '@pai/core/conformance';
import { expect, test } from 'vitest';
import { answered, attach, canary, forwarded } from './boxes.ts';

const sent = async (headers: readonly string[], url?: string) => {
  const { request } = await forwarded({
    headers: ['host', 'boxes.example', ...headers],
    ...(url && { url }),
  });
  return { ...request, headers: request.headers.slice(2) };
};
const bearer = ['authorization', `Bearer ${canary}`];

test.each<[string, readonly string[], readonly string[]]>([
  [
    "the agent's own credential, in any spelling",
    ['AUTHORIZATION', 'x', 'X-Api-Key', 'y', 'authorization', 'z'],
    [],
  ],
  ['hop-by-hop fields', ['Connection', 'close', 'TE', 'gzip', 'Upgrade', 'h2c', 'Keep-Alive', '1'], []],
  ['a proxy credential', ['Proxy-Authorization', 'Basic eA=='], []],
  [
    'what only proxies write',
    ['Via', '1', 'Forwarded', 'for=x', 'X-Forwarded-For', 'x', 'X-Real-IP', 'x'],
    [],
  ],
  ['an expectation that was answered', ['Expect', '100-continue'], []],
  ['fields that Connection names', ['Connection', 'x-secret-hop, Foo', 'X-Secret-Hop', '1', 'foo', '2'], []],
  ['no other field, duplicates included', ['Accept', 'a', 'accept', 'b'], ['Accept', 'a', 'accept', 'b']],
])('it goes on last, after %s', async (_, headers, kept) => {
  expect((await sent(headers)).headers).toEqual([...kept, ...bearer]);
});

test('a host that takes what the service has signed gets that, and nothing else of the agent', async () => {
  const signed = { hosts: ['boxes.example'], schemes: ['signature'] };
  const powers = {
    credentialSlots: { headers: ['authorization'], query: ['token'], signed },
    inject: () => {},
  };
  const go = async (...headers: string[]) => {
    const text = { headers: ['host', 'boxes.example', ...headers], url: 'https://boxes.example/a?token=1' };
    const { request } = await forwarded(text, attach({ powers }));
    return [request.target, ...request.headers.slice(2)];
  };
  expect(await go('Authorization', 'Signature abc')).toEqual([
    '/a?token=1',
    'authorization',
    'Signature abc',
  ]);
  expect(await go('Authorization', `Bearer ${placeholderFor('boxes')}`)).toEqual(['/a?token=1']);
  expect(await go('Authorization', 'Signature a', 'Authorization', 'Signature b')).toEqual(['/a?token=1']);
});

test('an agent cannot strip the credential by naming it in Connection', async () => {
  expect((await sent(['Connection', 'authorization, close', 'Authorization', 'x'])).headers).toEqual(bearer);
});

test('a placeholder in a slot is taken off with it', async () => {
  const placeholder = placeholderFor('boxes');
  const { target, headers } = await sent(
    ['X-API-KEY', placeholder],
    `https://boxes.example/a?token=${placeholder}&b`,
  );
  expect([target, headers]).toEqual(['/a?b', bearer]);
});

const basic = Buffer.from(`user:${placeholderFor('boxes')}`).toString('base64');

test.each<[string, Partial<RequestText>]>([
  ['another header', { headers: { 'x-other': placeholderFor('boxes') } }],
  ['another header, encoded', { headers: { cookie: `a=${basic}` } }],
  ['the query', { url: `https://boxes.example/a?key=${placeholderFor('boxes')}` }],
  ['the path', { url: `https://boxes.example/${placeholderFor('boxes')}` }],
  ["another Provider's name", { headers: { 'x-other': placeholderFor('bot') } }],
])('a placeholder in %s is an error, not a leak', async (_, request) => {
  const { event, response } = await answered(request);
  expect(event).toMatchObject({ decision: 'refuse', error: 'placeholder_misplaced', actions: ['read'] });
  expect(response.status).toBe(403);
});

test.each<[string, Provider['inject'], string, number]>([
  ['any error', async () => Promise.reject(new Error(`token ${canary}`)), 'credential_unavailable', 502],
  [
    'an error of Pai',
    () => {
      throw new PaiError('upstream_unreachable', 'the token endpoint does not answer');
    },
    'upstream_unreachable',
    502,
  ],
])('%s of the injector is a refusal', async (_, inject, error, status) => {
  const { event, response } = await answered({}, attach({ enforcement: 'audit', powers: { inject } }));
  expect(event).toMatchObject({
    decision: 'refuse',
    error,
    rule: error,
    provider: 'boxes',
    actions: ['read'],
  });
  expect(response.status).toBe(status);
  expect(inspect({ event, response })).not.toContain(canary);
});

test('trailers carry neither a credential nor a second head', async () => {
  const trailers = () => ['Authorization', 'x', 'Host', 'evil', 'X-Api-Key', 'y', 'X-Checksum', '1'];
  const body = createBody({ length: undefined, open: () => Readable.from([Buffer.from('abc')]), trailers });
  const outcome = await createPipeline([attach()]).judge({
    ...requestFor({ url: 'https://boxes.example/a' }),
    body,
  });
  if (outcome.kind !== 'forward') throw new Error('not forwarded');
  expect((await buffer(outcome.request.body.stream())).toString()).toBe('abc');
  expect(outcome.request.body.trailers()).toEqual(['X-Checksum', '1']);
});
