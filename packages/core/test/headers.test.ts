import { expect, test } from 'vitest';
import { deleteHeader, endToEnd, getHeader, getHeaders, setHeader, withoutHeaders } from '../src/headers.ts';
import { findMethodOverride } from '../src/request.ts';

const fields = ['Host', 'a.example', 'Accept', 'x', 'X-Dup', '1', 'x-dup', '2', 'Authorization', 'token'];

test('reads a field in any case, first and all', () => {
  expect(getHeader(fields, 'ACCEPT')).toBe('x');
  expect(getHeader(fields, 'x-dup')).toBe('1');
  expect(getHeaders(fields, 'X-DUP')).toEqual(['1', '2']);
  expect(getHeader(fields, 'accept-')).toBeUndefined();
  expect(getHeaders([], 'accept')).toEqual([]);
});

test('a value that looks like a name is not one', () => {
  expect(getHeader(['a', 'accept', 'b', 'c'], 'accept')).toBeUndefined();
  expect(findMethodOverride({ headers: ['a', 'x-http-method-override'], query: '' })).toBeUndefined();
});

test('setting a field removes every other spelling of it', () => {
  const headers = [...fields];
  setHeader(headers, 'AUTHORIZATION', 'real');
  setHeader(headers, 'x-Dup', '3');
  expect(headers).toEqual(['Host', 'a.example', 'Accept', 'x', 'AUTHORIZATION', 'real', 'x-Dup', '3']);
});

test('deleting a field keeps the order, case and duplicates of the others', () => {
  const headers = [...fields];
  deleteHeader(headers, 'accept');
  expect(headers).toEqual(['Host', 'a.example', 'X-Dup', '1', 'x-dup', '2', 'Authorization', 'token']);
  deleteHeader(headers, 'absent');
  expect(headers.length).toBe(8);
});

test('a filtered copy leaves the original alone', () => {
  const before = [...fields];
  expect(withoutHeaders(fields, new Set(['x-dup', 'host']))).toEqual([
    'Accept',
    'x',
    'Authorization',
    'token',
  ]);
  expect(fields).toEqual(before);
});

const kept = ['Accept', '*/*'];

test.each<[string, readonly string[], readonly string[]]>([
  ['nothing hop-by-hop', [], kept],
  ['Connection', ['Connection', 'close'], kept],
  ['Keep-Alive', ['Keep-Alive', 'timeout=5'], kept],
  ['Proxy-Connection', ['Proxy-Connection', 'keep-alive'], kept],
  ['Proxy-Authorization', ['PROXY-authorization', 'Basic x'], kept],
  ['Proxy-Authenticate', ['proxy-authenticate', 'Basic'], kept],
  ['Transfer-Encoding', ['transfer-encoding', 'chunked'], kept],
  ['Upgrade', ['Upgrade', 'h2c', 'HTTP2-Settings', 'AAMAAABkAAQ'], kept],
  ['TE', ['TE', 'gzip'], kept],
  ['TE: trailers', ['TE', 'gzip, Trailers'], [...kept, 'te', 'trailers']],
  ['a named field', ['Connection', 'x-hop', 'X-Hop', '1'], kept],
  ['named fields in a list', ['Connection', 'close ,\tX-Hop,X-Two', 'x-hop', '1', 'x-two', '2'], kept],
  ['fields named twice over', ['connection', 'x-a', 'Connection', 'x-b', 'X-A', '1', 'X-B', '2'], kept],
  ['a field named before it is listed', ['X-Hop', '1', 'Connection', 'x-hop'], kept],
])('what goes on to the service has no %s', (_, hop, expected) => {
  expect(endToEnd([...hop, ...kept])).toEqual(expected);
});

test('takes the fields of one connection away in every spelling, and no others', () => {
  const ending =
    'connection keep-alive proxy-authenticate proxy-authorization proxy-connection te transfer-encoding';
  const names = [...ending.split(' '), 'upgrade', 'http2-settings', 'alt-svc'];
  const spelled = names.flatMap((name) => [
    ...[name, name.toUpperCase(), name.replaceAll('-', '_')],
    ...[`x${name.slice(1)}`, `${name}x`],
  ]);
  for (const name of spelled) {
    const isGone = names.includes(name.toLowerCase().replaceAll('_', '-'));
    expect([name, endToEnd(['a', '1', name, 'close'])]).toEqual([
      name,
      isGone ? ['a', '1'] : ['a', '1', name, 'close'],
    ]);
  }
});

test.each(['X-HTTP-Method-Override', 'x-http-method', 'X-Method-Override', 'x-METHOD'])(
  '%s is a method override',
  (name) => {
    expect(findMethodOverride({ headers: ['accept', '*/*', name, 'DELETE'], query: '' })).toBe(name);
  },
);
