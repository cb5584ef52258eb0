import { requestFor } from '@pai/core/conformance';
import { expect, test } from 'vitest';

test.each([
  ['https://Boxes.example', 'boxes.example', 443, '/', ''],
  ['https://boxes.example?a', 'boxes.example', 443, '/', 'a'],
  ['http://boxes.example/a/../b', 'boxes.example', 80, '/a/../b', ''],
  ['https://boxes.example:8443//%2e?x=%zz', 'boxes.example', 8443, '//%2e', 'x=%zz'],
])('a request for %s is taken byte for byte', (url, host, port, path, query) => {
  expect(requestFor({ url })).toMatchObject({ method: 'GET', host, port, path, query });
});

test('a request has the headers of its content', async () => {
  const request = requestFor({
    method: 'POST',
    url: 'https://a.example/',
    headers: ['X-A', '1', 'x-a', '2'],
    body: 'ü',
  });
  expect(request.headers).toEqual(['host', 'a.example', 'X-A', '1', 'x-a', '2', 'content-length', '2']);
  expect((await request.body.bytes(10)).toString()).toBe('ü');
});

test.each([
  'a.example/x',
  'ftp://a.example/',
  'https://a b/',
  'https://a.example/#x',
  'https://u@a.example/',
])('there is no request for %s', (url) => {
  expect(() => requestFor({ url })).toThrow(expect.objectContaining({ code: 'malformed_request' }));
});
