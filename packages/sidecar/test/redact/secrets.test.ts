import { Secret } from '@pai/core';
import { expect, test } from 'vitest';
import { trackSecrets } from '../../src/redact/secrets.ts';

/** A Secret whose one key holds what `store` says. */
function track() {
  const store = { token: 'first-token' };
  const { reader, known } = trackSecrets({
    read: (key, options) => new Secret(`api/${key}`, store.token, options),
  });
  return { store, reader, known, values: () => known().map((secret) => secret.reveal()) };
}

test('remembers what a key held before it was renewed, the last three', () => {
  const { store, reader, values } = track();
  for (const token of ['first-token', 'second-token', 'second-token', 'third-token', 'fourth-token']) {
    store.token = token;
    expect(reader.read('token').reveal()).toBe(token);
  }
  expect(values()).toEqual(['second-token', 'third-token', 'fourth-token']);
});

test('is the same list until there is another credential', () => {
  const { reader, known } = track();
  reader.read('token');
  reader.derive('session', 'session-token');
  const before = known();
  reader.read('token');
  reader.read('account', { isIdentifier: true });
  reader.derive('session', 'session-token');
  expect(known()).toBe(before);
});

test('what is derived under the name of a key does not push out what that holds', () => {
  const { reader, values } = track();
  reader.read('token');
  for (const made of ['made-1', 'made-2', 'made-3', 'made-4']) reader.derive('api/token', made);
  expect(values()).toEqual(['first-token', 'made-2', 'made-3', 'made-4']);
});
