import { readMediaType } from '@pai/core';
import { expect, test } from 'vitest';
import { withoutPartCredentials } from '../src/batch.ts';
import { meaningOf, requestTo } from './gcp.ts';

const url = 'https://www.googleapis.com/batch/drive/v3';
const headers = ['content-type', 'multipart/mixed; boundary=b'];

/** A batch as clients write it, each part the text of a request. */
function batch(parts: readonly string[], line = '\r\n'): string {
  const written = parts.map((part) => {
    const text = part.replaceAll('\n', line);
    return `--b${line}Content-Type: application/http${line}Content-ID: <1>${line}${line}${text}${line}`;
  });
  return `${written.join('')}--b--${line}`;
}

const send = (body: string, to = url) => meaningOf(to, { method: 'POST', headers, body });

test.each(['\r\n', '\n'])('a batch is the union of its parts, with lines that end in %j', async (line) => {
  const parts = [
    'GET /drive/v3/files/a HTTP/1.1\n\n',
    'DELETE /drive/v3/files/b HTTP/1.1\nAccept: */*\n\n',
    'GET /drive/v3/files/a\n\n',
  ];
  expect(await send(batch(parts, line))).toEqual([
    'drive.files.get //drive.googleapis.com/files/a',
    'drive.files.delete //drive.googleapis.com/files/b',
  ]);
});

test.each(['\r\n', '\n'])('an empty line %j may come before the first boundary', async (line) => {
  const body = `${line}${batch(['DELETE /drive/v3/files/a HTTP/1.1\n\n'], line)}`;
  const named = ['drive.files.delete //drive.googleapis.com/files/a'];
  expect(await send(body)).toEqual(named);
  expect(withoutPartCredentials(Buffer.from(body), readMediaType(requestTo(url, { headers })))).toEqual(
    Buffer.from(body),
  );
});

test('a part has content, a query and a method override of its own', async () => {
  const body = batch([
    'POST /v1/projects/p/secrets?secretId=s HTTP/1.1\nContent-Type: application/json\nContent-Length: 2\n\n{}',
    'POST /v1/projects/p/secrets/x HTTP/1.1\nX-HTTP-Method-Override: DELETE\n\n',
  ]);
  expect(await send(body, 'https://secretmanager.googleapis.com/batch')).toEqual([
    'secretmanager.secrets.create //secretmanager.googleapis.com/projects/p/secrets/s',
    'secretmanager.secrets.delete //secretmanager.googleapis.com/projects/p/secrets/x',
  ]);
});

test('Cloud Storage’s parts go the way of its own requests, by full URL too', async () => {
  const body = batch([
    'DELETE /storage/v1/b/b/o/k HTTP/1.1\n\n',
    'GET https://storage.googleapis.com/storage/v1/b/b HTTP/1.1\nHost: storage.googleapis.com\n\n',
  ]);
  expect(await send(body, 'https://storage.googleapis.com/batch/storage/v1')).toEqual([
    'storage DELETE /storage/v1/b/b/o/k',
    'storage GET /storage/v1/b/b',
  ]);
});

test('below a bucket’s own name, or beside the batch’s path, nothing is a batch', async () => {
  const body = batch(['GET /storage/v1/b HTTP/1.1\n\n']);
  expect(await send(body, 'https://bucket.storage.googleapis.com/batch/storage/v1')).toEqual([
    'storage POST /batch/storage/v1',
  ]);
  expect(await send(body, 'https://storage.googleapis.com/batch')).toEqual(['storage POST /batch']);
});

test.each([
  ['is unknown', ['GET /drive/v3/nothing/at/all HTTP/1.1\n\n']],
  ['is a batch', ['POST /batch/drive/v3 HTTP/1.1\nContent-Type: multipart/mixed; boundary=c\n\n']],
])('a batch is unresolved when a part %s', async (_, parts) => {
  expect(await send(batch(['GET /drive/v3/files/a HTTP/1.1\n\n', ...parts]))).toMatch(/^part 2 of the batch/);
});

test.each([
  ['is for another host', ['GET https://evil.example/drive/v3/files/a HTTP/1.1\n\n']],
  ['is for another service', ['GET https://pubsub.googleapis.com/v1/projects/p/topics HTTP/1.1\n\n']],
  ['names another host', ['GET /drive/v3/files/a HTTP/1.1\nHost: pubsub.googleapis.com\n\n']],
  ['is no request', ['hello\n\n']],
  ['repeats a header', ['GET /drive/v3/files/a HTTP/1.1\nA: 1\nA: 2\n\n']],
  ['is encoded', ['POST /drive/v3/files HTTP/1.1\nContent-Encoding: gzip\n\nx']],
  ['lies about its length', ['POST /drive/v3/files HTTP/1.1\nContent-Length: 2\n\n{}{"name":"x"}']],
  ['has a credential in its query', ['GET /drive/v3/files/a?access_token=x HTTP/1.1\n\n']],
  ['has a key in its query', ['GET /drive/v3/files/a?%24key=x HTTP/1.1\n\n']],
  ['has a key in its head', ['GET /drive/v3/files/a HTTP/1.1\nX-Goog-Api-Key: x\n\n']],
  ['has dots in its path', ['GET /drive/v3/files/../about HTTP/1.1\n\n']],
])('a batch is refused when a part %s', async (_, parts) => {
  await expect(send(batch(parts))).rejects.toThrow();
});

test('what pays for a batch pays for each of its parts', async () => {
  const body = batch(['GET /drive/v3/files/a HTTP/1.1\nX-Goog-User-Project: inner-payer\n\n']);
  const sent = { method: 'POST', headers: [...headers, 'X-Goog-User-Project', 'outer-payer'], body };
  expect(await meaningOf(url, sent)).toEqual([
    'drive.files.get //drive.googleapis.com/files/a',
    'serviceusage.services.use //cloudresourcemanager.googleapis.com/projects/inner-payer',
    'serviceusage.services.use //cloudresourcemanager.googleapis.com/projects/outer-payer',
  ]);
});

const good = batch(['GET /drive/v3/files/a HTTP/1.1\n\n']);

test.each([
  ['something before its first boundary', `x${good}`],
  ['two lines before its first boundary', `\r\n\r\n${good}`],
  ['a line of another kind before its first boundary', `\n${good}`],
  ['something after its last one', `${good}x`],
  ['no last boundary', good.replace('--b--', '')],
  ['its boundary inside a part', good.replace('files/a', 'files/a--b')],
  ['lines of two kinds', good.replace('--b--\r\n', '--b--').replace('\r\n--b--', '\n--b--')],
  ['a part of another type', good.replace('application/http', 'application/json')],
  ['an encoded part', good.replace('Content-ID: <1>', 'Content-Transfer-Encoding: base64')],
  ['no parts', '--b--'],
])('a batch with %s is refused', async (_, body) => {
  const found = await send(body).catch(() => 'refused');
  expect(found).toBeTypeOf('string');
});

test.each([
  ['a method override of its own', { headers: [...headers, 'X-HTTP-Method-Override', 'GET'] }, url],
  ['a system parameter', { headers }, `${url}?$httpMethod=GET`],
  ['another type', { headers: ['content-type', 'multipart/form-data; boundary=b'] }, url],
  [
    'a second boundary',
    { headers: ['content-type', "multipart/mixed; boundary=b; boundary*=utf-8''c"] },
    url,
  ],
  [
    'a second boundary in pieces',
    { headers: ['content-type', 'multipart/mixed; boundary=b; Boundary*0=c'] },
    url,
  ],
])('a batch with %s is refused', async (_, sent, to) => {
  await expect(meaningOf(to, { method: 'POST', body: good, ...sent })).rejects.toThrow();
});

test('the credentials of parts are blanked out where they stand', () => {
  const body = batch([
    'GET /drive/v3/files/a HTTP/1.1\nAuthorization: Bearer secret-1\nAccept: */*\n\nauthorization: kept',
    'GET /drive/v3/files/b HTTP/1.1\nauthorization:x\n\n',
  ]);
  const blanked = withoutPartCredentials(
    Buffer.from(body),
    readMediaType(requestTo(url, { headers })),
  ).toString();
  expect(blanked).toHaveLength(body.length);
  expect(blanked).not.toMatch(/secret-1|authorization:x/);
  expect(blanked.match(/^x-removed:-+\r$/gm)).toHaveLength(2);
  expect(blanked).toContain('\r\n\r\nauthorization: kept');
});
