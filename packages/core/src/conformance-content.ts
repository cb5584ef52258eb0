import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { createBody } from './body.ts';
import type { Attack, Case } from './conformance-case.ts';
import { withHeader } from './conformance-hostile.ts';
import {
  assertCovers,
  assertReadCovers,
  attackSamples,
  type Base,
  isSame,
  type Reader,
} from './conformance-reading.ts';
import { type RequestText, rawHeadersOf, requestFor } from './conformance-request.ts';
import type { Subject } from './conformance-subject.ts';
import { deleteHeader, getHeader, type RawHeaders, withoutHeaders } from './headers.ts';
import type { AgentRequest } from './request.ts';

/** Content that hides what it says, and content that has no end. */
export function contentAttacks(subject: Subject): Attack[] {
  return [
    attackSamples(
      subject,
      'content',
      'overlooks nothing in content that is labelled or encoded oddly',
      hiddenCases,
    ),
    attackSamples(
      subject,
      'content',
      'reads a request alike over HTTP/1.1, HTTP/2 and in chunks',
      carriedCases,
    ),
    attackSamples(subject, 'limits', 'comes to an end when content does not', endlessCases),
  ];
}

/** Whatever the content is called and however it is packed, it says what it says. */
function hiddenCases(reader: Reader, base: Base): Case[] {
  const { body = '' } = base.sample;
  if (body.length === 0) return [];
  const raw = rawHeadersOf(base.sample);
  const type = getHeader(raw, 'content-type') ?? 'application/json';
  const bare = withoutHeaders(raw, new Set(['content-type']));
  const typed = (...types: string[]) => [...bare, ...types.flatMap((one) => ['content-type', one])];
  const bytes = Buffer.from(body);
  const { gzipSync, brotliCompressSync, deflateSync } = process.getBuiltinModule('node:zlib');
  const zipped = gzipSync(bytes);
  const packed = (coding: string, content: Uint8Array, fields: RawHeaders = raw) => ({
    headers: [...fields, 'content-encoding', coding],
    body: content,
  });
  const odd: readonly (readonly [string, Partial<RequestText>])[] = [
    ['gzip', packed('gzip', zipped)],
    ['gzip twice', packed('gzip, gzip', gzipSync(zipped))],
    ['gzip that nothing names', { body: zipped }],
    ['plain content that says gzip', packed('gzip', bytes)],
    ['two members of gzip', packed('gzip', Buffer.concat([gzipSync(''), zipped]))],
    ['x-gzip', packed('x-gzip', zipped)],
    ['br', packed('br', brotliCompressSync(bytes))],
    ['deflate', packed('deflate', deflateSync(bytes))],
    ['identity', packed('identity', bytes)],
    ['a byte order mark', { body: Buffer.concat([Buffer.from('\ufeff'), bytes]) }],
    [
      'UTF-16',
      { headers: typed(`${type}; charset=utf-16le`), body: Buffer.from(bytes.toString(), 'utf16le') },
    ],
    ['charset=utf-7', { headers: typed(`${type}; charset=utf-7`) }],
    ['white space around it', { body: Buffer.concat([Buffer.from(' \n\t'), bytes, Buffer.from(' \n')]) }],
    ['a vertical tab before it', { body: Buffer.concat([Buffer.from('\v'), bytes]) }],
    ['no content-type', { headers: bare }],
    ['two content-types', { headers: typed(type, 'text/plain') }],
    ['two content-types, its own last', { headers: typed('application/octet-stream', type) }],
    ...[
      'text/plain',
      'application/octet-stream',
      'application/x-www-form-urlencoded',
      'application/json',
      'x',
    ].map((other) => [`content-type ${other}`, { headers: typed(other) }] as const),
    ['content-type in capitals', { headers: typed(type.toUpperCase()) }],
    ['content-type with a parameter', { headers: typed(`${type}; a="b;c"`) }],
  ];
  return odd.map(([what, change]): Case => {
    const request = { ...base.sample, ...change };
    return {
      request,
      what,
      run: async () => {
        if (!(await isContentRead(reader, base))) return false;
        return assertReadCovers(reader, request, base.actions);
      },
    };
  });
}

/** Whether the reading of a sample depends on its content. */
async function isContentRead(reader: Reader, { sample, actions }: Base): Promise<boolean> {
  for (const body of ['', '{}', 'a=b']) {
    const resolution = await reader.read({ ...sample, body });
    if (resolution !== undefined && !isSame(resolution, actions)) return true;
  }
  return false;
}

function carriedCases(reader: Reader, base: Base): Case[] {
  const { sample } = base;
  const bytes = Buffer.from(sample.body ?? '');
  const arrivals: readonly (readonly [string, () => AgentRequest, boolean])[] = [
    ['over HTTP/2', () => requestFor({ ...sample, protocol: 'h2' }), true],
    [
      'byte by byte',
      () => streaming(sample, () => Readable.from([...bytes].map((one) => Buffer.of(one))), undefined),
      false,
    ],
    ['in one chunk', () => streaming(sample, () => Readable.from([bytes]), undefined), false],
  ];
  return arrivals
    .filter(([, , isForAll]) => isForAll || (bytes.length > 0 && bytes.length < 4_096))
    .map(([what, make, isForAll]): Case => {
      return {
        request: isForAll
          ? { ...sample, protocol: 'h2' }
          : { ...sample, headers: withHeader(sample, 'transfer-encoding', 'chunked') },
        what,
        run: () => assertReadCovers(reader, make(), base.actions),
      };
    });
}

function endlessCases(reader: Reader, base: Base): Case[] {
  const { sample } = base;
  if ((sample.body ?? '').length === 0) return [];
  const bytes = Buffer.from(sample.body ?? '');
  const filler = Buffer.alloc(65_536, 0x20);
  const kinds: readonly (readonly [string, number | undefined, (pull: () => Buffer) => Readable])[] = [
    ['content that never stops', undefined, (pull) => Readable.from(forever(bytes, pull))],
    ['content of a terabyte', 2 ** 40, (pull) => Readable.from(forever(bytes, pull))],
    ['content that never comes', undefined, () => new Readable({ read: () => {} })],
    ['content that stops half way', bytes.length + 1, () => new Readable({ read: once(bytes) })],
    ['content that is cut off', bytes.length + 1, () => new Readable({ read: cut(bytes) })],
  ];
  return kinds.map(([what, length, open]): Case => {
    return {
      request: sample,
      what,
      run: async () => {
        let pulled = 0;
        let stream: Readable | undefined;
        const pull = () => {
          pulled += filler.length;
          return filler;
        };
        const opened = () => {
          stream = open(pull);
          return stream;
        };
        try {
          const resolution = await reader.read(streaming(sample, opened, length));
          assert.ok(pulled <= mostRead, `it reads over ${mostRead / 2 ** 20} MiB before it judges`);
          if (resolution === undefined) return false;
          assertCovers(resolution, base.actions);
          return true;
        } finally {
          stream?.on('error', () => {}).destroy();
        }
      },
    };
  });
}

/** Bytes of content that a provider may hold to judge one request. */
const mostRead = 64 * 2 ** 20;

async function* forever(first: Buffer, pull: () => Buffer): AsyncGenerator<Buffer> {
  yield first;
  for (let i = 0; i < (2 * mostRead) / 65_536; i += 1) yield pull();
}

function once(bytes: Buffer): (this: Readable) => void {
  let isGiven = false;
  return function () {
    if (!isGiven) this.push(bytes);
    isGiven = true;
  };
}

function cut(bytes: Buffer): (this: Readable) => void {
  const give = once(bytes);
  let times = 0;
  return function () {
    times += 1;
    if (times === 1) give.call(this);
    else this.destroy();
  };
}

/** The request with content that comes as it likes, for which nobody waits longer than half a second. */
function streaming(sample: RequestText, open: () => Readable, length: number | undefined): AgentRequest {
  const request = requestFor({ ...sample, headers: rawHeadersOf(sample) });
  const headers = [...request.headers];
  deleteHeader(headers, 'content-length');
  if (length !== undefined) headers.push('content-length', String(length));
  return { ...request, headers, body: createBody({ length, open, patience: 500 }) };
}
