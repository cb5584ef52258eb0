import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { createBody } from '@pai/core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createCommandReader, maxCommands } from '../src/git/commands.ts';
import { pktLine, readPktLine } from '../src/git/pkt-line.ts';
import { isReferenceName } from '../src/git/reference-name.ts';
import { none, oid, pushOf } from './push.ts';
import { namesOf, requestOf, resolve, resolveGitHub } from './request.ts';

const push = 'https://github.com/o/r.git/git-receive-pack';
const create = (ref: string) => `${none} ${oid} ${ref}`;
const remove = (ref: string) => `${oid} ${none} ${ref}`;

describe('git over HTTP (trap G7)', () => {
  test.each([
    ['GET /o/r.git/info/refs?service=git-upload-pack', 'contents:read'],
    ['GET /o/r/info/refs?service=git-upload-pack', 'contents:read'],
    ['POST /o/r.git/git-upload-pack', 'contents:read'],
    ['GET /o/r.git/info/refs?service=git-receive-pack', 'contents:push'],
    ['GET /o/r.wiki.git/info/refs?service=git-upload-pack', 'wiki:read'],
    ['GET /o/r.wiki/info/refs?service=git-receive-pack', 'wiki:push'],
    ['GET /o/info/info/refs?service=git-upload-pack', 'contents:read'],
    ['GET /o/r.git/info/lfs/locks', 'contents:read'],
    ['POST /o/r.git/info/lfs/locks', 'contents:push'],
    ['POST /o/r.git/info/lfs/locks/verify', 'contents:push'],
    ['POST /o/r/info/lfs/locks/1/unlock', 'contents:push'],
  ])('%s is %s', async (line, name) => {
    const [method = '', path = ''] = line.split(' ');
    for (const host of ['github.com', 'octo.ghe.com', 'github.example.com']) {
      expect(await namesOf(method, `https://${host}${path}`)).toEqual([name]);
    }
  });

  test.each([
    ['GET /abc.git/info/refs?service=git-upload-pack', 'gists:read'],
    ['GET /user/abc.git/info/refs?service=git-receive-pack', 'gists:push'],
    ['POST /abc/git-upload-pack', 'gists:read'],
  ])('of a gist: %s is %s', async (line, name) => {
    const [method = '', path = ''] = line.split(' ');
    expect(await resolve(method, `https://gist.github.com${path}`)).toMatchObject({ actions: [{ name }] });
    expect(await namesOf(method, `https://github.example.com/gist${path}`)).toEqual([name]);
  });

  test.each([
    'GET /o/r.git/info/refs',
    'GET /o/r.git/info/refs?service=git-upload-pack&service=git-receive-pack',
    'GET /o/r.git/info/refs?service=git-upload-archive',
    'GET /o/r.git/info/refs?service=git%2Dupload-pack',
    'HEAD /o/r.git/info/refs?service=git-upload-pack',
    'POST /o/r.git/info/refs?service=git-upload-pack',
    'GET /o/r.git/git-upload-pack',
    'POST /o/r.git/git-upload-pack?x=1',
    'PUT /o/r.git/git-receive-pack',
    'GET /o/r.git/objects/info/packs',
    'GET /o/r.git/objects/ab/cdef',
    'GET /o/r.git/HEAD',
    'GET /o/r.git.git/info/refs?service=git-upload-pack',
    'GET /o/.git/info/refs?service=git-upload-pack',
    'GET /o/.wiki.git/info/refs?service=git-upload-pack',
    'GET /o/r/x.git/info/refs?service=git-upload-pack',
    'GET /o%2Fr/x.git/info/refs?service=git-upload-pack',
    'GET /o/r.git/INFO/REFS?service=git-upload-pack',
    'DELETE /o/r.git/info/lfs/locks',
    'POST /o/r.git/info/lfs/objects/verify',
  ])('%s is unresolved', async (line) => {
    const [method = '', path = ''] = line.split(' ');
    expect(await namesOf(method, `https://github.com${path}`)).toBe('unresolved');
  });
});

describe('a batch of LFS', () => {
  const batch = (body: string, headers = ['content-type', 'application/vnd.git-lfs+json']) =>
    namesOf('POST', 'https://github.com/o/r.git/info/lfs/objects/batch', { body, headers });

  test('is named by its operation', async () => {
    expect(await batch('{"operation":"download","objects":[]}')).toEqual(['contents:read']);
    expect(await batch('{"operation":"upload","objects":[]}')).toEqual(['contents:push']);
  });

  test.each([
    '{}',
    '{"operation":"verify"}',
    '{"operation":["download"]}',
    '{"operation":"download","operation":"upload"}',
    '{"operation":"download","Operation":"upload"}',
    '[]',
    `{"operation":"download","x":"${'x'.repeat(1 << 20)}"}`,
  ])('is unresolved when its operation is not plain (%#)', async (body) => {
    expect(await batch(body)).toBe('unresolved');
  });
});

describe('a push (trap G8)', () => {
  test('is one action for each reference, and deleting is another', async () => {
    const commands = [create('refs/heads/a'), `${oid} ${oid} refs/heads/b\n`, remove('refs/tags/v1')];
    const resource = 'o/r';
    expect(await resolve('POST', push, { body: pushOf(commands) })).toEqual({
      actions: [
        { name: 'contents:push', resource, part: 'refs/heads/a' },
        { name: 'contents:push', resource, part: 'refs/heads/b' },
        { name: 'contents:push', resource, part: 'refs/tags/v1' },
        { name: 'contents:delete', resource, part: 'refs/tags/v1' },
      ],
    });
  });

  test('may be empty: git asks whether it may push', async () => {
    expect(await resolve('POST', push, { body: '0000' })).toEqual({
      actions: [{ name: 'contents:push', resource: 'o/r', hasNoPart: true }],
    });
  });

  test.each([
    ['SHA-256 ids', [`${'0'.repeat(64)} ${'b'.repeat(64)} refs/heads/x`], {}],
    ['a shallow clone behind it', [create('refs/heads/x')], { before: [`shallow ${oid}\n`] }],
    ['no capabilities', [create('refs/heads/x')], { capabilities: '' }],
    ['letters beyond ASCII', [create('refs/heads/ä→')], {}],
    ['a pack of any bytes', [create('refs/heads/x')], { pack: '\0'.repeat(200_000) }],
  ])('is read with %s', async (_what, commands, parts) => {
    expect(await namesOf('POST', push, { body: pushOf(commands, parts) })).toEqual(['contents:push']);
  });

  test('is read when it is compressed, however much follows', async () => {
    const body = gzipSync(pushOf([remove('refs/heads/x')], { pack: 'x'.repeat(5_000_000) }));
    for (const encoding of ['gzip', 'x-gzip', 'GZIP']) {
      const names = await namesOf('POST', push, { body, headers: ['Content-Encoding', encoding] });
      expect(names).toEqual(['contents:push', 'contents:delete']);
    }
    expect(await namesOf('POST', push, { body, headers: ['Content-Encoding', 'br'] })).toBe('unresolved');
    expect(await namesOf('POST', push, { body })).toBe('unresolved');
    const plain = pushOf([create('refs/heads/x')]);
    expect(await namesOf('POST', push, { body: plain, headers: ['Content-Encoding', 'gzip'] })).toBe(
      'unresolved',
    );
  });

  test('names at most a hundred references', async () => {
    const many = Array.from({ length: maxCommands + 1 }, (_, i) => create(`refs/heads/agent/${i}`));
    expect(await namesOf('POST', push, { body: pushOf(many.slice(1)) })).toHaveLength(maxCommands);
    expect(await resolve('POST', push, { body: pushOf(many) })).toEqual({
      unresolved: 'the push names more than 100 references; push fewer at a time',
    });
  });

  test.each([
    ['nothing at all', Buffer.alloc(0)],
    ['no flush', pktLine(create('refs/heads/x'))],
    ['a length of too many', Buffer.from(`ffff${create('refs/heads/x')}0000`)],
    ['a length that lies', Buffer.from(`0010${create('refs/heads/x')}0000`)],
    ['a length that is none', Buffer.from('00zz')],
    ['a delimiter', Buffer.from('00010000')],
    ['an empty line', Buffer.from('00040000')],
    [
      'a reference that is no UTF-8',
      Buffer.concat([
        pktLine(Buffer.concat([Buffer.from(create('refs/heads/')), Uint8Array.of(0xff)])),
        Buffer.from('0000'),
      ]),
    ],
    ['ids of two lengths', pushOf([`${'0'.repeat(64)} ${oid} refs/heads/x`])],
    [
      'capabilities behind a later command',
      Buffer.concat([
        pktLine(create('refs/heads/x')),
        pktLine(`${create('refs/heads/y')}\0x`),
        Buffer.from('0000'),
      ]),
    ],
    ['a signature', Buffer.concat([pktLine('push-cert\0report-status'), Buffer.from('0000')])],
    ['a name without refs/', pushOf([create('HEAD')])],
    ['a name with ..', pushOf([create('refs/heads/agent/../main')])],
    ['a name with a space', pushOf([create('refs/heads/x y')])],
    [
      'shallow lines without end',
      Buffer.concat(Array.from({ length: 3_000 }, () => pktLine(`shallow ${oid}`))),
    ],
  ])('is unresolved with %s', async (_what, body) => {
    expect(await namesOf('POST', push, { body })).toBe('unresolved');
  });

  test('is not read beyond its commands', async () => {
    let sent = 0;
    const chunks = function* () {
      yield pushOf([create('refs/heads/x')]);
      for (; sent < 1_000; sent++) yield Buffer.alloc(65_536);
    };
    const body = createBody({
      length: undefined,
      open: () => Readable.from(chunks(), { objectMode: false }),
    });
    expect(await resolveGitHub({ ...requestOf('POST', push), body })).toHaveProperty('actions');
    expect(sent).toBeLessThan(10);
  });
});

const reference = fc.stringMatching(/^refs\/heads\/[a-z0-9-]{1,20}$/);
const command = fc.record({ reference, isDelete: fc.boolean() });

describe('a command list', () => {
  test('is the same whatever pieces it comes in', () => {
    fc.assert(
      fc.property(fc.array(command, { minLength: 1, maxLength: 5 }), fc.nat(), (commands, step) => {
        const lines = commands.map((one) => (one.isDelete ? remove(one.reference) : create(one.reference)));
        const bytes = pushOf(lines, { pack: '' });
        const reader = createCommandReader();
        const size = (step % 50) + 1;
        for (let at = size; at < bytes.length; at += size)
          expect(reader.read(bytes.subarray(0, at))).toBe(false);
        expect(reader.read(bytes)).toBe(true);
        expect(reader.list.commands).toEqual(commands);
        expect([...reader.list.capabilities]).toEqual(['', 'report-status', 'side-band-64k']);
      }),
      { numRuns: 300 },
    );
  });

  test('of any bytes is read or refused, and never past its end', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        try {
          const line = readPktLine(Buffer.from(bytes), 0);
          expect(line === undefined || line.end <= bytes.length).toBe(true);
        } catch (thrown) {
          expect(thrown).toMatchObject({ code: 'malformed_request' });
        }
      }),
    );
  });

  test('keeps what a pkt-line holds', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 1_000 }), (payload) => {
        expect(readPktLine(pktLine(payload), 0)).toEqual({
          payload: Buffer.from(payload),
          end: payload.length + 4,
        });
      }),
    );
  });
});

test.each([
  ['refs/heads/main', true],
  ['refs/heads/a/b.c', true],
  ['refs/heads/@', true],
  ['refs/x', true],
  ['main', false],
  ['refs/', false],
  ['refs//x', false],
  ['refs/heads/.x', false],
  ['refs/heads/x.lock', false],
  ['refs/heads/x.', false],
  ['refs/heads/x@{1}', false],
  ['refs/heads/*', false],
  ['refs/heads/a?', false],
  ['refs/heads/a\\b', false],
  ['refs/heads/a\u007f', false],
])('%j is a name of a reference: %s', (name, expected) => {
  expect(isReferenceName(name)).toBe(expected);
});
