import { inspect } from 'node:util';
import { expect, test } from 'vitest';
import { errorStatus, PaiError, toPaiError } from '../src/errors.ts';
import { defineProvider } from '../src/provider.ts';

test('every code has a status, and an error carries both', () => {
  for (const [code, status] of Object.entries(errorStatus)) {
    expect([400, 401, 403, 404, 405, 408, 413, 414, 421, 429, 431, 500, 502, 503, 504]).toContain(status);
    expect(new PaiError(code as keyof typeof errorStatus, 'x')).toMatchObject({
      code,
      status,
      name: 'PaiError',
    });
  }
});

test('an error of Pai passes as it is, of another copy of the package too', () => {
  const own = new PaiError('body_too_large', 'too large');
  expect(toPaiError(own, 'failed')).toBe(own);
  const foreign = Object.assign(new Error('too large'), { code: 'body_too_large', status: 413 });
  expect(toPaiError(foreign, 'failed')).toBe(foreign);
});

test.each<[string, unknown]>([
  ['an ordinary error', new Error('canary')],
  ['a system error', Object.assign(new Error('canary'), { code: 'ENOENT' })],
  ['a code without a status', Object.assign(new Error('canary'), { code: 'usage' })],
  ['a status that is not the code’s', Object.assign(new Error('canary'), { code: 'usage', status: 200 })],
  ['a code every object has', Object.assign(new Error('canary'), { code: 'constructor', status: undefined })],
  ['an object that is no error', { code: 'usage', status: 500, message: 'canary' }],
  ['a string', 'canary'],
  ['undefined', undefined],
  ['null', null],
])('%s becomes one that shows nothing of it', (_, thrown) => {
  const error = toPaiError(thrown, 'the resolver failed');
  expect(error).toMatchObject({ code: 'internal', status: 500, message: 'the resolver failed' });
  expect(error.cause).toBe(thrown);
  expect(JSON.stringify(error)).not.toContain('canary');
  expect(toPaiError(thrown, 'x', 'credential_unavailable').code).toBe('credential_unavailable');
});

test('a cause is kept for the log', () => {
  expect(inspect(toPaiError(new Error('detail'), 'failed'))).toContain('detail');
});

const plugin = { apiVersion: 'v1', type: 'http-token', spec: {}, create: () => undefined } as never;

test('a provider type is declared with the API version it is written for', () => {
  expect(defineProvider(plugin)).toBe(plugin);
  const declare = (change: object) => () => defineProvider(Object.assign({}, plugin, change));
  expect(declare({ apiVersion: 'v2' })).toThrow(/wants plugin API v2; this is v1/);
  for (const type of ['', 'A', '1a', 'a_b', 'a'.repeat(64), undefined]) {
    expect(declare({ type })).toThrow(expect.objectContaining({ code: 'config_invalid' }));
  }
});
