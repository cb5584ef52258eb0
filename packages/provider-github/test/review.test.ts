import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { namesOf, type RequestParts } from './request.ts';

const submit = '/repos/o/r/pulls/1/reviews/2/events';

function namesOfReview(body: string | Uint8Array, headers: readonly string[] = [], target = submit) {
  const parts: RequestParts = { body, headers };
  return namesOf('POST', target, parts);
}

describe('a review', () => {
  test.each([
    ['{"event":"APPROVE"}'],
    ['{"event":"approve"}'],
    ['{"body":"ok","event":" Approve "}'],
    ['{"\\u0065vent":"APPROVE"}'],
    ['{"Event":"APPROVE"}'],
    ['{"event":"\\u0041PPROVE"}'],
  ])('approves with %s', async (body) => {
    expect(await namesOfReview(body)).toEqual(['pulls:review', 'pulls:approve']);
    expect(await namesOfReview(body, [], '/repos/o/r/pulls/1/reviews')).toEqual([
      'pulls:review',
      'pulls:approve',
    ]);
  });

  test.each([
    [''],
    ['{}'],
    ['{"event":null}'],
    ['{"event":"COMMENT"}'],
    ['{"event":"REQUEST_CHANGES"}'],
    ['{"body":"event: APPROVE"}'],
    ['{"comments":[{"event":"APPROVE"}],"event":"COMMENT"}'],
    ['{"body":"\\"event\\":\\"APPROVE\\"","event":"COMMENT"}'],
  ])('only reviews with %s', async (body) => {
    expect(await namesOfReview(body)).toEqual(['pulls:review']);
  });

  test.each([
    ['{"event":"COMMENT","event":"APPROVE"}'],
    ['{"event":"COMMENT","\\u0065vent":"APPROVE"}'],
    ['{"event":"COMMENT","EVENT":"APPROVE"}'],
    ['{"comments":[{"a":1,"a":2}],"event":"COMMENT"}'],
    [`{"a":${'['.repeat(5_000)}${']'.repeat(5_000)},"event":"COMMENT"}`],
    ['{"event":["APPROVE"]}'],
    ['{"event":{"$ne":1}}'],
    ['{"event":"APPROVE_LATER"}'],
    ['[{"event":"APPROVE"}]'],
    ['"APPROVE"'],
    ['null'],
    ['{"event":"APPROVE"'],
    ['event=APPROVE'],
    ['\ufeff{"event":"COMMENT"}'],
    [Buffer.from('{"event":"COMMENT"}', 'utf16le')],
    [Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d])],
    [gzipSync('{"event":"COMMENT"}')],
    [' '.repeat((1 << 20) + 1)],
  ])('is unresolved with a body that cannot be read to one meaning (%#)', async (body) => {
    expect(await namesOfReview(body)).toBe('unresolved');
  });

  test('is unresolved with an encoded body, an event in the query, or a form', async () => {
    const form = ['content-type', 'application/x-www-form-urlencoded'];
    expect(await namesOfReview('{"event":"COMMENT"}', ['Content-Encoding', 'gzip'])).toBe('unresolved');
    expect(await namesOfReview('{}', [], `${submit}?%65vent=APPROVE`)).toBe('unresolved');
    expect(await namesOfReview('{"a":"&event=APPROVE&"}', form)).toBe('unresolved');
    expect(await namesOfReview('{"a":"&event=APPROVE&"}')).toBe('unresolved');
    expect(await namesOfReview('{"a":";event=APPROVE;"}', form)).toBe('unresolved');
    expect(await namesOfReview('{}', [], `${submit}?a=1;event=APPROVE`)).toBe('unresolved');
    const json = ['content-type', 'application/json; charset=utf-8'];
    expect(await namesOfReview('{}', ['content-type', 'application/json; charset=utf-7'])).toBe('unresolved');
    expect(await namesOfReview('{"a":"&event=APPROVE&"}', json)).toEqual(['pulls:review']);
  });

  test('is read whatever the content type of its JSON', async () => {
    const form = ['content-type', 'application/x-www-form-urlencoded'];
    expect(await namesOfReview('{"event":"APPROVE"}', form)).toEqual(['pulls:review', 'pulls:approve']);
    const text = ['content-type', 'text/plain;charset=UTF-8'];
    expect(await namesOfReview('{"event":"APPROVE"}', text)).toEqual(['pulls:review', 'pulls:approve']);
    expect(await namesOfReview('{}', ['content-encoding', 'identity'])).toEqual(['pulls:review']);
  });
});
