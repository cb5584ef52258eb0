import { expect, test } from 'vitest';
import { read, reasonOf } from './reading.ts';

const host = 'acct.blob.core.windows.net';
const at = (path: string) => `https://${host}${path}`;
const blobs = 'Microsoft.Storage/storageAccounts/blobServices/containers/blobs';

test.each([
  ['an encoded slash', '/box/a%2Fb', ['box/a/b']],
  ['a plus, which is itself', '/box/a+b', ['box/a+b']],
  ['an escape of an escape, taken off once', '/box/a%252Fb', ['box/a%2Fb']],
  ['an empty segment, which a hierarchy does not keep', '/box/a//b', ['box/a//b', 'box/a/b']],
  ['a dot at a segment’s end', '/box/a./b', ['box/a./b', 'box/a/b']],
  ['a slash at the end', '/box/a/', ['box/a/', 'box/a']],
  ['a blob of the root container', '/a.txt', ['$root/a.txt']],
  ['the container of a website', '/$web/index.html', ['$web/index.html']],
  ['the container of logs', '/$logs/blob/1', ['$logs/blob/1']],
  ['text in UTF-8', '/box/%C3%BC', ['box/ü']],
])('reads the name of a blob with %s', async (_what, path, names) => {
  expect(await read({ url: at(path) })).toEqual(names.map((name) => `${blobs}/read ${host}/${name}`));
});

test.each([
  ['a dot segment', '/box/../other/x'],
  ['an encoded dot segment', '/box/%2e%2e/other/x'],
  ['a dot segment behind an encoded slash', '/box/a%2F..%2F..%2Fother'],
  ['a segment of dots', '/box/.../x'],
  ['dots that some servers cut at a semicolon', '/box/..;/x'],
  ['a backslash', '/box/a%5Cb'],
  ['a control character', '/box/a%00b'],
  ['what is not UTF-8', '/box/%ff'],
  ['a container in capitals', '/Box/x'],
  ['an empty container', '//box/x'],
  ['an encoded slash in the container', '/box%2Fother/x'],
])('refuses a path with %s', async (_what, path) => {
  expect(await reasonOf({ url: at(path) })).toBeTypeOf('string');
});

test.each([
  ['comp twice', 'GET', '/box/x?comp=tags&comp=metadata'],
  ['comp twice in two cases', 'GET', '/box/x?comp=tags&COMP=metadata'],
  ['restype twice', 'GET', '/box?restype=container&restype=account&comp=list'],
  ['prefix twice', 'GET', '/box?restype=container&comp=list&prefix=a&prefix=b'],
  ['an unknown comp', 'PUT', '/box/x?comp=brandnew'],
  ['an empty comp', 'PUT', '/box/x?comp='],
  ['an unknown parameter', 'GET', '/box/x?brandnew=1'],
  ['an unknown restype', 'GET', '/box?restype=directory'],
  ['a container’s restype on a blob', 'DELETE', '/box/x?restype=container'],
  ['an unknown deletetype', 'DELETE', '/box/x?deletetype=brandnew'],
  ['a method that the service has not', 'PATCH', '/box/x'],
  ['a listing without restype', 'GET', '/box?comp=list'],
])('refuses %s', async (_what, method, path) => {
  expect(await reasonOf({ method, url: at(path) })).toBeTypeOf('string');
});

test('a secondary host and a route of its own are the account', async () => {
  const expected = [`${blobs}/read ${host}/box/x`];
  expect(await read({ url: 'https://acct-secondary.blob.core.windows.net/box/x' })).toEqual(expected);
  expect(await read({ url: 'https://acct-internetrouting.blob.core.windows.net/box/x' })).toEqual(expected);
});

test('names in the query are read without case', async () => {
  const url = at('/box?RESTYPE=container&Comp=list&Prefix=dir%2F');
  expect(await read({ url })).toEqual([`${blobs}/read ${host}/box part=dir/`]);
});

test('the version of a blob and what is deleted for good have actions of their own', async () => {
  const deletion = (query: string) => read({ method: 'DELETE', url: at(`/box/x${query}`) });
  expect(await deletion('')).toEqual([`${blobs}/delete ${host}/box/x`]);
  expect(await deletion('?versionid=1')).toEqual([`${blobs}/deleteBlobVersion/action ${host}/box/x`]);
  expect(await deletion('?deletetype=permanent&snapshot=1')).toEqual([
    `${blobs}/permanentDelete/action ${host}/box/x`,
  ]);
});

test('fields that hold a blob add the action that overrides holds', async () => {
  const headers = { 'x-ms-legal-hold': 'true', 'x-ms-tags': 'a=b' };
  expect(await read({ method: 'PUT', url: at('/box/x'), headers, body: 'x' })).toEqual([
    `${blobs}/write ${host}/box/x`,
    `${blobs}/tags/write ${host}/box/x`,
    `${blobs}/immutableStorage/runAsSuperUser/action ${host}/box/x`,
  ]);
});

test.each([
  [
    'restored from another one',
    '/box?restype=container&comp=undelete',
    { 'x-ms-deleted-container-name': 'old' },
  ],
  ['restored from nothing', '/box?restype=container&comp=undelete', {}],
  ['renamed here', '/box/x', { 'x-ms-rename-source': '/other/y' }],
])('refuses what is %s', async (_what, path, headers) => {
  expect(await reasonOf({ method: 'PUT', url: at(path), headers })).toBeTypeOf('string');
});

test('a container is restored by its own name', async () => {
  const headers = { 'x-ms-deleted-container-name': 'box', 'x-ms-deleted-container-version': '1' };
  expect(await read({ method: 'PUT', url: at('/box?restype=container&comp=undelete'), headers })).toEqual([
    `Microsoft.Storage/storageAccounts/blobServices/containers/write ${host}/box`,
  ]);
});

test('renaming a container deletes the other one', async () => {
  const headers = { 'x-ms-source-container-name': 'old' };
  expect(await read({ method: 'PUT', url: at('/new?restype=container&comp=rename'), headers })).toEqual([
    `Microsoft.Storage/storageAccounts/blobServices/containers/write ${host}/new`,
    `Microsoft.Storage/storageAccounts/blobServices/containers/delete ${host}/old`,
  ]);
});

const copyFrom = (source: string, path = '/box/x') => ({
  method: 'PUT',
  url: at(path),
  headers: { 'x-ms-copy-source': source },
});

test.each([
  [
    'another account',
    'https://other.blob.core.windows.net/src/b%20c',
    ['other.blob.core.windows.net/src/b c'],
  ],
  ['a secondary host', 'https://acct-secondary.blob.core.windows.net/src/b', [`${host}/src/b`]],
  ['Data Lake’s door', 'https://acct.dfs.core.windows.net/src/b', [`${host}/src/b`]],
  [
    'a zoned account',
    'https://acct.z01.blob.storage.azure.net/src/b',
    ['acct.z01.blob.storage.azure.net/src/b'],
  ],
  ['a snapshot', 'https://acct.blob.core.windows.net/src/b?snapshot=1', [`${host}/src/b`]],
  ['the root container', 'https://acct.blob.core.windows.net/b', [`${host}/$root/b`]],
  ['any other host', 'https://example.com/data/b.csv', ['example.com/data/b.csv']],
  [
    'a look-alike of storage',
    'https://acct.blob.core.windows.net.evil.com/src/b',
    ['acct.blob.core.windows.net.evil.com/src/b'],
  ],
])('a copy from %s reads it and writes the blob', async (_what, source, read_) => {
  expect(await read(copyFrom(source))).toEqual([
    ...read_.map((resource) => `${blobs}/read ${resource}`),
    `${blobs}/write ${host}/box/x`,
  ]);
});

test('a copy from a share reads the file there', async () => {
  expect(
    await read(copyFrom('https://acct.file.core.windows.net/share/a.txt', '/box/x?comp=block&blockid=AA')),
  ).toEqual([
    'Microsoft.Storage/storageAccounts/fileServices/fileShares/files/read acct.file.core.windows.net/share/a.txt',
    'Microsoft.Storage/storageAccounts/fileServices/readFileBackupSemantics/action acct.file.core.windows.net/share/a.txt',
    `${blobs}/write ${host}/box/x`,
  ]);
});

test.each([
  ['with a signature', copyFrom('https://acct.blob.core.windows.net/src/b?sv=2025-01-05&sp=r&sig=x')],
  ['with a signature in another spelling', copyFrom('https://acct.blob.core.windows.net/src/b?sp=r&%53ig=x')],
  ['elsewhere with a query', copyFrom('https://bucket.s3.amazonaws.com/a?X-Amz-Signature=x')],
  ['with user information', copyFrom('https://me@acct.blob.core.windows.net/src/b')],
  ['on another port', copyFrom('https://acct.blob.core.windows.net:8443/src/b')],
  ['with dot segments', copyFrom('https://acct.blob.core.windows.net/src/../b/c')],
  ['that is relative', copyFrom('/a/b')],
  ['without a container', copyFrom('https://acct.blob.core.windows.net//src/b')],
  [
    'on a request that copies nothing',
    copyFrom('https://acct.blob.core.windows.net/src/b', '/box/x?comp=metadata'),
  ],
  [
    'twice',
    {
      method: 'PUT',
      url: at('/box/x'),
      headers: [
        'x-ms-copy-source',
        'https://a12.blob.core.windows.net/src/b',
        'X-Ms-Copy-Source',
        'https://b12.blob.core.windows.net/src/b',
      ],
    },
  ],
])('refuses a copy source %s', async (_what, text) => {
  expect(await reasonOf(text)).toBeTypeOf('string');
});

const batch = (parts: readonly string[], path = '/?comp=batch') => ({
  method: 'POST',
  url: at(path),
  headers: { 'content-type': 'multipart/mixed; boundary=b1' },
  body: `${parts.map((part) => `--b1\r\nContent-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n\r\n${part}\r\n`).join('')}--b1--\r\n`,
});

test('a batch means what its parts mean (Z2)', async () => {
  const parts = [
    'DELETE /box/a HTTP/1.1\r\nx-ms-version: 2025-01-05\r\n',
    `PUT ${at('/box/b?comp=tier')} HTTP/1.1\r\n`,
  ];
  expect(await read(batch(parts))).toEqual([`${blobs}/delete ${host}/box/a`, `${blobs}/write ${host}/box/b`]);
});

test.each([
  ['a part for another host', batch(['DELETE https://other.blob.core.windows.net/box/a HTTP/1.1\r\n'])],
  [
    'a part with a Host of its own',
    batch(['DELETE /box/a HTTP/1.1\r\nHost: other.blob.core.windows.net\r\n']),
  ],
  [
    'a part outside of the container',
    batch(['DELETE /other/a HTTP/1.1\r\n'], '/box?restype=container&comp=batch'),
  ],
  ['a batch inside', batch(['POST /?comp=batch HTTP/1.1\r\n'])],
  ['a part with content', batch(['PUT /box/a HTTP/1.1\r\n\r\nx'])],
  ['a part that is no request', batch(['box/a'])],
  ['no part', batch([])],
  ['a folded field', batch(['DELETE /box/a HTTP/1.1\r\nA: b\r\n c: d'])],
  ['something before the first boundary', { ...batch(['DELETE /box/a HTTP/1.1\r\n']), body: 'x\r\n--b1--' }],
  [
    'another type',
    {
      ...batch(['DELETE /box/a HTTP/1.1\r\n']),
      headers: { 'content-type': 'multipart/form-data; boundary=b1' },
    },
  ],
])('refuses a batch with %s', async (_what, text) => {
  expect(await reasonOf(text)).toBeTypeOf('string');
});

test('asks for no other method', async () => {
  const headers = { 'X-HTTP-Method-Override': 'DELETE' };
  expect(await reasonOf({ method: 'POST', url: at('/box/x?comp=query'), headers })).toContain(
    'another method',
  );
});

test('says that websites take no token', async () => {
  expect(await reasonOf({ url: 'https://acct.z6.web.core.windows.net/' })).toContain('take no token');
});

test('a container that is made open to everyone also takes what sets its access', async () => {
  const request = { method: 'PUT', url: at('/box?restype=container') };
  const [container] = blobs.split('/blobs');
  const made = `${container}/write ${host}/box`;
  expect(await read(request)).toEqual([made]);
  expect(await read({ ...request, headers: { 'x-ms-blob-public-access': 'blob' } })).toEqual([
    made,
    `${container}/setAcl/action ${host}/box`,
  ]);
});

test.each([
  ['an owner', { 'x-ms-owner': 'o' }, ['manageOwnership']],
  ['a list', { 'x-ms-acl': 'user::rwx' }, ['modifyPermissions']],
  [
    'an owner and a list',
    { 'x-ms-owner': 'o', 'x-ms-acl': 'user::rwx' },
    ['manageOwnership', 'modifyPermissions'],
  ],
  [
    'a group and a mode',
    { 'x-ms-group': 'g', 'x-ms-permissions': '0777' },
    ['manageOwnership', 'modifyPermissions'],
  ],
  ['nothing', {}, ['modifyPermissions']],
])('Data Lake: to set the access by %s takes what each of them takes', async (_what, headers, verbs) => {
  const url = 'https://acct.dfs.core.windows.net/box/a?action=setAccessControl';
  expect(await read({ method: 'PATCH', url, headers })).toEqual(
    verbs.map((verb) => `${blobs}/${verb}/action ${host}/box/a`),
  );
});
