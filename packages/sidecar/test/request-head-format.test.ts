import { emptyBody, type UpstreamRequest } from '@pai/core';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createRequestHeadFormat } from '../src/http1/format-request-head.ts';

const sent = (headers: readonly string[], target = '/'): UpstreamRequest => ({
  method: 'GET',
  host: 'api.example',
  port: 443,
  target,
  headers: [...headers],
  body: emptyBody,
});

const names = fc.constantFrom('Accept', 'accept', 'Authorization', 'X-Dup', 'Host', 'Content-Length');
const values = fc.constantFrom('1', 'token one', 'token two', '', 'a\r\nInjected: 1', 'b\n');
const fields = fc.array(fc.tuple(names, values), { maxLength: 4 }).map((pairs) => pairs.flat());

/** A head, or why there is none. */
const attempt = (format: (request: UpstreamRequest) => string, request: UpstreamRequest): string => {
  try {
    return format(request);
  } catch (thrown) {
    return String(thrown);
  }
};

test('a head does not depend on those before it', () => {
  const requests = fc.array(fc.tuple(fields, fc.constantFrom('/', '/a?b')), { minLength: 1, maxLength: 12 });
  fc.assert(
    fc.property(requests, (all) => {
      const format = createRequestHeadFormat();
      for (const [headers, target] of all) {
        const request = sent(headers, target);
        expect(attempt(format, request)).toBe(attempt(createRequestHeadFormat(), request));
      }
    }),
  );
});

test('fields that are changed in place are written as they are now', () => {
  const format = createRequestHeadFormat();
  const request = sent(['Authorization', 'token one']);
  expect(format(request)).toContain('Authorization: token one\r\n');
  request.headers[1] = 'token two';
  expect(format(request)).toContain('Authorization: token two\r\n');
  request.headers.push('X-More', '1\r\nInjected: 2');
  expect(() => format(request)).toThrow('X-More');
  request.headers.length = 2;
  expect(format(request)).toContain('Authorization: token two\r\n');
});
