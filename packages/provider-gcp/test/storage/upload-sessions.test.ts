import { requestFor } from '@pai/core/conformance';
import { expect, test } from 'vitest';
import { resolveStorage } from '../../src/storage/resolve.ts';
import { createUploadSessions } from '../../src/storage/upload-sessions.ts';
import { told } from './storage.ts';

const host = 'https://storage.googleapis.com';
const uploads = `${host}/upload/storage/v1/b/bkt/o?uploadType=resumable`;
const endpoint = { service: 'storage.googleapis.com' };

/** Opens a session as clients do that name the object in the metadata; the service answers with this. */
async function open(name: string, status: number, headers: string[]) {
  const sessions = createUploadSessions();
  const request = requestFor({
    method: 'POST',
    url: uploads,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ name }),
  });
  expect(told(await resolveStorage(request, endpoint, { sessions }))).toEqual([
    `objects.create bkt/objects/${name}`,
  ]);
  sessions.watch({ status, headers }, request);
  return (method: string, url: string) => resolveStorage(requestFor({ method, url }), endpoint, { sessions });
}

test('knows the object of a session that was seen to be opened', async () => {
  const later = await open('a/b', 200, ['Location', `${uploads}&upload_id=s1`]);
  for (const method of ['PUT', 'DELETE']) {
    expect(told(await later(method, `${uploads}&upload_id=s1`))).toEqual(['objects.create bkt/objects/a/b']);
  }
  expect(told(await later('PUT', `${uploads}&upload_id=s2`))).toEqual(['objects.create bkt any']);
});

test.each([
  ['another object', `${uploads}&upload_id=s1&name=c`],
  ['another bucket', `${host}/upload/storage/v1/b/other/o?upload_id=s1`],
])('refuses the URL of a session that names %s', async (_, url) => {
  const later = await open('a/b', 200, ['location', `${uploads}&upload_id=s1`]);
  await expect(later('PUT', url)).rejects.toThrow('was opened for another object');
});

test.each([
  ['an error', 403, ['location', `${uploads}&upload_id=s1`]],
  ['two places', 200, ['location', `${uploads}&upload_id=s1`, 'Location', `${uploads}&upload_id=s2`]],
  ['two sessions', 200, ['location', `${uploads}&upload_id=s1&upload_id=s2`]],
  ['no URL', 200, ['location', 'upload_id=s1']],
])('remembers nothing from an answer with %s', async (_, status, headers) => {
  const later = await open('a/b', status, headers);
  expect(told(await later('PUT', `${uploads}&upload_id=s1`))).toEqual(['objects.create bkt any']);
});
