import fc from 'fast-check';
import { expect, test } from 'vitest';
import { hostPatterns, readEndpoint } from '../src/hosts.ts';

test.each([
  ['pubsub.googleapis.com', { service: 'pubsub.googleapis.com' }],
  ['www.googleapis.com', { service: 'www.googleapis.com' }],
  ['pubsub.mtls.googleapis.com', { service: 'pubsub.googleapis.com' }],
  ['content-pubsub.googleapis.com', { service: 'pubsub.googleapis.com' }],
  ['us-central1-aiplatform.googleapis.com', { service: 'aiplatform.googleapis.com', region: 'us-central1' }],
  ['eu-documentai.googleapis.com', { service: 'documentai.googleapis.com', region: 'eu' }],
  [
    'cloudkms.europe-west3.rep.googleapis.com',
    { service: 'cloudkms.googleapis.com', region: 'europe-west3' },
  ],
  ['aiplatform.us.rep.mtls.googleapis.com', { service: 'aiplatform.googleapis.com', region: 'us' }],
  ['storage.googleapis.com', { service: 'storage.googleapis.com' }],
  ['storage-upload.googleapis.com', { service: 'storage.googleapis.com' }],
  ['commondatastorage.googleapis.com', { service: 'storage.googleapis.com' }],
  ['my-bucket.commondatastorage.googleapis.com', { service: 'storage.googleapis.com', bucket: 'my-bucket' }],
  ['storage-download.googleapis.com', { service: 'storage.googleapis.com' }],
  [
    'my.dotted_bucket.storage.googleapis.com',
    { service: 'storage.googleapis.com', bucket: 'my.dotted_bucket' },
  ],
  [
    'b-1.storage.europe-west3.rep.googleapis.com',
    { service: 'storage.googleapis.com', bucket: 'b-1', region: 'europe-west3' },
  ],
  ['storage-myendpoint.p.googleapis.com', { service: 'storage.googleapis.com' }],
  [
    'us-central1-aiplatform-ep1.p.googleapis.com',
    { service: 'aiplatform.googleapis.com', region: 'us-central1' },
  ],
  ['admin-remotebuildexecution.googleapis.com', { service: 'admin-remotebuildexecution.googleapis.com' }],
  ['batch-bigtable.googleapis.com', { service: 'bigtable.googleapis.com' }],
])('%s is an endpoint', (host, endpoint) => {
  expect(readEndpoint(host)).toEqual(endpoint);
});

test.each([
  'googleapis.com',
  'mtls.googleapis.com.evil.com',
  'storage.googleapis.com.evil.com',
  'evilgoogleapis.com',
  'storage.evilgoogleapis.com',
  'pubsub.googleapis.co',
  'pubsub.sandbox.googleapis.com',
  'evil.pubsub.googleapis.com',
  'pubsub.evil.p.googleapis.com',
  'storage-my-endpoint.x.p.googleapis.com',
  'pubsub.p.googleapis.com',
  'bucket.pubsub.europe-west3.rep.googleapis.com',
  'europe-west3.rep.googleapis.com',
  'us-central1-pubsub.europe-west3.rep.googleapis.com',
  'b.storage.googleapis.com',
  '-b-.storage.googleapis.com',
  'pubsub..googleapis.com',
  'pub sub.googleapis.com',
  '',
])('%j is no endpoint', (host) => {
  expect(readEndpoint(host)).toBeUndefined();
});

test('whatever a host is called, it is below googleapis.com and its service is the one that its name has', () => {
  const label = fc.oneof(
    fc.constantFrom(
      'storage',
      'pubsub',
      'p',
      'rep',
      'mtls',
      'us-central1',
      'us',
      'content-x',
      'my-bucket',
      'www',
    ),
    fc.stringMatching(/^[a-z0-9_-]{1,12}$/),
  );
  const end = fc.constantFrom(
    'googleapis.com',
    'googleapis.com.evil.com',
    'evilgoogleapis.com',
    'google.com',
  );
  const host = fc
    .tuple(fc.array(label, { maxLength: 5 }), end)
    .map(([labels, last]) => [...labels, last].join('.'));
  fc.assert(
    fc.property(host, (name) => {
      const endpoint = readEndpoint(name);
      if (endpoint === undefined) return;
      expect(name.endsWith('.googleapis.com')).toBe(true);
      const api = endpoint.service.replace('.googleapis.com', '');
      expect(name.includes(api) || (api === 'www' && name.includes('content'))).toBe(true);
      if (endpoint.bucket !== undefined) expect(name.startsWith(`${endpoint.bucket}.storage.`)).toBe(true);
    }),
    { numRuns: 5000 },
  );
});

test('the patterns are the configured host and every host of Google’s APIs', () => {
  expect(hostPatterns()).toEqual([{ host: '**.googleapis.com' }]);
  expect(hostPatterns({ host: { host: 'gcp.internal', port: 8443 } })[0]).toEqual({
    host: 'gcp.internal',
    port: 8443,
  });
});
