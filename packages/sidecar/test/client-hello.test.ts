import type { ConnectionOptions } from 'node:tls';
import type { PaiError } from '@pai/core';
import { describe, expect, test } from 'vitest';
import { type ClientHello, readClientHello } from '../src/doors/client-hello.ts';
import {
  captureHello,
  extension,
  fragmented,
  helloMessage,
  nameEntry,
  record,
  serverNames,
  vector,
} from './engine/hello.ts';

const named = (name: string) => helloMessage([serverNames(nameEntry(name))]);
const padding = (length: number) => extension(21, Buffer.alloc(length));

/** Reads as a socket would bring it, byte by byte, and holds the reader to what it said it needs. */
function readInSteps(bytes: Buffer): ClientHello | undefined {
  let needs = 1;
  for (let have = 1; have <= bytes.length; have += 1) {
    const seen = readClientHello(bytes.subarray(0, have));
    if (typeof seen === 'object') return seen;
    expect(seen).toBeGreaterThan(have);
    expect(seen).toBeGreaterThanOrEqual(needs);
    needs = seen;
  }
  return undefined;
}

describe('a ClientHello', () => {
  const clients: [string, ConnectionOptions][] = [
    ['TLS 1.3', { minVersion: 'TLSv1.3' }],
    ['TLS 1.2', { maxVersion: 'TLSv1.2' }],
    ['both, with ALPN', { ALPNProtocols: ['h2', 'http/1.1'] }],
  ];
  test.each(clients)(
    'of a real client of %s is read, in whatever segments it comes',
    async (_name, options) => {
      const hello = await captureHello({ ...options, servername: 'api.example.com' });
      expect(readInSteps(hello)).toEqual({ serverName: 'api.example.com' });
      expect(readClientHello(Buffer.concat([hello, Buffer.from('early data')]))).toEqual({
        serverName: 'api.example.com',
      });
    },
  );

  test.each([1, 3, 5, 64, 10_000])('is read when each record has %d bytes', (size) => {
    const message = named('a.example');
    const read = () => readInSteps(fragmented(message, size));
    if (message.length / size > 64) expect(read).toThrow('more than 64 records');
    else expect(read()).toEqual({ serverName: 'a.example' });
  });

  test.each([
    ['no server name', [padding(3)], undefined],
    ['no extensions', [], undefined],
    ['no room for extensions', undefined, undefined],
    ['a name in capitals', [serverNames(nameEntry('API.Example.COM'))], 'api.example.com'],
    ['a name with a trailing dot', [serverNames(nameEntry('api.example.com.'))], 'api.example.com'],
    ['a name behind other extensions', [padding(9), serverNames(nameEntry('a.b'))], 'a.b'],
    ['16,000 bytes', [serverNames(nameEntry('a.b')), padding(16_000)], 'a.b'],
  ])('with %s is read', (_name, extensions, serverName) => {
    expect(readClientHello(record(helloMessage(extensions)))).toEqual({ serverName });
  });

  const api = nameEntry('api.example.com');
  test.each([
    ['two names', [serverNames(api, nameEntry('other.example'))]],
    ['one name twice', [serverNames(api, api)]],
    ['two server_name extensions', [serverNames(api), serverNames(nameEntry('other.example'))]],
    ['any extension twice', [padding(1), padding(1)]],
    ['a name of another type', [serverNames(nameEntry('api.example.com', 1))]],
    ['a name of another type behind', [serverNames(api, nameEntry('x', 1))]],
    ['an empty list', [serverNames()]],
    ['an empty server_name', [extension(0, Buffer.alloc(0))]],
    ['an empty name', [serverNames(nameEntry(''))]],
    ['a NUL in its name', [serverNames(nameEntry('other.example\0.api.example.com'))]],
    ['a NUL behind its name', [serverNames(nameEntry('api.example.com\0'))]],
    ['a space in its name', [serverNames(nameEntry(' api.example.com'))]],
    ['two trailing dots', [serverNames(nameEntry('api.example.com..'))]],
    ['a name beyond ASCII', [serverNames(nameEntry('\xe4pi.example.com'))]],
    ['a port in its name', [serverNames(nameEntry('api.example.com:443'))]],
    ['userinfo in its name', [serverNames(nameEntry('a@api.example.com'))]],
    ['an IPv4 address for a name', [serverNames(nameEntry('127.0.0.1'))]],
    ['an IPv6 address for a name', [serverNames(nameEntry('[::1]'))]],
    ['a name that is too long', [serverNames(nameEntry(`${'a'.repeat(300)}.example`))]],
    ['bytes behind the name list', [extension(0, Buffer.concat([vector(2, api), Buffer.from([0])]))]],
    ['a list that runs over', [extension(0, Buffer.from([0, 9, 0, 0, 1, 97]))]],
    ['an extension that runs over', [Buffer.from([0, 0, 0, 9, 0])]],
  ])('with %s is refused', (_name, extensions) => {
    expect(() => readClientHello(record(helloMessage(extensions)))).toThrow(
      expect.objectContaining({ code: 'malformed_request' }),
    );
  });

  const message = named('api.example.com');
  test.each([
    ['HTTP', Buffer.from('GET / HTTP/1.1\r\n')],
    ['an SSLv2 hello', Buffer.from([0x80, 0x2e, 1, 0, 2])],
    ['an alert', record(Buffer.from([2, 40]), 21)],
    ['a record of another version', Buffer.concat([Buffer.from([22, 2, 0]), vector(2, message)])],
    ['an empty record', Buffer.concat([record(Buffer.alloc(0)), record(message)])],
    [
      'an alert between its records',
      Buffer.concat([record(message.subarray(0, 9)), record(Buffer.from([1, 0]), 21)]),
    ],
    ['another handshake message', record(helloMessage([], 2))],
    ['a message behind it in its record', record(Buffer.concat([message, Buffer.from([1])]))],
    [
      'bytes behind its extensions',
      record(
        Buffer.concat([Buffer.from([1]), vector(3, Buffer.concat([message.subarray(4), Buffer.from([0])]))]),
      ),
    ],
    [
      'a session id that runs over',
      record(
        Buffer.concat([
          Buffer.from([1]),
          vector(3, Buffer.concat([message.subarray(4, 38), Buffer.from([255])])),
        ]),
      ),
    ],
    ['no room for its fields', record(Buffer.from([1, 0, 0, 0]))],
    ['a claim of 16 MiB', record(Buffer.from([1, 0xff, 0xff, 0xff]))],
    ['a record of 64 KiB', Buffer.from([22, 3, 1, 0xff, 0xff])],
    ['more than 16 KiB', record(helloMessage([padding(16_400)]))],
  ])('that is %s is refused, as early as it shows', (_name, bytes) => {
    expect(() => readInSteps(bytes)).toThrow(expect.objectContaining({ code: 'malformed_request' }));
  });

  test('with any one byte changed is read, unfinished or refused, and nothing else', () => {
    const hello = record(helloMessage([padding(5), serverNames(nameEntry('api.example.com'))]));
    const read = (bytes: Buffer) => {
      try {
        return readClientHello(bytes);
      } catch (thrown) {
        return (thrown as Partial<PaiError>).code;
      }
    };
    for (let at = 0; at < hello.length; at += 1) {
      for (const byte of [0, 1, 0x7f, 0x80, 0xff]) {
        const bytes = Buffer.from(hello);
        bytes[at] = byte;
        const seen = read(bytes);
        const isKnown = typeof seen === 'object' || typeof seen === 'number' || seen === 'malformed_request';
        expect(`${at} ${byte} ${isKnown}`).toBe(`${at} ${byte} true`);
      }
    }
  });

  test('says nothing before it is whole', () => {
    const hello = record(
      helloMessage([padding(5), serverNames(nameEntry('api.example.com')), extension(43, padding(1))]),
    );
    for (let length = 1; length < hello.length; length += 1)
      expect(readClientHello(hello.subarray(0, length))).toEqual(expect.any(Number));
  });
});
