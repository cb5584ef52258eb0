import { createPipeline, type Provider, placeholderFor } from '@pai/core';
import { requestFor } from '@pai/core/conformance';
import { expect, test } from 'vitest';
import { answered, attach, canary, forwarded } from './boxes.ts';

const own = 'agents-own-5d1c';

/** A service that reads its credential in the first segment: `/key-SECRET/boxes/red`. */
const powers: Partial<Provider> = {
  credentialSlots: { headers: [], path: (path) => path.replace(/^\/key-[^/]*/, '/key-*') },
  inject: (request) => {
    request.target = request.target.replace(/^\/key-[^/?]*/, `/key-${canary}`);
  },
};
const attached = attach({ powers });
const url = `https://boxes.example/key-${own}/boxes/red?x=1`;

test('the credential in the path is the real one, whatever the agent wrote there', async () => {
  const { request } = await forwarded({ url }, attached);
  expect(request.target).toBe(`/key-${canary}/boxes/red?x=1`);
});

test('a placeholder in the path is where it belongs', async () => {
  const { request } = await forwarded({ url: url.replace(own, placeholderFor('boxes')) }, attached);
  expect(request.target).toBe(`/key-${canary}/boxes/red?x=1`);
});

test('R5 a placeholder behind it is not', async () => {
  const outcome = await answered({ url: `${url}&y=${placeholderFor('boxes')}` }, attached);
  expect(outcome.event.error).toBe('placeholder_misplaced');
});

test('the placeholder in a path says which of two Providers is meant', async () => {
  const other = attach({ name: 'other', powers });
  const { by } = await forwarded({ url: url.replace(own, placeholderFor('other')) }, attached, other);
  expect(by.name).toBe('other');
});

test.each([
  ['allowed', { url }],
  ['denied', { url, method: 'POST' }],
  ['refused for its path', { url: url.replace('/boxes/', '//boxes/') }],
  ['refused for its placeholder', { url: `${url}&y=${placeholderFor('boxes')}` }],
])(
  'what the agent wrote into the path of a request that is %s is in no event and in no answer',
  async (_what, asked) => {
    const outcome = await createPipeline([attached]).judge(requestFor(asked));
    expect(JSON.stringify(outcome)).not.toContain(own);
    expect(outcome.event.path).toMatch(/^\/key-\*\//);
  },
);

test('the resolver and the policy see the path without it', async () => {
  const seen: string[] = [];
  const resolve: Provider['resolve'] = ({ path, target }) => {
    seen.push(path, target);
    return { actions: [{ name: 'read' }] };
  };
  await forwarded({ url }, attach({ powers: { ...powers, resolve } }));
  expect(seen).toEqual(['/key-*/boxes/red', '/key-*/boxes/red?x=1']);
});

test.each([
  ['the host’s own path', 'boxes.example', `/key-${own}/x`, '/key-*/x'],
  [
    'the path of an absolute URL',
    'boxes.example',
    `https://boxes.example/key-${own}/x`,
    'https://boxes.example/key-*/x',
  ],
  ['a path for a host that is not known', '', `/key-${own}/x`, '/key-*/x'],
  ['another host’s path', 'other.example', `/key-${own}/x`, `/key-${own}/x`],
])('of the facts of a request that cannot be read, %s is concealed', (_what, host, path, concealed) => {
  const facts = { id: 'a', method: 'GET', host, port: 443, path };
  expect(createPipeline([attached]).conceal(facts)).toEqual({ ...facts, path: concealed });
});
