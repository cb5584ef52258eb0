import { expect, test } from 'vitest';
import { loadApi, scopesOf, serviceNames } from '../src/catalogue.ts';
import { endpointAt } from '../src/resolve.ts';

test.each([
  ['pubsub', ['cloud-platform']],
  ['bigtable', ['cloud-platform']],
  ['drive', ['drive', 'drive.apps.readonly']],
  ['sheets', ['drive']],
  ['youtubeanalytics', ['youtube']],
])('a token for %s asks for %j', (service, scopes) => {
  expect(scopesOf(`${service}.googleapis.com`)).toEqual(
    scopes.map((scope) => `https://www.googleapis.com/auth/${scope}`),
  );
});

test('every scope is one that Google has a URL for, or openid', async () => {
  for (const service of await serviceNames()) {
    const scopes = scopesOf(service);
    expect(scopes.length).toBeGreaterThan(0);
    for (const scope of scopes) expect(scope).toMatch(/^(?:https:\/\/\S+|openid)$/);
  }
});

test.each([
  ['/drive/v3/files', 'drive'],
  ['/upload/drive/v3/files', 'drive'],
  ['/resumable/upload/youtube/v3/videos', 'youtube'],
  ['/batch/calendar/v3', 'calendar'],
  ['/download/storage/v1/b/b/o/k', 'storage'],
  ['/compute/v1/projects/p', 'compute'],
  ['/sql/v1beta4/projects/p', 'sqladmin'],
  ['/unheardof/v1', 'www'],
  ['/', 'www'],
])('on the shared host %s is of %s', (path, service) => {
  expect(endpointAt({ service: 'www.googleapis.com' }, path)).toEqual({
    service: `${service}.googleapis.com`,
  });
  expect(endpointAt({ service: 'pubsub.googleapis.com' }, path)).toEqual({
    service: 'pubsub.googleapis.com',
  });
});

test('an API that was dropped for others is loaded again, and one that there is not is none', async () => {
  const first = await loadApi('pubsub.googleapis.com');
  expect(await loadApi('pubsub.googleapis.com')).toBe(first);
  for (const service of (await serviceNames()).slice(0, 12)) await loadApi(service);
  const again = await loadApi('pubsub.googleapis.com');
  expect(again).not.toBe(first);
  expect(again?.prefix).toBe('pubsub');
  expect(await loadApi('__proto__.googleapis.com')).toBeUndefined();
  expect(await loadApi('unheardof.googleapis.com')).toBeUndefined();
});
