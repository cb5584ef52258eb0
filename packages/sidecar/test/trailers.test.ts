import { PaiError } from '@pai/core';
import { expect, test } from 'vitest';
import { checkTrailers } from '../src/http1/framing.ts';

const fail = (why: string) => new PaiError('malformed_request', why);

test.each([
  'Content-Length',
  'Content_Length',
  'Transfer-Encoding',
  'Trailer',
  'Connection',
  'Upgrade',
  'Host',
])('%s is for a head, and is refused in a trailer section', (name) => {
  expect(() => checkTrailers(['X-Sum', '1', name, 'x'], fail)).toThrow('in a trailer section');
});

test('others may be trailers', () => {
  expect(() =>
    checkTrailers(['X-Sum', '1', 'Server-Timing', 'db;dur=53', 'grpc-status', '0'], fail),
  ).not.toThrow();
});
