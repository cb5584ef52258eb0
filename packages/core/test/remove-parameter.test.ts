import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { requestFor } from '../src/conformance.ts';
import { isTakenFor, readParameters } from '../src/parameters.ts';
import { removeParameter } from '../src/remove-parameter.ts';
import { splitTarget, type UpstreamRequest } from '../src/request.ts';

const form = 'application/x-www-form-urlencoded';
const multipart = 'multipart/form-data; boundary=b';

async function without(name: string, type: string, body: string | Uint8Array, query = '', coding?: string) {
  const headers = ['content-type', type, ...(coding === undefined ? [] : ['content-encoding', coding])];
  const url = `https://api.test/x${query === '' ? '' : `?${query}`}`;
  const agents = requestFor({ method: 'POST', url, headers, body });
  const request: UpstreamRequest = { ...agents, headers: [...agents.headers] };
  await removeParameter(request, name, 100_000);
  return { request, text: (await request.body.bytes(100_000)).toString('latin1') };
}

const part = (name: string, value: string) =>
  `--b\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`;

describe('a parameter, such as a token of the agent’s own (S2),', () => {
  test.each([
    ['of a form', form, 'token=x&a=1&b=%C3%BC', 'a=1&b=%C3%BC'],
    ['of a form, spelled oddly', form, 'a=+1&%74oken=x&Token[]=y&+token=z&b', 'a=+1&b'],
    ['alone in a form', form, 'token=x', ''],
    [
      'of JSON',
      'application/json',
      '{"a":1.0,"token":"x","b":[12345678901234567890]}',
      '{"a":1.0,"b":[12345678901234567890]}',
    ],
    ['of JSON, escaped', 'application/json', '{"\\u0074oken":{"x":1},"__proto__":2}', '{"__proto__":2}'],
    [
      'of a multipart form',
      multipart,
      `${part('a', '1')}${part('token', 'x')}${part('b', '\xff')}--b--\r\n`.replace('\xff', '2'),
      `${part('a', '1')}${part('b', '2')}--b--\r\n`,
    ],
    [
      'first in a multipart form after an empty line',
      multipart,
      `\r\n${part('token', 'x')}${part('a', '1')}--b--`,
      `\r\n${part('a', '1')}--b--`,
    ],
    [
      'in a multipart form that is closed twice',
      multipart,
      `${part('a', '1')}${part('token', 'x')}--b--\r\n\r\n--b--\r\n`,
      `${part('a', '1')}--b--\r\n\r\n--b--\r\n`,
    ],
    [
      'last in a multipart form',
      multipart,
      `${part('a', '1')}${part('token', 'x')}--b--`,
      `${part('a', '1')}--b--`,
    ],
    [
      'sent as a file',
      multipart,
      '--b\r\nContent-Disposition: form-data; name="token"; filename="x"\r\n\r\ny\r\n--b--\r\n',
      '--b--\r\n',
    ],
  ])('%s is gone, and the rest as it was', async (_where, type, body, expected) => {
    const { text } = await without('token', type, body);
    expect(text).toBe(expected);
  });

  test('of the query is gone, and the rest as it was', async () => {
    const { request } = await without('token', form, 'a=1', 'a=%7E&tok%65n=x&token[0]=y&b');
    expect(request.target).toBe('/x?a=%7E&b');
    expect((await without('token', form, '', 'token=x')).request.target).toBe('/x');
  });

  test('that is not there changes nothing', async () => {
    const body = gzipSync('{"a":1}');
    const { request } = await without('token', 'application/json', body, 'tokens=1', 'gzip');
    expect(request.target).toBe('/x?tokens=1');
    expect(await request.body.bytes(1_000)).toEqual(body);
    expect(request.headers).toContain('content-encoding');
  });

  test('of gzipped content is gone, and the rest goes up plain', async () => {
    const { request, text } = await without('token', form, gzipSync('token=x&a=1'), '', 'gzip');
    expect(text).toBe('a=1');
    expect(request.body.length).toBe(3);
    expect(request.headers).not.toContain('content-encoding');
  });

  test('of content that cannot be read is an error', async () => {
    await expect(without('token', 'text/plain', 'token=x')).rejects.toMatchObject({
      code: 'malformed_request',
    });
    await expect(without('token', form, 'x'.repeat(100_001))).rejects.toMatchObject({
      code: 'body_too_large',
    });
  });

  test('is gone and nothing else is, whatever else there is', async () => {
    const name = fc.constantFrom('token', 'Token', 'token[]', ' token', 'tokens', 'a', 'b.c', 'ü');
    const value = fc
      .string({ unit: 'grapheme', maxLength: 8 })
      .map((text) => text.toWellFormed().replaceAll('-', ''));
    const fields = fc.uniqueArray(fc.tuple(name, value), { maxLength: 5, selector: ([key]) => key });
    const write = {
      [form]: (items: readonly [string, string][]) => new URLSearchParams([...items]).toString(),
      'application/json': (items: readonly [string, string][]) => JSON.stringify(Object.fromEntries(items)),
      [multipart]: (items: readonly [string, string][]) =>
        Buffer.from(`${items.map(([key, text]) => part(key, text)).join('')}--b--`).toString(),
    };
    await fc.assert(
      fc.asyncProperty(
        fields,
        fields,
        fc.constantFrom(form, 'application/json', multipart),
        async (query, items, type) => {
          const search = write[form]?.(query) ?? '';
          const body = write[type]?.(items) ?? '';
          const url = `https://api.test/x${search === '' ? '' : `?${search}`}`;
          const agents = requestFor({ method: 'POST', url, headers: ['content-type', type], body });
          const request: UpstreamRequest = { ...agents, headers: [...agents.headers] };
          await removeParameter(request, 'token', 100_000);
          const before = await readParameters(agents, 100_000);
          const { query: left } = splitTarget(request.target);
          const after = await readParameters(
            { query: left, headers: request.headers, body: request.body },
            100_000,
          );
          expect(after).toEqual(before.filter(({ name }) => !isTakenFor(name, 'token')));
        },
      ),
      { numRuns: 500 },
    );
  });
});
