import { expect, test } from 'vitest';
import { json, related, resolve, told } from './storage.ts';

const multipart = { 'content-type': 'multipart/related; boundary=b0' };
type Request = readonly [why: string, method: string, target: string, more?: Parameters<typeof resolve>[2]];

const refused: readonly Request[] = [
  ['a path that is no method', 'GET', '/storage/v1/x'],
  ['raw slashes in the name of an object', 'GET', '/storage/v1/b/bkt/o/a/b'],
  ['an escape in a word of the path', 'GET', '/storage/v1/%62/bkt'],
  ['an upper-case bucket', 'GET', '/storage/v1/b/BKT'],
  ['a bucket that stands for others', 'GET', '/storage/v1/b/_'],
  ['a slash in a bucket', 'GET', '/storage/v1/b/bkt%2Fo%2Fk'],
  ['dot segments in a name', 'GET', '/storage/v1/b/bkt/o/public%2F..%2Fsecret'],
  ['dot segments in a path', 'GET', '/bkt/public/../secret'],
  ['encoded dots in a path', 'GET', '/bkt/public/%2e%2e/secret'],
  ['a name that is no UTF-8', 'GET', '/bkt/%ff'],
  ['a broken escape', 'GET', '/storage/v1/b/bkt/o/%zz'],
  ['a line break in a name', 'GET', '/bkt/a%0d%0ab'],
  ['a method that is none', 'PURGE', '/bkt/k'],
  [
    'another method for the XML API, K1',
    'POST',
    '/bkt/k',
    { headers: { 'X-HTTP-Method-Override': 'DELETE' } },
  ],
  [
    'another method for a GET',
    'GET',
    '/storage/v1/b/bkt/o/k',
    { headers: { 'x-http-method-override': 'DELETE' } },
  ],
  [
    'another method by another field',
    'POST',
    '/storage/v1/b/bkt/o/k',
    { headers: { 'X-HTTP-Method': 'DELETE' } },
  ],
  [
    'two other methods',
    'POST',
    '/storage/v1/b/bkt/o/k',
    { headers: ['x-http-method-override', 'GET', 'X-HTTP-Method-Override', 'DELETE'] },
  ],
  ['the JSON API on the host of a bucket', 'GET', '/storage/v1/b/other/o/k', { bucket: 'bkt' }],
  [
    'uploads on the host of a bucket',
    'POST',
    '/upload/storage/v1/b/other/o?uploadType=media&name=k',
    { bucket: 'bkt' },
  ],
  ['a bucket that is called as an upload', 'GET', '/upload/k'],
  ['a batch', 'POST', '/batch/storage/v1'],
  ['a write by the door of downloads', 'DELETE', '/download/storage/v1/b/bkt/o/k'],
  ['a bucket by the door of downloads', 'GET', '/download/storage/v1/b/bkt'],
  ['a parameter twice', 'GET', '/storage/v1/b/bkt/o?prefix=a&prefix=b'],
  ['a parameter twice, once encoded', 'GET', '/storage/v1/b/bkt/o?prefix=a&%70refix=b'],
  ['a parameter that is not known', 'GET', '/storage/v1/b/bkt/o?$httpMethod=DELETE'],
  ['a parameter in another spelling', 'GET', '/storage/v1/b/bkt/o?Prefix=a'],
  ['a raw semicolon', 'GET', '/storage/v1/b/bkt/o?prefix=a;prefix=b'],
  ['an upload without a name', 'POST', '/upload/storage/v1/b/bkt/o?uploadType=media'],
  ['an upload of no type', 'POST', '/upload/storage/v1/b/bkt/o?name=k'],
  [
    'an upload of another protocol',
    'POST',
    '/upload/storage/v1/b/bkt/o?uploadType=media&name=k',
    { headers: { 'X-Goog-Upload-Protocol': 'raw' } },
  ],
  ['an upload to an object', 'POST', '/upload/storage/v1/b/bkt/o/k?uploadType=media'],
  ['two names', 'POST', '/upload/storage/v1/b/bkt/o?uploadType=resumable&name=k', json({ name: 'other' })],
  [
    'two names in JSON',
    'POST',
    '/upload/storage/v1/b/bkt/o?uploadType=resumable',
    { headers: { 'content-type': 'application/json' }, body: '{"name":"a","name":"b"}' },
  ],
  [
    'another bucket in the metadata',
    'POST',
    '/upload/storage/v1/b/bkt/o?uploadType=resumable',
    json({ name: 'k', bucket: 'other' }),
  ],
  [
    'metadata of another type',
    'POST',
    '/upload/storage/v1/b/bkt/o?uploadType=resumable',
    { headers: { 'content-type': 'text/plain' }, body: '{"name":"k"}' },
  ],
  [
    'a session with another method',
    'POST',
    '/upload/storage/v1/b/bkt/o?uploadType=resumable&name=k&upload_id=x',
  ],
  [
    'multipart with a preamble',
    'POST',
    '/upload/storage/v1/b/bkt/o?uploadType=multipart',
    { headers: multipart, body: `x\r\n${related({ name: 'k' })}` },
  ],
  [
    'multipart that hides its boundary in the metadata',
    'POST',
    '/upload/storage/v1/b/bkt/o?uploadType=multipart',
    { headers: multipart, body: related('{"name":"k","x":"--b0"}') },
  ],
  [
    'multipart whose metadata is encoded',
    'POST',
    '/upload/storage/v1/b/bkt/o?uploadType=multipart',
    {
      headers: multipart,
      body: related({ name: 'k' }).replace('\r\n\r\n', '\r\nContent-Transfer-Encoding: base64\r\n\r\n'),
    },
  ],
  [
    'multipart that is encoded',
    'POST',
    '/upload/storage/v1/b/bkt/o?uploadType=multipart',
    { headers: { ...multipart, 'content-encoding': 'gzip' }, body: related({ name: 'k' }) },
  ],
  [
    'multipart with another boundary',
    'POST',
    '/upload/storage/v1/b/bkt/o?uploadType=multipart',
    { headers: multipart, body: related({ name: 'k' }, { boundary: 'b1' }) },
  ],
  [
    'multipart whose boundary has its apostrophes',
    'POST',
    '/upload/storage/v1/b/bkt/o?uploadType=multipart',
    {
      headers: { 'content-type': "multipart/related; boundary='b0'" },
      body: related({ name: 'k' }, { boundary: "'b0'" }),
    },
  ],
  ['a bucket without a project', 'POST', '/storage/v1/b', json({ name: 'bkt' })],
  ['nothing to compose', 'POST', '/storage/v1/b/bkt/o/k/compose', json({})],
  [
    'a form upload',
    'POST',
    '/bkt',
    { headers: { 'content-type': 'multipart/form-data; boundary=b' }, body: 'x' },
  ],
  ['a form upload to an object', 'POST', '/bkt/k', { body: 'x' }],
  ['two sub-resources', 'GET', '/bkt?acl&cors'],
  ['a sub-resource that is not known', 'PUT', '/bkt?brandNew'],
  ['a field that a signed URL carries', 'PUT', '/bkt/k?x-goog-acl=public-read&X-Goog-Signature=x'],
  [
    'two copy sources',
    'PUT',
    '/bkt/k',
    { headers: { 'x-goog-copy-source': '/a-1/b', 'x-amz-copy-source': '/c-1/d' } },
  ],
  [
    'a copy source with two versions',
    'PUT',
    '/bkt/k',
    { headers: { 'x-goog-copy-source': '/a-1/b?versionId=1?versionId=2' } },
  ],
  [
    'a copy source where nothing is copied',
    'DELETE',
    '/bkt/k',
    { headers: { 'x-goog-copy-source': '/a-1/b' } },
  ],
  [
    'content in frames',
    'PUT',
    '/bkt/k',
    { headers: { 'x-amz-content-sha256': 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD' }, body: 'x' },
  ],
  ['a header that is not known', 'PUT', '/bkt/k', { headers: { 'x-goog-brand-new': 'x' } }],
  [
    'a deletion in a comment',
    'POST',
    '/bkt?delete',
    { body: '<Delete><!-- --><Object><Key>a</Key></Object></Delete>' },
  ],
  [
    'a key twice',
    'POST',
    '/bkt?delete',
    { body: '<Delete><Object><Key>a</Key><Key>b</Key></Object></Delete>' },
  ],
  [
    'deletions that are encoded',
    'POST',
    '/bkt?delete',
    { headers: { 'content-encoding': 'gzip' }, body: 'x' },
  ],
];

test.each(refused.map(([why, method, target, more]) => ({ why, method, target, more })))(
  'leaves $why unresolved: $method $target',
  async ({ method, target, more }) => {
    expect(told(await resolve(method, target, more))).toBeTypeOf('string');
  },
);

test('does not say that a session is on an object which its URL does not name', async () => {
  for (const method of ['PUT', 'DELETE']) {
    const meant = await resolve(method, '/upload/storage/v1/b/bkt/o?uploadType=resumable&upload_id=x');
    expect(told(meant)).toEqual(['objects.create bkt any']);
  }
});

test('judges a POST with another method as both, since the field does not go on', async () => {
  const headers = { 'x-http-method-override': 'GET', 'content-type': 'application/json' };
  const meant = await resolve('POST', '/storage/v1/b/bkt/o', { headers, body: '{"name":"k"}' });
  expect(told(meant)).toEqual(['objects.list bkt []', 'objects.create bkt/objects/k']);
});

test.each([
  ['CRLF', {}, 'b0'],
  ['LF, as older clients write it', { line: '\n' }, 'b0'],
  ['apostrophes, as gcloud writes them', { line: '\n' }, "'b0'"],
  ['quotes', {}, '"b0"'],
])('reads the name in a multipart upload with %s', async (_, options, boundary) => {
  const headers = { 'content-type': `multipart/related; boundary=${boundary}` };
  const body = related({ name: 'a/ü', retention: {} }, options);
  const meant = await resolve('POST', '/upload/storage/v1/b/bkt/o?uploadType=multipart', { headers, body });
  expect(told(meant)).toEqual(['objects.create bkt/objects/a/ü', 'objects.setRetention bkt/objects/a/ü']);
});

test.each([
  [
    'deletes what it composes',
    'POST',
    '/storage/v1/b/bkt/o/k/compose',
    json({ sourceObjects: [{ name: 's' }], deleteSourceObjects: true }),
    ['objects.create bkt/objects/k', 'objects.get bkt/objects/s', 'objects.delete bkt/objects/s'],
  ],
  [
    'restores many, over others',
    'POST',
    '/storage/v1/b/bkt/o/bulkRestore',
    json({ allowOverwrite: true, copySourceAcl: true }),
    [
      'objects.restore bkt',
      'objects.create bkt',
      'objects.delete bkt',
      'objects.getIamPolicy bkt',
      'objects.setIamPolicy bkt',
    ],
  ],
  [
    'deletes a folder that is not empty',
    'DELETE',
    '/storage/v1/b/bkt/managedFolders/a%2Fb%2F?allowNonEmpty=true',
    {},
    ['managedFolders.delete bkt/managedFolders/a/b/', 'managedFolders.setIamPolicy bkt/managedFolders/a/b/'],
  ],
  [
    'sees who may read what it lists',
    'GET',
    '/storage/v1/b/bkt/o?prefix=a&projection=full',
    {},
    ['objects.list bkt [a]', 'objects.getIamPolicy bkt [a]'],
  ],
  [
    'gets past a retention',
    'PATCH',
    '/storage/v1/b/bkt/o/k?overrideUnlockedRetention=true',
    json({ retention: null }),
    [
      'objects.update bkt/objects/k',
      'objects.setRetention bkt/objects/k',
      'objects.overrideUnlockedRetention bkt/objects/k',
    ],
  ],
  [
    'lets another project pay',
    'GET',
    '/bkt/k?userProject=payer',
    { headers: { 'x-goog-user-project': 'other' } },
    [
      'objects.get bkt/objects/k',
      'serviceusage.services.use //cloudresourcemanager.googleapis.com/projects/other',
      'serviceusage.services.use //cloudresourcemanager.googleapis.com/projects/payer',
    ],
  ],
  [
    'opens a multipart upload',
    'POST',
    '/bkt/k?uploads',
    {},
    ['multipartUploads.create bkt/objects/k', 'objects.create bkt/objects/k'],
  ],
  [
    'copies a part',
    'PUT',
    '/bkt/k?uploadId=x&partNumber=1',
    { headers: { 'x-amz-copy-source': '/src/a+b' } },
    [
      'multipartUploads.create bkt/objects/k',
      'objects.create bkt/objects/k',
      'objects.get src/objects/a+b',
      'objects.get src/objects/a b',
    ],
  ],
  ['lists uploads', 'GET', '/bkt?uploads&prefix=a', {}, ['multipartUploads.list bkt [a]']],
  ['lists the buckets of whichever project', 'GET', '/', {}, ['buckets.list any']],
  [
    'makes a bucket that others may read',
    'POST',
    '/storage/v1/b?project=p&predefinedAcl=publicRead&enableObjectRetention=true',
    json({ name: 'bkt', ipFilter: {} }),
    [
      'buckets.create bkt',
      'buckets.setIpFilter bkt',
      'buckets.setIamPolicy bkt',
      'buckets.enableObjectRetention bkt',
    ],
  ],
] as const)('names all of a request that %s', async (_, method, target, more, means) => {
  expect(told(await resolve(method, target, more))).toEqual(means);
});
