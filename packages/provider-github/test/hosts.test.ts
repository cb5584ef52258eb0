import { describe, expect, test } from 'vitest';
import { hostsOf } from '../src/hosts.ts';
import { namesOf } from './request.ts';

describe('the hosts of a Provider', () => {
  test.each([
    [
      undefined,
      [
        'api.github.com github.com uploads.github.com raw.githubusercontent.com codeload.github.com',
        'gist.github.com gist.githubusercontent.com objects.githubusercontent.com release-assets.githubusercontent.com',
        'github-cloud.githubusercontent.com github-cloud.s3.amazonaws.com lfs.github.com',
        'pkg-containers.githubusercontent.com pkg-npm.githubusercontent.com',
        'ghcr.io npm.pkg.github.com maven.pkg.github.com nuget.pkg.github.com rubygems.pkg.github.com',
      ].join(' '),
    ],
    ['github.example.com', 'github.example.com'],
    [
      'octo.ghe.com',
      'api.octo.ghe.com octo.ghe.com uploads.octo.ghe.com raw.octo.ghe.com codeload.octo.ghe.com',
    ],
    [
      'api.octo.ghe.com',
      'api.octo.ghe.com octo.ghe.com uploads.octo.ghe.com raw.octo.ghe.com codeload.octo.ghe.com',
    ],
    ['api.github.com', 'api.github.com'],
  ])('for spec.host %s are %s', (host, expected) => {
    expect(
      hostsOf(host)
        .map((pattern) => pattern.host)
        .join(' '),
    ).toBe(expected);
  });

  test('may have a port on an Enterprise Server', () => {
    expect(hostsOf('github.example.com:8443')).toEqual([
      { host: 'github.example.com', port: 8443, isPrivateAllowed: true },
    ]);
  });

  test('are never a wildcard', () => {
    expect(() => hostsOf('*.example.com')).toThrow(expect.objectContaining({ code: 'config_invalid' }));
  });
});

describe('on other hosts than api.github.com (trap G10)', () => {
  test.each([
    ['POST https://uploads.github.com/repos/o/r/releases/1/assets', 'releases:update'],
    ['GET https://api.octo.ghe.com/repos/o/r/issues', 'issues:read'],
    ['POST https://uploads.octo.ghe.com/repos/o/r/releases/1/assets', 'releases:update'],
    ['GET https://github.example.com/api/v3', 'meta:read'],
    ['GET https://github.example.com/api/v3/repos/o/r/issues', 'issues:read'],
    ['POST https://github.example.com/api/uploads/repos/o/r/releases/1/assets', 'releases:update'],
    ['POST https://github.example.com/api/v3/repos/o/r/tags/protection', 'admin:branch-protection:create'],
    ['GET https://github.example.com/manage/v1/version', 'admin:site:read'],
    ['GET https://github.example.com/o/r/archive/main.zip', 'contents:read'],
    ['GET https://raw.githubusercontent.com/o/r/main/README.md', 'contents:read'],
    ['GET https://codeload.github.com/o/r/tar.gz/refs/heads/main', 'contents:read'],
    ['GET https://github.com/o/r/archive/refs/tags/v1.tar.gz', 'contents:read'],
    ['GET https://gist.githubusercontent.com/user/abc/raw/a.txt', 'gists:read'],
    ['GET https://github.example.com/raw/o/r/main/README.md', 'contents:read'],
    ['GET https://github.example.com/codeload/o/r/zip/main', 'contents:read'],
    ['HEAD https://github.com/o/r/releases/download/v1/a.zip', 'releases:read'],
    ['GET https://github.com/o/r/releases/latest/download/a.zip', 'releases:read'],
    ['GET https://github.com/o/r/raw/main/install.sh', 'contents:read'],
    ['GET https://raw.githubusercontent.com/wiki/o/r/Home.md', 'wiki:read'],
    ['GET https://codeload.github.com/gist/abc/zip/main', 'gists:read'],
    ['GET https://gist.github.com/user/abc/raw', 'gists:read'],
    ['GET https://github.com/o/r/tarball/main', 'contents:read'],
    ['GET https://github.com/o/r/zipball/main', 'contents:read'],
  ])('%s is %s', async (line, name) => {
    const [method = '', url = ''] = line.split(' ');
    expect(await namesOf(method, url)).toEqual([name]);
  });

  test.each([
    'GET https://github.com/o/r',
    'GET https://github.com/o/r/issues',
    'GET https://github.com/o/r/releases/latest',
    'POST https://github.com/o/r/raw/main/install.sh',
    'GET https://github.com/settings/tokens',
    'POST https://github.com/o/r/archive/main.zip',
    'GET https://github.com/o%2Fx/r/archive/main.zip',
    'POST https://github.com/o/r.git/git-receive-pack',
    'GET https://raw.githubusercontent.com/o/r',
    'PUT https://raw.githubusercontent.com/o/r/main/README.md',
    'GET https://github.example.com/repos/o/r/issues',
    'GET https://github.example.com/api',
    'GET https://gist.github.com/repos/o/r',
    'GET https://api.github.com.example.com/repos/o/r/issues',
  ])('%s is unresolved', async (line) => {
    const [method = '', url = ''] = line.split(' ');
    expect(await namesOf(method, url)).toBe('unresolved');
  });
});
