import { expect, test } from 'vitest';
import { requestFor } from '../src/conformance.ts';
import { keptFields } from '../src/kept-fields.ts';
import { prepareUpstream } from '../src/prepare-upstream.ts';

const slots = { headers: ['x-api-key'] };

test('fields that are frozen are read once, and others each time', () => {
  const frozen = Object.freeze(['accept', '*/*']);
  expect(keptFields(frozen, slots)).toBe(keptFields(frozen, slots));
  const open = ['accept', '*/*'];
  expect(keptFields(open, slots).fields).toEqual(['accept', '*/*']);
  open.push('x-api-key', 'mine', 'x-note', 'pai-placeholder-api');
  expect(keptFields(open, slots)).toEqual({
    fields: ['accept', '*/*', 'x-note', 'pai-placeholder-api'],
    hasPlaceholder: true,
  });
});

test('of the same fields every Provider takes away its own', () => {
  const frozen = Object.freeze(['x-api-key', 'a', 'authorization', 'b']);
  expect(keptFields(frozen, slots).fields).toEqual(['authorization', 'b']);
  expect(keptFields(frozen, { headers: ['authorization'] }).fields).toEqual(['x-api-key', 'a']);
});

test('fields that are refused are refused again', () => {
  const frozen = Object.freeze(['connection', 'content-type', 'content-type', 'text/plain']);
  for (let i = 0; i < 2; i += 1) expect(() => keptFields(frozen, slots)).toThrow(/Connection names/);
});

test('what an injector writes is on its own request only', async () => {
  const headers = Object.freeze(['accept', '*/*', 'x-note', 'a']);
  const prepare = (key: string) =>
    prepareUpstream(
      {
        credentialSlots: slots,
        inject: (request) => {
          request.headers[1] = key;
          request.headers.push('x-api-key', key);
        },
      },
      { ...requestFor({ url: 'https://api.example.com/' }), headers },
    );
  for (const key of ['one', 'two']) {
    expect((await prepare(key)).headers).toEqual(['accept', key, 'x-note', 'a', 'x-api-key', key]);
  }
});

test('a placeholder among fields that come again is found each time, and one that an injector replaces is not', async () => {
  const headers = Object.freeze(['accept', '*/*', 'x-note', 'pai-placeholder-api']);
  const request = { ...requestFor({ url: 'https://api.example.com/' }), headers };
  for (let i = 0; i < 2; i += 1) {
    const misplaced = prepareUpstream({ credentialSlots: slots, inject: () => {} }, request);
    await expect(misplaced).rejects.toMatchObject({ code: 'placeholder_misplaced' });
    const replaced = await prepareUpstream(
      { credentialSlots: slots, inject: ({ headers }) => void headers.splice(2, 2, 'x-note', 'b') },
      request,
    );
    expect(replaced.headers).toEqual(['accept', '*/*', 'x-note', 'b']);
  }
});

test('a placeholder that an injector moves is found', async () => {
  const headers = Object.freeze(['accept', '*/*']);
  const moved = prepareUpstream(
    { credentialSlots: slots, inject: (request) => void request.headers.unshift('x-a', 'pai-placeholder-a') },
    { ...requestFor({ url: 'https://api.example.com/' }), headers },
  );
  await expect(moved).rejects.toMatchObject({ code: 'placeholder_misplaced' });
});
