import { expect, test } from 'vitest';
import { listOperations } from '../../src/storage/operations.ts';
import methods from './methods.json' with { type: 'json' };
import { json, related, resolve, told } from './storage.ts';

const multipart = { 'content-type': 'multipart/related; boundary=b0' };
type Request = readonly [method: string, target: string, more?: Parameters<typeof resolve>[2]];

/** Every operation that has more than one door, with all of them. */
const operations: Readonly<
  Record<string, { readonly means: readonly string[]; readonly by: readonly Request[] }>
> = {
  'reads an object': {
    means: ['objects.get bkt/objects/a/b c.txt'],
    by: [
      ['GET', '/storage/v1/b/bkt/o/a%2Fb%20c.txt'],
      ['GET', '/storage/v1/b/bkt/o/a%2Fb%20c.txt?alt=media&generation=3'],
      ['GET', '/download/storage/v1/b/bkt/o/a%2Fb%20c.txt?alt=media'],
      // K4: what is the agent's own credential means nothing.
      ['GET', '/storage/v1/b/bkt/o/a%2Fb%20c.txt?access_token=ya29.x&key=AIza'],
      ['GET', '/bkt/a/b%20c.txt'],
      ['GET', '/bkt/a%2Fb%20c.txt?generation=3'],
      ['HEAD', '/bkt/a/b%20c.txt'],
      ['GET', '/a/b%20c.txt', { bucket: 'bkt' }],
      [
        'GET',
        '/a/b%20c.txt?X-Goog-Algorithm=GOOG4-RSA-SHA256&X-Goog-Signature=ab&X-Goog-SignedHeaders=host',
        { bucket: 'bkt' },
      ],
      ['GET', '/bkt/a/b%20c.txt?GoogleAccessId=x&Expires=1&Signature=y'],
    ],
  },
  'makes an object': {
    means: ['objects.create bkt/objects/a/b'],
    by: [
      ['POST', '/storage/v1/b/bkt/o?name=a%2Fb'],
      ['POST', '/storage/v1/b/bkt/o', json({ name: 'a/b' })],
      ['POST', '/upload/storage/v1/b/bkt/o?uploadType=media&name=a%2Fb', { body: 'content' }],
      [
        'POST',
        '/upload/storage/v1/b/bkt/o?uploadType=multipart',
        { headers: multipart, body: related({ name: 'a/b' }) },
      ],
      [
        'POST',
        '/upload/storage/v1/b/bkt/o?uploadType=multipart&name=a/b',
        { headers: multipart, body: related({}) },
      ],
      [
        'POST',
        '/upload/storage/v1/b/bkt/o?uploadType=multipart',
        // gcloud and gsutil
        {
          headers: { 'content-type': "multipart/related; boundary='==b=='" },
          body: related({ name: 'a/b' }, { boundary: '==b==' }),
        },
      ],
      [
        'POST',
        '/upload/storage/v1/b/bkt/o?uploadType=resumable&name=a%2Fb',
        json({ contentType: 'text/plain' }),
      ],
      ['POST', '/upload/storage/v1/b/bkt/o?uploadType=resumable', json({ name: 'a/b', bucket: 'bkt' })],
      ['POST', '/resumable/upload/storage/v1/b/bkt/o?name=a/b'],
      ['PUT', '/upload/storage/v1/b/bkt/o?uploadType=resumable&name=a/b&upload_id=x', { body: 'content' }],
      [
        'PUT',
        '/upload/storage/v1/b/bkt/o?name=a/b&upload_id=x',
        { headers: { 'content-range': 'bytes */*' } },
      ],
      [
        'POST',
        '/upload/storage/v1/b/bkt/o?uploadType=resumable&name=a/b&upload_id=x',
        { headers: { 'content-range': 'bytes 0-6/7' }, body: 'content' },
      ],
      ['DELETE', '/upload/storage/v1/b/bkt/o?uploadType=resumable&name=a/b&upload_id=x'],
      ['PUT', '/bkt/a/b', { body: 'content' }],
      ['POST', '/bkt/a/b', { headers: { 'x-goog-resumable': 'start' } }],
      ['PUT', '/bkt/a/b?upload_id=x', { body: 'content' }],
      ['DELETE', '/bkt/a/b?upload_id=x'],
      ['PUT', '/a/b', { bucket: 'bkt', body: 'content' }],
    ],
  },
  'makes an object that others may read': {
    means: ['objects.create bkt/objects/k', 'objects.setIamPolicy bkt/objects/k'],
    by: [
      ['POST', '/storage/v1/b/bkt/o?name=k&predefinedAcl=publicRead'],
      ['POST', '/storage/v1/b/bkt/o', json({ name: 'k', acl: [] })],
      ['POST', '/upload/storage/v1/b/bkt/o?uploadType=media&name=k&predefinedAcl=publicRead'],
      [
        'POST',
        '/upload/storage/v1/b/bkt/o?uploadType=multipart',
        { headers: multipart, body: related({ name: 'k', acl: [{}] }) },
      ],
      ['POST', '/upload/storage/v1/b/bkt/o?uploadType=resumable', json({ name: 'k', acl: [{}] })],
      ['PUT', '/bkt/k', { headers: { 'x-goog-acl': 'public-read' } }],
      ['PUT', '/k', { bucket: 'bkt', headers: { 'X-Amz-Acl': 'public-read' } }],
    ],
  },
  'deletes an object': {
    means: ['objects.delete bkt/objects/a/b'],
    by: [
      ['DELETE', '/storage/v1/b/bkt/o/a%2Fb?generation=1'],
      ['DELETE', '/bkt/a/b'],
      ['DELETE', '/a/b', { bucket: 'bkt' }],
      ['POST', '/bkt?delete', { body: '<Delete><Object><Key>a/b</Key></Object></Delete>' }],
      [
        'POST',
        '/?delete',
        {
          bucket: 'bkt',
          body: '<Delete><Quiet>true</Quiet><Object><Key>a/b</Key><VersionId>1</VersionId></Object></Delete>',
        },
      ],
      ['POST', '/storage/v1/b/bkt/o/a%2Fb', { headers: { 'X-HTTP-Method-Override': 'DELETE' } }],
    ],
  },
  'lists objects': {
    means: ['objects.list bkt [a/]'],
    by: [
      ['GET', '/storage/v1/b/bkt/o?prefix=a%2F&delimiter=/'],
      ['GET', '/storage/v1/b/bkt/o?prefix=a/&matchGlob=**&startOffset=a/b&versions=true'],
      ['GET', '/bkt?prefix=a/'],
      ['GET', '/bkt/?list-type=2&prefix=a%2F'],
      ['GET', '/bkt/?versions&prefix=a/'],
      ['GET', '/?prefix=a/', { bucket: 'bkt' }],
    ],
  },
  'copies an object': {
    means: ['objects.create dst/objects/k', 'objects.get src/objects/a/b'],
    by: [
      ['POST', '/storage/v1/b/src/o/a%2Fb/rewriteTo/b/dst/o/k'],
      // rclone
      ['POST', '/storage/v1/b/src/o/a%2Fb/rewriteTo/b/dst/o/k', json(null)],
      ['POST', '/storage/v1/b/src/o/a%2Fb/copyTo/b/dst/o/k', json({ contentType: 'text/plain' })],
      ['PUT', '/dst/k', { headers: { 'x-goog-copy-source': '/src/a/b' } }],
      ['PUT', '/dst/k', { headers: { 'x-amz-copy-source': 'src/a%2Fb?versionId=3' } }],
      ['PUT', '/k', { bucket: 'dst', headers: { 'X-Goog-Copy-Source': 'src/a/b' } }],
    ],
  },
  'composes an object': {
    means: ['objects.create bkt/objects/k', 'objects.get bkt/objects/a', 'objects.get bkt/objects/b'],
    by: [
      [
        'POST',
        '/storage/v1/b/bkt/o/k/compose',
        json({ sourceObjects: [{ name: 'a' }, { name: 'b', generation: '1' }] }),
      ],
      [
        'PUT',
        '/bkt/k?compose',
        {
          body: '<ComposeRequest><Component><Name>a</Name></Component><Component><Name>b</Name><Generation>1</Generation></Component></ComposeRequest>',
        },
      ],
    ],
  },
  'reads who may read an object': {
    means: ['objects.getIamPolicy bkt/objects/k'],
    by: [
      ['GET', '/storage/v1/b/bkt/o/k/acl'],
      ['GET', '/storage/v1/b/bkt/o/k/acl/allUsers'],
      ['GET', '/storage/v1/b/bkt/o/k/iam'],
      ['GET', '/bkt/k?acl'],
    ],
  },
  'changes who may read an object': {
    means: ['objects.setIamPolicy bkt/objects/k'],
    by: [
      ['POST', '/storage/v1/b/bkt/o/k/acl', json({ entity: 'allUsers' })],
      ['PATCH', '/storage/v1/b/bkt/o/k/acl/allUsers', json({ role: 'OWNER' })],
      ['DELETE', '/storage/v1/b/bkt/o/k/acl/allUsers'],
      ['PUT', '/storage/v1/b/bkt/o/k/iam', json({ bindings: [] })],
      ['PUT', '/bkt/k?acl', { body: '<x/>' }],
    ],
  },
  'changes who may use a bucket': {
    means: ['buckets.setIamPolicy bkt'],
    by: [
      ['POST', '/storage/v1/b/bkt/acl', json({ entity: 'allUsers' })],
      ['PUT', '/storage/v1/b/bkt/defaultObjectAcl/allUsers', json({ role: 'OWNER' })],
      ['PUT', '/storage/v1/b/bkt/iam', json({ bindings: [] })],
      ['PUT', '/bkt?acl', { body: '<x/>' }],
      ['PUT', '/?defaultObjectAcl', { bucket: 'bkt' }],
    ],
  },
  'changes a bucket': {
    means: ['buckets.update bkt'],
    by: [
      ['PATCH', '/storage/v1/b/bkt', json({ labels: {} })],
      ['PUT', '/storage/v1/b/bkt', json({ name: 'bkt' })],
      ['POST', '/storage/v1/b/bkt/lockRetentionPolicy?ifMetagenerationMatch=1'],
      ['DELETE', '/storage/v1/b/bkt/notificationConfigs/1'],
      ...[
        'cors',
        'lifecycle',
        'versioning',
        'logging',
        'website',
        'tagging',
        'billing',
        'storageClass',
        'encryptionConfig',
      ].map((name): Request => ['PUT', `/bkt?${name}`]),
      ['DELETE', '/?cors', { bucket: 'bkt' }],
    ],
  },
  'asks whether a bucket is there': {
    means: ['buckets.get bkt existence'],
    by: [
      ['GET', '/storage/v1/b/bkt?fields=name,location'],
      ['HEAD', '/bkt'],
      ['HEAD', '/', { bucket: 'bkt' }],
      ['GET', '/bkt?location'],
    ],
  },
  'deletes a bucket': {
    means: ['buckets.delete bkt'],
    by: [
      ['DELETE', '/storage/v1/b/bkt'],
      ['DELETE', '/bkt'],
      ['DELETE', '/bkt/'],
      ['DELETE', '/', { bucket: 'bkt' }],
    ],
  },
  'makes a bucket': {
    means: ['buckets.create bkt'],
    by: [
      ['POST', '/storage/v1/b?project=p', json({ name: 'bkt' })],
      ['PUT', '/bkt', { headers: { 'x-goog-project-id': 'p' } }],
      ['PUT', '/', { bucket: 'bkt' }],
    ],
  },
  'lists buckets': {
    means: ['buckets.list projects/p []'],
    by: [
      ['GET', '/storage/v1/b?project=p'],
      ['GET', '/', { headers: { 'x-goog-project-id': 'p' } }],
      ['GET', '/?project=p'],
    ],
  },
};

const byDoor = Object.entries(operations).flatMap(([what, { means, by }]) =>
  by.map(([method, target, more]) => ({ what, means, method, target, more })),
);

test.each(byDoor)(
  '$what by $method $target, which is K3 of the traps',
  async ({ means, method, target, more }) => {
    const meant = told(await resolve(method, target, more));
    expect(typeof meant === 'string' ? meant : meant.toSorted()).toEqual(means);
  },
);

test.each([
  [
    'K5: an encoded slash is part of the name',
    '/storage/v1/b/b-1/o/a%2Fb%2Fc',
    ['objects.get b-1/objects/a/b/c'],
  ],
  ['empty parts are part of the name', '/b-1//a//b', ['objects.get b-1/objects//a//b']],
  ['the same with the JSON API', '/storage/v1/b/b-1/o/%2Fa%2F%2Fb', ['objects.get b-1/objects//a//b']],
  ['Unicode is decoded', '/storage/v1/b/b-1/o/%E2%98%83', ['objects.get b-1/objects/☃']],
  ['an escape is taken off once', '/storage/v1/b/b-1/o/a%252Fb', ['objects.get b-1/objects/a%2Fb']],
  [
    'a plus is itself, and to some a space',
    '/b-1/a+b',
    ['objects.get b-1/objects/a+b', 'objects.get b-1/objects/a b'],
  ],
  ['a trailing slash is part of the name', '/b-1/a/', ['objects.get b-1/objects/a/']],
])('%s', async (_, target, means) => {
  expect(told(await resolve('GET', target))).toEqual(means);
});

/** A name for each letter of a template. */
const samples: Readonly<Record<string, string>> = {
  b: 'bkt',
  o: 'a%2Fb',
  B: 'dst',
  O: 'x',
  n: 'one',
  N: 'two',
  p: 'proj',
};
const bodies: Readonly<Record<string, unknown>> = {
  'POST b': { name: 'bkt' },
  'POST b/{b}/folders': { name: 'f/' },
  'POST b/{b}/managedFolders': { name: 'f/' },
  'POST b/{b}/o': { name: 'a/b' },
  'POST b/{B}/o/{O}/compose': { sourceObjects: [{ name: 's' }] },
};

test('knows what every method means that it knows', () => {
  expect(listOperations().toSorted()).toEqual(Object.keys(methods).toSorted());
});

test.each(Object.entries(methods))('%s needs %j', async (route, needs) => {
  const [method = '', path = ''] = route.split(' ');
  const target = `/storage/v1/${path.replace(/\{(\w)\}/g, (_, letter) => samples[letter] ?? '')}`;
  const body = bodies[route];
  const query = path === 'b' ? '?project=proj' : '';
  expect(told(await resolve(method, target + query, body === undefined ? {} : json(body)))).toEqual(needs);
});

test('a notification is on the topic that gets it, too', async () => {
  const topic = '//pubsub.googleapis.com/projects/q/topics/t';
  const made = (content: object) => resolve('POST', '/storage/v1/b/bkt/notificationConfigs', json(content));
  expect(told(await made({ topic }))).toEqual(['buckets.update bkt', `buckets.update ${topic}`]);
  for (const other of ['projects/q/topics/t', `${topic}/x`, 1, undefined]) {
    expect(told(await made({ topic: other }))).toEqual(['buckets.update bkt', 'buckets.update any']);
  }
});
