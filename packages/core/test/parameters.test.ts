import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { cpuSeconds } from '../../../test/cpu-time.ts';
import { requestFor } from '../src/conformance.ts';
import { occurrencesOf, type Parameter, readParameters, singleValue } from '../src/parameters.ts';

const limit = 100_000;
const json = 'application/json';
const form = 'application/x-www-form-urlencoded';

function read(type: string | undefined, body: string | Uint8Array, query = '', more: readonly string[] = []) {
  const headers = type === undefined ? more : ['content-type', type, ...more];
  const url = `https://api.test/x${query === '' ? '' : `?${query}`}`;
  return readParameters(requestFor({ method: 'POST', url, headers, body }), limit);
}

const raw = (source: string) => ({ rawJSON: source });

const shortly = (parameters: readonly Parameter[]) =>
  parameters.map(({ name, value, place }) => [place, name, value]);

/** A multipart form with the boundary `b`, from what stands between its delimiters. */
const multipart = (...parts: readonly string[]) =>
  `${parts.map((part) => `--b\r\n${part}\r\n`).join('')}--b--\r\n`;
const field = (name: string, value: string) =>
  `Content-Disposition: form-data; name="${name}"\r\n\r\n${value}`;

describe('one reading', () => {
  test.each([
    [
      'no content',
      undefined,
      '',
      'a=1&a=%C3%BC+x&b',
      [
        ['query', 'a', '1'],
        ['query', 'a', 'ü x'],
        ['query', 'b', ''],
      ],
    ],
    ['no content with a type', json, '', 'a=1', [['query', 'a', '1']]],
    [
      'a form',
      form,
      'a=1&b=x%26y',
      'a=0',
      [
        ['query', 'a', '0'],
        ['form', 'a', '1'],
        ['form', 'b', 'x&y'],
      ],
    ],
    ['a form with a charset', `${form}; charset=UTF-8`, 'a=1', '', [['form', 'a', '1']]],
    [
      'JSON',
      json,
      '{"a":"1","b":[{"c":null}],"d":-7}',
      '',
      [
        ['json', 'a', '1'],
        ['json', 'b', [{ c: null }]],
        ['json', 'd', -7],
      ],
    ],
    ['JSON in odd case', 'Application/JSON;charset="utf-8"', '{"\\u0061":1}', '', [['json', 'a', 1]]],
    [
      'JSON with a number no double holds',
      json,
      '{"a":[9007199254740993]}',
      '',
      [['json', 'a', [9007199254740993n]]],
    ],
    [
      'JSON with numbers in another spelling than their own',
      json,
      '{"a":1e3,"b":[1.0,-0],"c":1.5,"d":"1e3"}',
      '',
      [
        ['json', 'a', raw('1e3')],
        ['json', 'b', [raw('1.0'), raw('-0')]],
        ['json', 'c', 1.5],
        ['json', 'd', '1e3'],
      ],
    ],
    [
      'one key in two objects',
      json,
      '{"a":{"x":1},"b":{"x":2}}',
      '',
      [
        ['json', 'a', { x: 1 }],
        ['json', 'b', { x: 2 }],
      ],
    ],
    [
      'multipart',
      'multipart/form-data; boundary=b',
      multipart(field('a', '1'), field('a', '2\r\n')),
      '',
      [
        ['multipart', 'a', '1'],
        ['multipart', 'a', '2\r\n'],
      ],
    ],
    [
      'multipart as terse clients write it',
      'multipart/form-data;boundary="b"',
      multipart('content-disposition:form-data;name=a\r\n\r\n1'),
      '',
      [['multipart', 'a', '1']],
    ],
    [
      'a file whose name has spaces and no quotes',
      'multipart/form-data; boundary=b',
      multipart('content-disposition:form-data;name="f";filename=Anna\'s holidays 1.pdf\r\n\r\n1'),
      '',
      [['multipart', 'f', undefined]],
    ],
    [
      'a file',
      'multipart/form-data; boundary=b',
      multipart(
        'Content-Disposition: form-data; name="f"; filename="a b.bin"\r\nContent-Type: image/png\r\n\r\n\x00\xff',
      ),
      '',
      [['multipart', 'f', undefined]],
    ],
    [
      'multipart after an empty line',
      'multipart/form-data; boundary=b',
      `\r\n${multipart(field('a', '1'))}`,
      '',
      [['multipart', 'a', '1']],
    ],
    [
      'multipart that is closed twice',
      'multipart/form-data; boundary=b',
      `${multipart(field('a', '1'))}\r\n--b--\r\n`,
      '',
      [['multipart', 'a', '1']],
    ],
    ['multipart without a part', 'multipart/form-data; boundary=b', '--b--', '', []],
    [
      'multipart with an empty line behind, as got and multipart-post 2.0 write it',
      'multipart/form-data; boundary=b',
      `${multipart(field('a', '1'))}\r\n`,
      '',
      [['multipart', 'a', '1']],
    ],
    [
      'a part in Latin-1 that is ASCII, as Apache HttpClient writes it',
      'multipart/form-data; boundary=b',
      multipart(
        `Content-Type: text/plain; charset=ISO-8859-1\r\nContent-Transfer-Encoding: 8bit\r\n${field('a', '1')}`,
      ),
      '',
      [['multipart', 'a', '1']],
    ],
  ] as const)('%s', async (_what, type, body, query, expected) => {
    expect(shortly(await read(type, body, query))).toEqual(expected);
  });

  test('a file says so, and its bytes are no value', async () => {
    const part = 'Content-Disposition: form-data; name="f"; filename="x"\r\n\r\ntext';
    const [file] = await read('multipart/form-data; boundary=b', multipart(part));
    expect(file).toEqual({ name: 'f', filename: 'x', value: undefined, place: 'multipart' });
  });

  test('gzipped content is decoded, and stays in the body as it came', async () => {
    const body = gzipSync('{"a":1}');
    const request = requestFor({
      method: 'POST',
      url: 'https://api.test/',
      headers: ['content-type', json, 'content-encoding', 'gzip'],
      body,
    });
    expect(shortly(await readParameters(request, limit))).toEqual([['json', 'a', 1]]);
    expect(await request.body.bytes(limit)).toEqual(body);
  });

  test('what real form encoders write is read back', async () => {
    const name = fc.stringMatching(/^[\w.-]{1,12}$/);
    const value = fc
      .string({ unit: 'grapheme', maxLength: 40 })
      .map((text) => text.replace(/\r\n|\r|\n/g, '\r\n'));
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(name, value, fc.boolean()), { minLength: 1, maxLength: 5 }),
        async (fields) => {
          const data = new FormData();
          for (const [key, text, isFile] of fields) {
            if (isFile) data.append(key, new Blob([text]), 'a file.bin');
            else data.append(key, text);
          }
          const sent = new Response(data);
          const type = sent.headers.get('content-type') ?? '';
          const seen = await read(type, new Uint8Array(await sent.arrayBuffer()));
          const expected = fields.map(([key, text, isFile]) => [
            'multipart',
            key,
            isFile ? undefined : text.toWellFormed(),
          ]);
          expect(shortly(seen)).toEqual(expected);
          const plain = new URLSearchParams(fields.map(([key, text]): [string, string] => [key, text]));
          const again = await read(form, plain.toString());
          expect(shortly(again)).toEqual(fields.map(([key, text]) => ['form', key, text.toWellFormed()]));
        },
      ),
      { numRuns: 100 },
    );
  });
});

const mixed = 'multipart/form-data; boundary=b';
const member = gzipSync('{}');

describe('no second reading', () => {
  test.each([
    ['a broken escape', form, 'a=%zz'],
    ['an escape that is cut off', form, 'a=%4'],
    ['bytes that are not UTF-8, escaped', form, 'a=%ff'],
    ['a NUL in a name', form, 'a%00=1'],
    ['a form that is not UTF-8', form, Uint8Array.of(0x61, 0x3d, 0xff)],
    ['JSON after a byte order mark', json, '\ufeff{"a":1}'],
    ['a part whose head has a byte order mark', mixed, multipart(`\ufeff${field('a', '1')}`)],
    [
      'a boundary with a space behind',
      'multipart/form-data; boundary=b ;charset=utf-8',
      multipart(field('a', '1')),
    ],
    [
      'a parameter in a bare filename',
      mixed,
      multipart('Content-Disposition: form-data; filename=x name=b; name="a"\r\n\r\n1'),
    ],
    ['over 1,000 parameters', form, 'a=1&'.repeat(1_001)],
    ['over 1,000 names', json, `{${Array.from({ length: 1_001 }, (_, i) => `"${i}":0`)}}`],
    ['no type', undefined, 'a=1'],
    ['text', 'text/plain', '{"a":1}'],
    ['bytes', 'application/octet-stream', 'a=1'],
    ['no media type', 'json', '{"a":1}'],
    ['two in one', `${json}, ${form}`, '{"a":1}'],
    ['another charset', `${json}; charset=utf-7`, '{"a":1}'],
    ['a charset twice', `${json}; charset=utf-8; charset=utf-7`, '{"a":1}'],
    ['JSON with a boundary', `${json}; boundary=b`, '{"a":1}'],
    ['JSON that names another type', `${json}; x=multipart/form-data`, '{"a":1}'],
    ['JSON cut off', json, '{"a":1'],
    ['JSON with a comma at its end', json, '{"a":1,}'],
    ['more after the JSON', json, '{"a":1}{"a":2}'],
    ['a JSON list', json, '[{"a":1}]'],
    ['a JSON string', json, '"a"'],
    ['a repeated key', json, '{"a":1,"a":2}'],
    ['a repeated key, escaped', json, '{"a":1,"\\u0061":2}'],
    ['a repeated key further in', json, '{"a":[{"b":1,"b":2}]}'],
    ['JSON in depth', json, `{"a":${'['.repeat(101)}${']'.repeat(101)}}`],
    ['multipart without a boundary', 'multipart/form-data', multipart(field('a', '1'))],
    ['another multipart', 'multipart/mixed; boundary=b', multipart(field('a', '1'))],
    ['a preamble', mixed, `x\r\n${multipart(field('a', '1'))}`],
    ['two empty lines in front', mixed, `\r\n\r\n${multipart(field('a', '1'))}`],
    ['a bare line feed in front', mixed, `\n${multipart(field('a', '1'))}`],
    ['a part after its end', mixed, `${multipart(field('a', '1'))}${multipart(field('b', '2'))}`],
    ['an end that is not whole', mixed, `${multipart(field('a', '1'))}\r\n--b-`],
    ['an epilogue', mixed, `${multipart(field('a', '1'))}--b\r\n`],
    ['no last boundary', mixed, `--b\r\n${field('a', '1')}`],
    ['a boundary after a bare line feed', mixed, multipart(`${field('a', '1')}\n--b\r\n${field('b', '2')}`)],
    ['a longer boundary', mixed, multipart(`${field('a', '1')}\r\n--bb`)],
    ['spaces after a boundary', mixed, `--b \r\n${field('a', '1')}\r\n--b--`],
    ['a part without a head', mixed, multipart('\r\n1')],
    ['a folded header', mixed, multipart('Content-Disposition: form-data;\r\n name="a"\r\n\r\n1')],
    [
      'a head with bare line feeds',
      mixed,
      multipart('Content-Disposition: form-data; name="a"\nX: y\r\n\r\n1'),
    ],
    ['two dispositions', mixed, multipart(`Content-Disposition: form-data; name="b"\r\n${field('a', '1')}`)],
    ['a name twice', mixed, multipart('Content-Disposition: form-data; name="a"; name="b"\r\n\r\n1')],
    [
      'a name inside a filename',
      mixed,
      multipart('Content-Disposition: form-data; name="a"; filename="x; name=b"\r\n\r\n1'),
    ],
    [
      'a quote inside a filename',
      mixed,
      multipart('Content-Disposition: form-data; name="a"; filename="x\\"; y"\r\n\r\n1'),
    ],
    ['apostrophes for quotes', mixed, multipart("Content-Disposition: form-data; name='a'\r\n\r\n1")],
    [
      'an apostrophe that opens',
      mixed,
      multipart("Content-Disposition: form-data; filename='x; name=a\r\n\r\n1"),
    ],
    [
      'a name with a space and no quotes',
      mixed,
      multipart('Content-Disposition: form-data; name=a b\r\n\r\n1'),
    ],
    ['an encoded name', mixed, multipart("Content-Disposition: form-data; name*=utf-8''a\r\n\r\n1")],
    [
      'an encoded filename alone',
      mixed,
      multipart("Content-Disposition: form-data; name=a; filename*=utf-8''a\r\n\r\n1"),
    ],
    ['an escaped name', mixed, multipart(field('a%22', '1'))],
    ['an attachment', mixed, multipart('Content-Disposition: attachment; name="a"\r\n\r\n1')],
    ['a part in base64', mixed, multipart(`Content-Transfer-Encoding: base64\r\n${field('a', 'MQ==')}`)],
    ['a form in a part', mixed, multipart(`Content-Type: ${form}\r\n${field('a', 'b=1')}`)],
    [
      'a multipart in a part',
      mixed,
      multipart(`Content-Type: multipart/mixed; boundary=c\r\n${field('a', '1')}`),
    ],
    [
      'a part in two charsets',
      mixed,
      multipart(`Content-Type: text/plain; charset=utf-16; charset=utf-8\r\n${field('a', '1')}`),
    ],
    ['a part after an empty line', mixed, `${multipart(field('a', '1'))}\r\n${multipart(field('b', '2'))}`],
    [
      'a part in Latin-1 that is no ASCII',
      mixed,
      multipart(`Content-Type: text/plain; charset=iso-8859-1\r\n${field('a', 'é')}`),
    ],
    [
      'a part in another charset',
      mixed,
      multipart(`Content-Type: text/plain; charset=utf-16\r\n${field('a', '1')}`),
    ],
  ] as const)('%s is refused', async (_what, type, body) => {
    await expect(read(type, body)).rejects.toMatchObject({ code: 'malformed_request' });
  });

  test.each([
    ['deflate', 'deflate', member],
    ['two codings', 'gzip, gzip', member],
    ['what is no gzip', 'gzip', Buffer.from('{"a":1}')],
    ['two members', 'gzip', Buffer.concat([member, gzipSync('{"a":1}')])],
    ['bytes after the member', 'gzip', Buffer.concat([member, Buffer.from('x')])],
    ['a wrong checksum', 'gzip', Buffer.concat([member.subarray(0, -5), Buffer.alloc(5)])],
    ['a member cut off', 'gzip', member.subarray(0, -9)],
  ] as const)('content encoded as %s is refused', async (_what, coding, body) => {
    const reading = read(json, body, '', ['content-encoding', coding]);
    await expect(reading).rejects.toMatchObject({ code: 'malformed_request' });
  });

  test('two content types are refused, and a query as much as a form', async () => {
    await expect(read(json, '{}', '', ['content-type', form])).rejects.toMatchObject({
      code: 'malformed_request',
    });
    await expect(read(undefined, '', 'a=%')).rejects.toMatchObject({ code: 'malformed_request' });
  });

  test('content over the limit is refused, as sent and as decoded', async () => {
    await expect(read(form, 'x'.repeat(limit + 1))).rejects.toMatchObject({ code: 'body_too_large' });
    const bomb = read(json, gzipSync('0'.repeat(limit * 2)), '', ['content-encoding', 'gzip']);
    await expect(bomb).rejects.toMatchObject({ code: 'body_too_large' });
  });
});

describe('one parameter', () => {
  test.each([
    ['in no place', '', '{}', undefined],
    ['in one place', 'a=1', '{}', '1'],
    ['in two places that agree', 'a=1&a=1', '{"a":1}', '1'],
    ['as an object', '', '{"a":{"b":1}}', { b: 1 }],
  ])('%s has one value', async (_what, query, body, expected) => {
    expect(singleValue(await read(json, body, query), 'a')).toEqual(expected);
  });

  test.each([
    ['places that disagree', 'a=1', '{"a":"2"}'],
    ['a query that disagrees with itself', 'a=1&a=2', '{}'],
    ['a value and none', 'a=1', '{"a":null}'],
    ['another case', '', '{"A":1}'],
    ['brackets', 'a[]=1', '{}'],
    ['brackets and a key', 'a%5Bx%5D=1', '{}'],
    ['a space in front', '+a=1', '{}'],
    ['a space behind', '', '{"a ":1}'],
    ['a byte order mark in front', '%EF%BB%BFa=1', '{}'],
    ['two spellings of a number', 'a=1000', '{"a":1e3}'],
  ])('%s are refused', async (_what, query, body) => {
    const parameters = await read(json, body, query);
    expect(() => singleValue(parameters, 'a')).toThrow(
      expect.objectContaining({ code: 'malformed_request' }),
    );
  });

  test('a dot for an underscore is refused, a longer name is another', async () => {
    const parameters = await read(form, 'chat.id=1&message_id=2');
    expect(() => occurrencesOf(parameters, 'chat_id')).toThrow('can be taken for the parameter chat_id');
    expect(occurrencesOf(parameters, 'message_id')).toHaveLength(1);
    expect(occurrencesOf(parameters, 'id')).toEqual([]);
  });

  test('a form after a byte order mark has another first name', async () => {
    const parameters = await read(form, '\ufeffb=1&a=1');
    expect(parameters.map(({ name }) => name)).toEqual(['\ufeffb', 'a']);
  });

  test('a file is no value', async () => {
    const part = 'Content-Disposition: form-data; name="a"; filename="x"\r\n\r\n1';
    const parameters = await read(mixed, multipart(part));
    expect(() => singleValue(parameters, 'a')).toThrow('is a file');
  });
});

test('a field of spaces in a form is refused in a moment', async () => {
  const part = `Content-Disposition:${' '.repeat(16_000)}\x7f\r\n\r\nx`;
  const refuse = () =>
    expect(read('multipart/form-data; boundary=b', multipart(part))).rejects.toThrow(/unreadable header/);
  expect(await cpuSeconds(refuse)).toBeLessThan(1);
});
