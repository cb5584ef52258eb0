import { format, inspect } from 'node:util';
import { expect, test } from 'vitest';
import { PaiError } from '../src/errors.ts';
import { Secret } from '../src/secret.ts';

const canary = 'canary-7f3a9c';
const secret = new Secret('github-pat/token', canary);

test('only reveal gives the value', () => {
  expect(secret.reveal()).toBe(canary);
});

test.each<[string, () => unknown]>([
  ['a template', () => `${secret}`],
  ['concatenation', () => `Bearer ${String(secret)}`],
  ['JSON', () => JSON.stringify({ secret, list: [secret] })],
  ['inspect', () => inspect(secret)],
  ['inspect of all', () => inspect({ deep: [secret] }, { showHidden: true, depth: 9, getters: true })],
  ['inspect without its own method', () => inspect(secret, { customInspect: false, showHidden: true })],
  ['format', () => format('%s %o %O %j %d', secret, secret, secret, secret, secret)],
  ['a clone', () => inspect(structuredClone(secret), { showHidden: true })],
  ['a spread', () => inspect({ ...secret })],
  ['its entries', () => Object.entries(secret).flat().join()],
  ['all its keys', () => Reflect.ownKeys(secret).map(String).join()],
  ['an error message', () => new Error(`failed with ${secret}`).stack],
  ['an error cause', () => inspect(new PaiError('internal', 'failed', { cause: secret }))],
  ['a Map', () => inspect(new Map([[secret, secret]]))],
  ['a URL parameter', () => new URLSearchParams({ token: `${secret}` }).toString()],
])('the value is not in %s', (_, view) => {
  const text = String(view());
  for (const form of [canary, Buffer.from(canary).toString('base64'), Buffer.from(canary).toString('hex')]) {
    expect(text).not.toContain(form);
  }
});

test('it names itself in words', () => {
  expect(`${secret}`).toBe('[secret github-pat/token]');
  expect(inspect([secret])).toBe('[ [secret github-pat/token] ]');
});

test.each([
  ['', /is empty; give it a value/],
  ['  \t', /is empty/],
  ['canary-1\n', /line break; store the credential alone, without a newline at its end/],
  ['canary-1\r\nX-Evil: 1', /line break/],
  ['canary-1\0', /NUL byte/],
  ['canary-1é', /characters that no HTTP header can carry/],
  ['canary-1\x7f', /characters that no HTTP header can carry/],
])('a value such as %j is refused without being shown', (value, message) => {
  const make = () => new Secret('bot/token', value);
  expect(make).toThrow(expect.objectContaining({ code: 'secret_invalid' }));
  expect(make).toThrow(message);
  expect(make).toThrow(/^secret bot\/token /);
  try {
    make();
  } catch (thrown) {
    expect(inspect(thrown)).not.toContain('canary-1');
  }
});

test('a file of several lines is a secret when it is asked for as one', () => {
  expect(new Secret('gcp/key.json', '{\n}\n', { multiline: true }).reveal()).toBe('{\n}\n');
  expect(() => new Secret('gcp/key.json', '\n', { multiline: true })).toThrow(/is empty/);
  expect(() => new Secret('gcp/key.json', 'a\0', { multiline: true })).toThrow(/NUL/);
});
