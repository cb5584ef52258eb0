import { describe, expect, test } from 'vitest';
import { createH2FieldsReader, readH2Fields } from '../../src/agent/h2-fields.ts';
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

  test('are those that another connection sent too, and cannot be changed', () => {
    const shared = createFieldsReader();
    const read = () => parseRequestHead(`GET / HTTP/1.1\r\n${fields}`, createFieldsReader(shared)).fields;
    const [first, second, third] = [read(), read(), read()];
    expect(second).not.toBe(first);
    expect(third).toBe(second);
    expect(third).toEqual(first);
    expect(() => (third.headers as string[]).push('x', 'y')).toThrow(TypeError);
  });

  test('are its own while others send theirs', () => {
    const shared = createFieldsReader();
    const heads = ['a', 'b'].map((value) => `GET / HTTP/1.1\r\n${fields}X: ${value}\r\n`);
    const connections = heads.map((head) => ({ head, read: createFieldsReader(shared) }));
    for (let i = 0; i < 4; i += 1)
      for (const { head, read } of connections)
        expect(parseRequestHead(head, read)).toEqual(parseRequestHead(head));
  });

  test('that are no fields are refused each time', () => {
    const read = createFieldsReader();
    for (let i = 0; i < 3; i += 1)
      expect(() => parseRequestHead('GET / HTTP/1.1\r\nHost : x\r\n', read)).toThrow('malformed');
  });
});

describe('the fields that an HTTP/2 connection sends again', () => {
  const list = (change: Record<string, string> = {}) =>
    Object.entries({
      ':method': 'GET',
      ':path': '/a',
      ':scheme': 'https',
      ':authority': 'api.example.com',
      accept: '*/*',
      host: 'api.example.com',
      ...change,
    }).flat();

  test('are read once from the second time on, and cannot be changed', () => {
    const read = createH2FieldsReader();
    const first = read(list());
    const second = read(list({ ':path': '/longer' }));
    const third = read(list({ ':method': 'DELETE' }));
    expect(second).not.toBe(first);
    expect(third).toBe(second);
    expect(third).toEqual(first);
    expect(() => (third.headers as string[]).push('x', 'y')).toThrow(TypeError);
    expect(() => (third.hosts as string[]).push('other')).toThrow(TypeError);
  });

  test('what a receiver does to those that came once changes nothing later', () => {
    const read = createH2FieldsReader();
    (read(list()).headers as string[]).push('authorization', 'mine');
    expect(read(list()).headers).not.toContain('mine');
    expect(read(list()).headers).not.toContain('mine');
  });

  test.each([
    ['a field more', list({ x: '1' })],
    ['a field less', list().slice(0, -2)],
    ['another value of the same length', list({ accept: '*/+' })],
    ['another name of the same length', list().map((text) => (text === 'accept' ? 'expect' : text))],
    ['another authority', list({ ':authority': 'api.example.org' })],
    ['another scheme', list({ ':scheme': 'http' })],
    ['the two in another order', [...list().slice(2, 4), ...list().slice(0, 2), ...list().slice(4)]],
    ['a path where another field was', list().map((text) => (text === ':scheme' ? ':path' : text))],
    ['nothing', []],
  ])('are read anew with %s', (_what, raw) => {
    const read = createH2FieldsReader();
    for (let i = 0; i < 3; i += 1) read(list());
    expect(read(raw)).toEqual(readH2Fields(raw));
  });

  test('count every name and value but those of the two', () => {
    const { size, methodAt, targetAt } = readH2Fields([':method', 'GET', ':path', '/a', 'x', 'yz']);
    expect([size, methodAt, targetAt]).toEqual([7 + 5 + 3 + 3 * 32, 1, 3]);
  });
});
