import { expect, test } from 'vitest';
import { read, reasonOf } from './reading.ts';

const storage = 'Microsoft.Storage/storageAccounts/';
const blobs = `${storage}blobServices/containers/blobs`;
const lake = (path: string) => `https://acct.dfs.core.windows.net${path}`;
const inLake = (path: string) => `acct.blob.core.windows.net${path}`;
const table = (path: string) => `https://acct.table.core.windows.net${path}`;
const inTables = 'acct.table.core.windows.net';
const entities = `${storage}tableServices/tables/entities`;
const queue = (path: string) => `https://acct.queue.core.windows.net${path}`;
const share = (path: string) => `https://acct.file.core.windows.net${path}`;

test('a path has one spelling through both doors of an account', async () => {
  const through = (host: string) => read({ url: `https://acct.${host}.core.windows.net/lake/dir/a.txt` });
  expect(await through('dfs')).toEqual(await through('blob'));
});

test('renaming reads and deletes the source and writes the target, and what is below both', async () => {
  const headers = { 'x-ms-rename-source': '/other/dir%20a' };
  expect(await read({ method: 'PUT', url: lake('/lake/b'), headers })).toEqual(
    [
      ['read', '/other/dir a'],
      ['read', '/other/dir a/*'],
      ['delete', '/other/dir a'],
      ['delete', '/other/dir a/*'],
      ['write', '/lake/b'],
      ['write', '/lake/b/*'],
    ].map(([verb, path]) => `${blobs}/${verb} ${inLake(path ?? '')}`),
  );
});

test.each([
  ['all of it', '', ''],
  ['a directory', '&directory=dir/sub', 'dir/sub/'],
  ['a directory between slashes', '&directory=%2Fdir%2F', 'dir/'],
])('a listing of %s is of what is below it', async (_what, query, part) => {
  expect(await read({ url: lake(`/lake?resource=filesystem&recursive=true${query}`) })).toEqual([
    `${blobs}/read ${inLake('/lake')} part=${part}`,
  ]);
});

test.each([
  [
    'a rename of itself elsewhere with a signature',
    'PUT',
    '/lake/b',
    { 'x-ms-rename-source': '/lake/a?sig=x' },
  ],
  ['a rename source on an append', 'PATCH', '/lake/b?action=append', { 'x-ms-rename-source': '/lake/a' }],
  ['a rename to a file’s creation', 'PUT', '/lake/b?resource=file', { 'x-ms-rename-source': '/lake/a' }],
  [
    'a rename source that is a URL',
    'PUT',
    '/lake/b',
    { 'x-ms-rename-source': 'https://x.dfs.core.windows.net/lake/a' },
  ],
  ['a path that is made of nothing', 'PUT', '/lake/b', {}],
  ['an unknown action', 'PATCH', '/lake/b?action=brandnew', {}],
  ['two actions', 'PATCH', '/lake/b?action=append&action=flush', {}],
  ['recursive that is neither', 'DELETE', '/lake/b?recursive=yes', {}],
  ['both interfaces at once', 'GET', '/lake?resource=filesystem&restype=container&comp=list', {}],
  [
    'a copy',
    'PUT',
    '/lake/b?resource=file',
    { 'x-ms-copy-source': 'https://acct.blob.core.windows.net/a/b' },
  ],
])('Data Lake: refuses %s', async (_what, method, path, headers) => {
  expect(await reasonOf({ method, url: lake(path), headers })).toBeTypeOf('string');
});

test.each([
  ['an entity by its keys in the other order', 'GET', "/Orders(RowKey='r',PartitionKey='p')", 'read'],
  ['an entity with encoded quotes', 'DELETE', '/Orders(PartitionKey=%27p%27,RowKey=%27r%27)', 'delete'],
  ['keys with quotes of their own', 'GET', "/Orders(PartitionKey='it''s',RowKey='r)')", 'read'],
  ['an old merge', 'MERGE', "/Orders(PartitionKey='p',RowKey='r')", 'write'],
])('tables: reads %s', async (_what, method, path, verb) => {
  expect(await read({ method, url: table(path) })).toEqual([`${entities}/${verb} ${inTables}/Orders`]);
});

test.each([
  ['one key', 'GET', "/Orders(PartitionKey='p')"],
  ['a key that ends early', 'GET', "/Orders(PartitionKey='p',RowKey='r')/x"],
  ['an unquoted key', 'DELETE', '/Orders(PartitionKey=p,RowKey=r)'],
  ['a write to all entities', 'PUT', '/Orders()'],
  ['a dot segment', 'GET', '/x/../Orders()'],
  ['a doubled slash', 'GET', '//Orders()'],
  ['an unknown comp', 'PUT', '/Orders?comp=brandnew'],
  ['a name that no table has', 'GET', '/1()'],
])('tables: refuses %s', async (_what, method, path) => {
  expect(await reasonOf({ method, url: table(path) })).toBeTypeOf('string');
});

test('tables: refuses a method inside another one', async () => {
  const headers = { 'X-HTTP-Method': 'DELETE' };
  const url = table("/Orders(PartitionKey='p',RowKey='r')");
  expect(await reasonOf({ method: 'POST', url, headers })).toContain('another method');
});

const transaction = (inner: string) => ({
  method: 'POST',
  url: table('/$batch'),
  headers: { 'content-type': 'multipart/mixed; boundary=b1' },
  body: `--b1\r\nContent-Type: multipart/mixed; boundary=c1\r\n\r\n--c1\r\nContent-Type: application/http\r\n\r\n${inner}\r\n--c1--\r\n--b1--\r\n`,
});

test('tables: a transaction means what its parts mean (Z2)', async () => {
  expect(
    await read(transaction("DELETE /Orders(PartitionKey='p',RowKey='r') HTTP/1.1\r\nIf-Match: *\r\n")),
  ).toEqual([`${entities}/delete ${inTables}/Orders`]);
});

test.each([
  [
    'for another account',
    "DELETE https://other.table.core.windows.net/Orders(PartitionKey='p',RowKey='r') HTTP/1.1\r\n",
  ],
  ['that is a transaction', 'POST /$batch HTTP/1.1\r\n'],
  ['that is a transaction, encoded', 'POST /%24%62atch HTTP/1.1\r\n'],
  [
    'that deletes by a field',
    "GET /Orders(PartitionKey='p',RowKey='r') HTTP/1.1\r\nX-HTTP-Method: DELETE\r\n",
  ],
])('tables: refuses a part %s', async (_what, inner) => {
  expect(await reasonOf(transaction(inner))).toBeTypeOf('string');
});

test.each([
  ['a peek that is neither', 'GET', '/jobs/messages?peekonly=maybe'],
  ['a peek twice', 'GET', '/jobs/messages?peekonly=true&PeekOnly=false'],
  [
    'a peek by a Kelvin sign, which Azure need not take for a k',
    'GET',
    '/jobs/messages?pee%E2%84%AAonly=true',
  ],
  ['a path below a message', 'DELETE', '/jobs/messages/id/x'],
  ['a message that climbs to the queue', 'DELETE', '/jobs/messages/..'],
  ['a message that climbs, encoded', 'DELETE', '/jobs/messages/%2e%2e'],
  ['a message that climbs further', 'DELETE', '/jobs/messages/..%2f..%2fother'],
  ['a message with a slash', 'DELETE', '/jobs/messages/a%2Fb'],
  ['an empty message', 'DELETE', '/jobs/messages//'],
  ['anything but messages', 'GET', '/jobs/other'],
  ['a queue in capitals', 'GET', '/Jobs/messages'],
])('queues: refuses %s', async (_what, method, path) => {
  expect(await reasonOf({ method, url: queue(path) })).toBeTypeOf('string');
});

test('queues: not peeking is taking', async () => {
  expect(await read({ url: queue('/jobs/messages?peekonly=false') })).toEqual([
    `${storage}queueServices/queues/messages/process/action acct.queue.core.windows.net/jobs`,
  ]);
});

test('files: other permissions are an action of their own, and what SDKs write for none is not', async () => {
  const actions = async (permission: string) =>
    (
      await read({
        method: 'PUT',
        url: share('/share/a?comp=properties'),
        headers: { 'x-ms-file-permission': permission },
      })
    ).map((line) => line.split(' ')[0]?.replace(`${storage}fileServices/`, ''));
  expect(await actions('preserve')).toEqual(['fileShares/files/write', 'writeFileBackupSemantics/action']);
  expect(await actions('O:SYG:SYD:')).toContain('fileShares/files/modifyPermissions/action');
  const twice = ['x-ms-file-permission', 'inherit', 'X-Ms-File-Permission', 'O:SYG:SYD:'];
  expect(await reasonOf({ method: 'PUT', url: share('/share/a?comp=properties'), headers: twice })).toContain(
    'twice',
  );
});

test.each([
  [
    'a rename from another account',
    'PUT',
    '/share/b?comp=rename',
    { 'x-ms-file-rename-source': 'https://other.file.core.windows.net/share/a' },
  ],
  ['a rename from nowhere', 'PUT', '/share/b?comp=rename', {}],
  [
    'a share restored from another one',
    'PUT',
    '/share?restype=share&comp=undelete',
    { 'x-ms-deleted-share-name': 'other' },
  ],
  ['a share’s restype on a path', 'DELETE', '/share/dir?restype=share', {}],
  ['an unknown comp', 'PUT', '/share/a?comp=brandnew', {}],
  [
    'a copy that is none',
    'PUT',
    '/share/a?comp=metadata',
    { 'x-ms-copy-source': 'https://acct.file.core.windows.net/share/x' },
  ],
])('files: refuses %s', async (_what, method, path, headers) => {
  expect(await reasonOf({ method, url: share(path), headers })).toBeTypeOf('string');
});
