import { Readable } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { emptyCloneToken } from '../src/clone-token.ts';
import { requestOf } from './request.ts';

const repository = '{"full_name":"o/ü","temp_clone_token" : "AB\\"CANARY-0001","private":true}';
const left = '{"full_name":"o/ü","temp_clone_token" : "","private":true}';

/** What is left of an answer that comes in pieces of `size` bytes; undefined where it is not read. */
async function answer(path: string, text: string, size = 7, headers: string[] = [], method = 'GET') {
  const filter = emptyCloneToken({ status: 200, headers }, requestOf(method, path));
  const bytes = Buffer.from(text);
  const pieces = Array.from({ length: Math.ceil(bytes.length / size) }, (_, i) =>
    bytes.subarray(i * size, (i + 1) * size),
  );
  const content = filter?.(Readable.from(pieces));
  return content === undefined ? undefined : Buffer.concat(await content.toArray()).toString();
}

describe('the token to clone a repository', () => {
  test.each([
    '/repos/o/r',
    '/repos/o/r/',
    '/REPOS/o/r?x=1',
    '/repositories/7',
    'https://ghe.example.com/api/v3/repos/o/r',
  ])('does not come with %s', async (path) => {
    expect(await answer(path, repository)).toBe(left);
    expect(await answer(path, repository, 1)).toBe(left);
  });

  test.each([
    '/user/repos',
    '/orgs/o/repos',
    '/repos/o/r/forks',
    '/repos/o/r/generate',
    '/repos/o/r/transfer',
    '/repos/o/r/security-advisories/GHSA-1/forks',
    '/repositories/7/forks/',
    'https://ghe.example.com/api/v3/user/repos',
  ])('does not come with what POST %s makes', async (path) => {
    expect(await answer(path, repository, 7, [], 'POST')).toBe(left);
    expect(await answer(path, repository)).toBeUndefined();
  });

  test('is not looked for in a gist that is forked', async () => {
    expect(await answer('/gists/1/forks', repository, 7, [], 'POST')).toBeUndefined();
  });

  test.each(['/repos/o/r/issues', '/user', 'https://github.com/o/r/archive/main.zip'])(
    'is not looked for in %s',
    async (path) => {
      expect(await answer(path, repository)).toBeUndefined();
    },
  );

  test('leaves null and the rest alone', async () => {
    const text = '{"temp_clone_token":null,"description":"temp_clone_token"}';
    expect(await answer('/repos/o/r', text)).toBe(text);
  });

  test('is not passed on in content that cannot be read', async () => {
    const gzip = ['content-encoding', 'gzip'];
    await expect(answer('/repos/o/r', repository, 7, gzip)).rejects.toThrow(/compressed/);
    await expect(answer('/repos/o/r', ' '.repeat(2 << 20), 1 << 16)).rejects.toThrow(/larger/);
  });
});
