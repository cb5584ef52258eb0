import fc from 'fast-check';
import { expect, test } from 'vitest';
import { basicInjector, credentialHeaders, headerInjector, queryInjector, stripQuery } from '../src/auth.ts';
import { emptyBody } from '../src/body.ts';
import { withoutHeaders } from '../src/headers.ts';
import type { UpstreamRequest } from '../src/request.ts';
import { Secret } from '../src/secret.ts';

const slots = { headers: ['Authorization', 'x-api-key'], query: ['access_token', 'Api Key'] };

test.each([
  ['/x', '/x'],
  ['/x?', '/x?'],
  ['/x?a=1&b=2', '/x?a=1&b=2'],
  ['/x?access_token=t', '/x'],
  ['/x?access_token', '/x'],
  ['/x?access_token=', '/x'],
  ['/x?a=1&access_token=t&b=%zz', '/x?a=1&b=%zz'],
  ['/x?ACCESS_Token=t&a=1', '/x?a=1'],
  ['/x?%61ccess_token=t&a=1', '/x?a=1'],
  ['/x?access%5Ftoken=t', '/x'],
  ['/x?%61%63%63%65%73%73%5f%74%6f%6b%65%6e=t', '/x'],
  ['/x?api+key=t', '/x'],
  ['/x?api%20key=t', '/x'],
  ['/x?access_token=1&access_token=2', '/x'],
  ['/x?access_token=a=b&c', '/x?c'],
  ['/x?&&access_token=t&', '/x?&&'],
  ['/x?my_access_token=t', '/x?my_access_token=t'],
  ['/x?a=access_token', '/x?a=access_token'],
  ['/access_token=1?a', '/access_token=1?a'],
])('of the target %s remains %s', (target, rest) => {
  expect(stripQuery(target, slots)).toBe(rest);
});

test('a target without the parameters stays the same, byte for byte', () => {
  const part = fc.stringMatching(/^[a-z%=+;?/]{0,8}$/);
  fc.assert(
    fc.property(fc.array(part, { maxLength: 5 }), (parts) => {
      const target = `/x?${parts.join('&')}`;
      expect(stripQuery(target, { headers: [], query: ['access_token'] })).toBe(target);
      expect(stripQuery(target, { headers: [] })).toBe(target);
    }),
  );
});

test('however its letters are written, the parameter goes', () => {
  const letters = fc.tuple(...[...'access_token'].map((letter) => fc.constantFrom(...spellings(letter))));
  fc.assert(
    fc.property(letters, fc.string(), (name, value) => {
      const target = `/x?a=1&${name.join('')}=${encodeURIComponent(value)}&b=2`;
      expect(stripQuery(target, slots)).toBe('/x?a=1&b=2');
    }),
  );
});

test('headers go in any case and any number', () => {
  const headers = ['Host', 'a', 'AUTHORIZATION', '1', 'authorization', '2', 'X-Api-KEY', '3', 'X-Other', '4'];
  expect(withoutHeaders(headers, credentialHeaders(slots))).toEqual(['Host', 'a', 'X-Other', '4']);
});

function upstream(target = '/x', headers: string[] = []): UpstreamRequest {
  return { method: 'GET', host: 'a.example', port: 443, target, headers, body: emptyBody };
}

test('a header credential takes the place of every other', async () => {
  const request = upstream('/x', ['AUTHORIZATION', 'mine', 'accept', '*/*']);
  await headerInjector('Authorization', 'Bearer ', new Secret('s', 'real'))(request);
  expect(request.headers).toEqual(['accept', '*/*', 'Authorization', 'Bearer real']);
});

test('a basic credential is a user and the secret', async () => {
  const request = upstream();
  await basicInjector('x-access-token', new Secret('s', 'real:1'))(request);
  const [, value = ''] = request.headers;
  expect(Buffer.from(value.replace('Basic ', ''), 'base64').toString()).toBe('x-access-token:real:1');
});

test.each([
  ['/x', '/x?api%20key=a%26b%3D%2B'],
  ['/x?q=1', '/x?q=1&api%20key=a%26b%3D%2B'],
])('a query credential is encoded and comes last: %s', async (target, expected) => {
  const request = upstream(target);
  await queryInjector('api key', new Secret('s', 'a&b=+'))(request);
  expect(request.target).toBe(expected);
});

function spellings(letter: string): string[] {
  const hex = letter.charCodeAt(0).toString(16);
  return [letter, letter.toUpperCase(), `%${hex}`, `%${hex.toUpperCase()}`];
}
