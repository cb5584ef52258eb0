import { describe, expect, test } from 'vitest';
import { createFieldsReader } from '../../src/http1/request-fields.ts';
import { parseRequestHead } from '../../src/http1/request-head.ts';

const fields = 'Host: api.example.com\r\nAccept: */*\r\n';

describe('the fields that a connection sends again', () => {
  test('are read once from the second time on, and cannot be changed', () => {
    const read = createFieldsReader();
    const readAt = (path: string) => parseRequestHead(`GET ${path} HTTP/1.1\r\n${fields}`, read);
    const first = readAt('/a');
    const second = readAt('/b');
    const third = readAt('/c');
    expect(second.fields).not.toBe(first.fields);
    expect(third.fields).toBe(second.fields);
    expect(third.fields).toEqual(first.fields);
    expect([first, second, third].map(({ target }) => target)).toEqual(['/a', '/b', '/c']);
    expect(() => (third.fields.headers as string[]).push('x', 'y')).toThrow(TypeError);
    expect(() => (third.fields.hosts as string[]).push('other')).toThrow(TypeError);
  });

  test('what a receiver does to those that came once changes nothing later', () => {
    const read = createFieldsReader();
    const head = `GET / HTTP/1.1\r\n${fields}`;
    (parseRequestHead(head, read).fields.headers as string[]).push('Authorization', 'mine');
    expect(parseRequestHead(head, read).fields.headers).not.toContain('mine');
    expect(parseRequestHead(head, read).fields.headers).not.toContain('mine');
  });

  test.each([
    ['a field more', `GET / HTTP/1.1\r\n${fields}X: 1\r\n`],
    ['another order', 'GET / HTTP/1.1\r\nAccept: */*\r\nHost: api.example.com\r\n'],
    ['another value of the same length', `GET / HTTP/1.1\r\n${fields.replace('*/*', '*/+')}`],
    ['another version', `GET / HTTP/1.0\r\n${fields}`],
  ])('are read anew with %s', (_what, head) => {
    const read = createFieldsReader();
    for (let i = 0; i < 3; i += 1) parseRequestHead(`GET / HTTP/1.1\r\n${fields}`, read);
    expect(parseRequestHead(head, read)).toEqual(parseRequestHead(head));
  });

  test('that are no fields are refused each time', () => {
    const read = createFieldsReader();
    for (let i = 0; i < 3; i += 1)
      expect(() => parseRequestHead('GET / HTTP/1.1\r\nHost : x\r\n', read)).toThrow('malformed');
  });
});
