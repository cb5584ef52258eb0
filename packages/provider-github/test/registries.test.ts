import { describe, expect, test } from 'vitest';
import { apiRootsOf } from '../src/hosts.ts';
import { createLookup } from '../src/lookup.ts';
import { createResolver } from '../src/resolve.ts';
import { requestOf, resolve } from './request.ts';

const on = (name: string, resource?: string) =>
  resource === undefined ? { name, reach: 'any' } : { name, resource };

describe('registries of packages', () => {
  test.each([
    ['GET https://ghcr.io/v2/', [{ name: 'packages:read' }]],
    ['GET https://ghcr.io/v2/o/i/manifests/latest', [on('packages:read', 'o/i')]],
    ['HEAD https://ghcr.io/v2/o/i/deep/blobs/sha256:ab', [on('packages:read', 'o/i')]],
    ['GET https://ghcr.io/v2/o/i/tags/list', [on('packages:read', 'o/i')]],
    ['GET https://ghcr.io/v2/o/i/referrers/sha256:ab', [on('packages:read', 'o/i')]],
    ['POST https://ghcr.io/v2/o/i/blobs/uploads/', [on('packages:create', 'o/i')]],
    ['PATCH https://ghcr.io/v2/o/i/blobs/upload/1.2', [on('packages:create', 'o/i')]],
    ['PUT https://ghcr.io/v2/o/i/manifests/v1', [on('packages:create', 'o/i')]],
    ['DELETE https://ghcr.io/v2/o/i/manifests/v1', [on('packages:delete', 'o/i')]],
    [
      'POST https://ghcr.io/v2/o/i/blobs/uploads/?mount=sha256:ab&from=other/secret',
      [on('packages:create', 'o/i'), on('packages:read', 'other/secret')],
    ],
    [
      'POST https://ghcr.io/v2/o/i/blobs/uploads/?mount=sha256:ab',
      [on('packages:create', 'o/i'), on('packages:read')],
    ],
    ['GET https://npm.pkg.github.com/@o%2fname', [on('packages:read', 'o/name')]],
    ['GET https://npm.pkg.github.com/download/@o/name/1.0.0/abc', [on('packages:read', 'o/name')]],
    ['PUT https://npm.pkg.github.com/@o%2Fname', [on('packages:create', 'o/name')]],
    ['PUT https://npm.pkg.github.com/-/package/@o%2fname/dist-tags/next', [on('packages:create', 'o/name')]],
    [
      'DELETE https://npm.pkg.github.com/-/package/@o%2fname/dist-tags/next',
      [on('packages:delete', 'o/name')],
    ],
    ['GET https://npm.pkg.github.com/-/whoami', [{ name: 'packages:read' }]],
    ['GET https://npm.pkg.github.com/-/v1/search?text=x', [on('packages:read')]],
    ['GET https://npm.pkg.github.com/name', [on('packages:read')]],
    ['GET https://maven.pkg.github.com/o/r/com/x/1/x.jar', [on('packages:read', 'o/r')]],
    ['PUT https://maven.pkg.github.com/o/r/com/x/1/x.jar', [on('packages:create', 'o/r')]],
    ['GET https://nuget.pkg.github.com/o/index.json', [on('packages:read')]],
    ['POST https://rubygems.pkg.github.com/o/api/v1/gems', [on('packages:create')]],
  ])('%s', async (line, actions) => {
    const [method = '', url = ''] = line.split(' ');
    expect(await resolve(method, url)).toEqual({ actions });
  });

  test.each([
    'GET https://ghcr.io/',
    'GET https://ghcr.io/v2/_catalog',
    'GET https://ghcr.io/v2/manifests/latest',
    'GET https://ghcr.io/v1/o/i/tags/list',
    'GET https://maven.pkg.github.com/o/r',
  ])('%s is unresolved', async (line) => {
    const [method = '', url = ''] = line.split(' ');
    expect(await resolve(method, url)).toHaveProperty('unresolved');
  });
});

describe('what GitHub has signed', () => {
  test.each([
    [
      'GET https://objects.githubusercontent.com/github-production-release-asset-2e65be/1/x?sig=y',
      { name: 'releases:read' },
    ],
    [
      'GET https://release-assets.githubusercontent.com/github-production-release-asset/1/x?sig=y',
      { name: 'releases:read' },
    ],
    ['GET https://github-cloud.githubusercontent.com/alambic/media/1/x', { name: 'contents:read' }],
    [
      'GET https://pkg-containers.githubusercontent.com/ghcr1/blobs/sha256:ab?sig=y',
      { name: 'packages:read' },
    ],
    [
      'PUT https://github-cloud.s3.amazonaws.com/alambic/media/1/x?actor_id=1',
      { name: 'contents:push', hasNoPart: true, reach: 'any' },
    ],
    [
      'PUT https://github-cloud.s3.amazonaws.com/alambic/media/1/x?repo_id=1',
      { name: 'contents:push', hasNoPart: true, resource: 'o/r' },
    ],
    [
      'PUT https://github-cloud.s3.amazonaws.com/alambic/media/1/x?repo_id=1&repo_id=2',
      { name: 'contents:push', hasNoPart: true, reach: 'any' },
    ],
    [
      'POST https://lfs.github.com/o/r/objects/x/verify',
      { name: 'contents:push', hasNoPart: true, resource: 'o/r' },
    ],
  ])('%s', async (line, action) => {
    const [method = '', url = ''] = line.split(' ');
    const lookup = createLookup({
      api: apiRootsOf(undefined),
      isOffline: false,
      now: () => 0,
      inject: () => {},
      fetch: async () => new Response('{"id":1,"full_name":"o/r"}'),
    });
    expect(await createResolver(lookup)(requestOf(method, url))).toEqual({ actions: [action] });
  });

  test.each([
    'PUT https://objects.githubusercontent.com/x/1',
    'DELETE https://github-cloud.s3.amazonaws.com/alambic/media/1/x',
  ])('%s is unresolved', async (line) => {
    const [method = '', url = ''] = line.split(' ');
    expect(await resolve(method, url)).toHaveProperty('unresolved');
  });
});
