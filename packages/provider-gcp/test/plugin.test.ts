import { createPipeline, findPlaceholder, getHeader, type Outcome } from '@pai/core';
import { requestFor, testProvider } from '@pai/core/conformance';
import Value from 'typebox/value';
import { describe, expect, test } from 'vitest';
import { gcp } from '../src/index.ts';
import { contextFor, createGoogle, keyDocument } from './google.ts';
import { attach, type SpecParts, specOf, start } from './provider.ts';

function sent(outcome: Outcome) {
  if (outcome.kind === 'respond') throw new Error(String(outcome.response.body));
  return outcome.request;
}

const object = 'https://storage.googleapis.com/storage/v1/b/my-bucket/o/a%2Fb';
const topic = 'https://pubsub.googleapis.com/v1/projects/my-project/topics/t';

describe('the spec', () => {
  const agent = 'agent@my-project.iam.gserviceaccount.com';

  test.each<[object, boolean]>([
    [specOf(), true],
    [specOf({ config: { project: 'my-project', services: ['storage'], selfSignedJwt: true } }), true],
    [specOf({ config: { project: 'example.com:my-project', impersonate: agent, delegates: [agent] } }), true],
    [specOf({ scope: { resources: ['projects/p/topics/*'] } }), true],
    [{ ...specOf(), auth: { ...specOf().auth, secretKey: 'sa.json', agentEnvVar: 'KEY' } }, true],
    [{ ...specOf(), auth: { type: 'gcp-service-account' } }, false],
    [specOf({ config: { project: '123456789012' } }), false],
    [specOf({ config: { project: 'My-Project' } }), false],
    [specOf({ config: { impersonate: 'agent@evil.example' } }), false],
    [specOf({ config: { scopes: ['cloud-platform'] } }), false],
    [{ ...specOf(), config: { region: 'us' } }, false],
  ])('%# is valid: %j', (value, expected) => {
    expect(Value.Check(gcp.spec, value)).toBe(expected);
  });

  test.each(['evil.example', 'storage.googleapis.com.evil.example', '*.example.com', 'evilgoogleapis.com'])(
    'names no host such as %s',
    (host) => {
      const wrong = expect.objectContaining({
        code: 'config_invalid',
        message: expect.stringMatching(/^host: /),
      });
      expect(() => start({ host })).toThrow(wrong);
    },
  );

  test('is held to the host that it names', () => {
    const { provider } = start({ host: 'storage.googleapis.com' });
    expect(provider.hosts.filter(({ isAnswered }) => isAnswered !== true)).toEqual([
      { host: 'storage.googleapis.com', port: 443, isPrivateAllowed: true },
    ]);
  });
});

describe('placeholders', () => {
  test('name a key file that clients can read, and no project that is not said', () => {
    const { env, files = {} } = start({}).provider.placeholders;
    expect(env).toEqual({
      GOOGLE_APPLICATION_CREDENTIALS: '{{file:key.json}}',
      CLOUDSDK_AUTH_ACCESS_TOKEN: 'pai-placeholder-gcp-prod',
      CLOUDSDK_BILLING_QUOTA_PROJECT: 'LEGACY',
      CLOUDSDK_CORE_CHECK_GCE_METADATA: 'false',
      GCE_METADATA_HOST: 'metadata.google.internal',
    });
    const key = JSON.parse(files['key.json'] ?? '');
    expect(key.private_key).toMatch(/^-----BEGIN PRIVATE KEY-----/);
    expect(key.project_id).toBeUndefined();
    expect(findPlaceholder(key.client_email)).toBe('pai-placeholder-gcp-prod');
  });

  test('are made when they are laid: a Provider that serves makes no key', () => {
    const { provider } = start({});
    const { files = {} } = provider.placeholders;
    expect(Object.getOwnPropertyDescriptor(files, 'key.json')?.get).toBeTypeOf('function');
    expect(files['key.json']).toBe(files['key.json']);
  });
});

describe('credentials of the agent (K4)', () => {
  const signed = 'X-Goog-Algorithm=GOOG4-RSA-SHA256&X-Goog-Credential=a&X-Goog-Date=20260101T000000Z';

  test.each([
    [`${topic}?access_token=a&%61ccess_token=b&KEY=c&$key=d`, '/v1/projects/my-project/topics/t'],
    [
      `https://my-bucket.storage.googleapis.com/a?${signed}&X-Goog-Expires=60&X-Goog-SignedHeaders=host&X-Goog-Signature=00`,
      '/a',
    ],
    ['https://storage.googleapis.com/my-bucket/a?GoogleAccessId=a&Expires=1&Signature=x', '/my-bucket/a'],
  ])('%s goes on without', async (url, target) => {
    const headers = { authorization: 'Bearer ya29.agents', 'x-goog-api-key': 'AIza', cookie: 'SID=1' };
    const request = sent(await start().judge({ url, headers }));
    expect(request.target).toBe(target);
    expect(getHeader(request.headers, 'authorization')).toBe('Bearer ya29.canary-token-1');
    expect(getHeader(request.headers, 'x-goog-api-key')).toBeUndefined();
    expect(getHeader(request.headers, 'cookie')).toBeUndefined();
  });

  test('in the parts of a batch are blanked out', async () => {
    const part = (authorization: string) =>
      [
        '--b\r\nContent-Type: application/http\r\n\r\nGET /storage/v1/b/my-bucket/o/a HTTP/1.1\r\n',
        `Authorization: ${authorization}\r\n\r\n\r\n`,
      ].join('');
    const body = `${part('Bearer pai-placeholder-gcp-prod')}${part('Bearer ya29.agents')}--b--\r\n`;
    const batch = {
      method: 'POST',
      url: 'https://storage.googleapis.com/batch/storage/v1',
      headers: { 'content-type': 'multipart/mixed; boundary=b' },
      body,
    };
    const request = sent(await start({ policy: { allow: ['storage.objects.get'] } }).judge(batch));
    const content = (await request.body.bytes(10_000)).toString();
    expect(content).toHaveLength(body.length);
    expect(content).not.toMatch(/placeholder|agents|authorization/i);
    expect(content.match(/GET \/storage/g)).toHaveLength(2);
  });
});

describe('a project that pays', () => {
  const parts: SpecParts = { config: { project: 'my-project' }, policy: { allow: ['pubsub.*'] } };

  test.each([
    ['header', topic, { 'x-goog-user-project': 'other-project' }],
    ['parameter', `${topic}?$userProject=other-project`, {}],
    ['parameter, encoded', `${topic}?user%50roject=other-project`, {}],
  ])('named by %s takes a permission in it', async (_, url, headers) => {
    const { resolve, judge } = start({ policy: { allow: ['pubsub.*'] } });
    expect(await resolve({ url, headers: headers as Record<string, string> })).toMatchObject({
      actions: [
        { name: 'pubsub.topics.get' },
        { name: 'serviceusage.services.use', resource: expect.stringMatching(/projects\/other-project$/) },
      ],
    });
    expect((await judge({ url, headers: headers as Record<string, string> })).event.decision).toBe('deny');
  });

  test('may be the own one', async () => {
    const headers = { 'x-goog-user-project': 'my-project' };
    const request = sent(await start(parts).judge({ url: topic, headers }));
    expect(getHeader(request.headers, 'x-goog-user-project')).toBe('my-project');
  });

  test('is each that is named', async () => {
    const headers = ['X-Goog-User-Project', 'my-project', 'X-Goog-User-Project', 'other-project'];
    const { event } = await start(parts).judge({ url: topic, headers });
    expect(event).toMatchObject({ decision: 'deny', rule: 'policy.allow' });
  });
});

describe('config.project', () => {
  const config = { project: 'my-project' };

  test.each([
    [topic, 'allow'],
    ['https://pubsub.googleapis.com/v1/projects/other-project/topics/t', 'deny'],
    ['https://pubsub.googleapis.com/v1/projects/-/topics/t', 'deny'],
    ['https://pubsub.googleapis.com/v1/projects/123456789012/topics/t', 'deny'],
    ['https://cloudresourcemanager.googleapis.com/v3/folders/1', 'deny'],
    ['https://pubsub.googleapis.com/v1/nothing/known', 'deny'],
  ])('%s: %s (K6)', async (url, decision) => {
    const { event } = await start({ config, policy: { allow: ['*'] } }).judge({ url });
    expect(event.decision).toBe(decision);
  });

  test('asks once whose a bucket is, with the real credential', async () => {
    const asked: string[] = [];
    const google = createGoogle();
    const fetch: typeof globalThis.fetch = async (input, init) => {
      const request = new Request(input, init);
      if (!request.url.startsWith('https://storage.googleapis.com/storage/v1/b?'))
        return google.fetch(request);
      asked.push(`${request.headers.get('authorization')} ${new URL(request.url).search}`);
      return Response.json({ items: [{ name: 'my-bucket' }] });
    };
    const { judge } = start({ config, policy: { allow: ['*'] } }, undefined, { fetch });
    const outcomes = await Promise.all([judge({ url: object }), judge({ url: object })]);
    expect(outcomes.map(({ event }) => event.decision)).toEqual(['allow', 'allow']);
    expect(asked).toEqual([
      expect.stringMatching(/^Bearer ya29\.canary-token-\d \?project=my-project&prefix=my-bucket/),
    ]);
    const other = await judge({ url: object.replace('my-bucket', 'my-buckets') });
    expect(other.event).toMatchObject({ decision: 'deny', rule: 'config.project' });
  });
});

describe('config.services', () => {
  const cloudSql = 'https://sqladmin.googleapis.com/v1/projects/p/instances/i';

  test.each([
    [['pubsub'], topic, 'allow'],
    [['pubsub.googleapis.com'], topic, 'allow'],
    [['storage'], topic, 'deny'],
    [['cloudsql'], cloudSql, 'allow'],
    [['sqladmin'], cloudSql, 'allow'],
  ])('%j: %s: %s', async (services, url, decision) => {
    const { event } = await start({ config: { services }, policy: { allow: ['*'] } }).judge({ url });
    expect(event.decision).toBe(decision);
  });
});

describe('tokens for Cloud Storage', () => {
  const parts: SpecParts = {
    policy: { allow: ['storage.objects.get', 'storage.objects.list'] },
    scope: { resources: ['projects/_/buckets/my-bucket/objects/*'] },
  };

  test('are held to the buckets in scope, by Google itself', async () => {
    const { google, judge } = start(parts);
    expect(getHeader(sent(await judge({ url: object })).headers, 'authorization')).toBe(
      'Bearer ya29.canary-token-2',
    );
    expect(google.asked[1]).toMatchObject({
      url: 'https://sts.googleapis.com/v1/token',
      form: { subject_token: 'ya29.canary-token-1' },
    });
    const { accessBoundary } = JSON.parse(google.asked[1]?.form['options'] ?? '{}');
    expect(accessBoundary.accessBoundaryRules).toEqual([
      expect.objectContaining({
        availableResource: '//storage.googleapis.com/projects/_/buckets/my-bucket',
        availablePermissions: ['inRole:roles/storage.objectViewer'],
      }),
    ]);
    const legacy = object.replace('storage.googleapis.com', 'www.googleapis.com');
    expect(getHeader(sent(await judge({ url: legacy })).headers, 'authorization')).toBe(
      'Bearer ya29.canary-token-2',
    );
  });

  test('are whole in audit mode, and where the policy cannot be said in roles', async () => {
    for (const changed of [
      { ...parts, audit: { enforcement: 'audit' } },
      { ...parts, policy: { allow: ['*'] } },
    ]) {
      const { google, judge } = start(changed as SpecParts);
      await judge({ url: object });
      expect(google.asked.map(({ url }) => url)).toContain('https://oauth2.googleapis.com/token');
      if ('audit' in changed) expect(google.asked).toHaveLength(1);
    }
  });
});

test('APIs that do not take cloud-platform get tokens of their own', async () => {
  const { google, judge } = start();
  await judge({ url: topic });
  await judge({ url: 'https://gmail.googleapis.com/gmail/v1/users/me/messages' });
  await judge({ url: 'https://www.googleapis.com/drive/v3/files' });
  expect(google.asked.map(({ claims }) => claims['scope'])).toEqual([
    'https://www.googleapis.com/auth/cloud-platform',
    expect.stringContaining('mail.google.com'),
    expect.stringMatching(/\/auth\/drive/),
  ]);
});

test('the placeholder says which of two Providers is meant', async () => {
  const google = createGoogle();
  const both = ['gcp-one', 'gcp-two'].map((name) =>
    attach(name, specOf({ policy: { allow: ['*'] } }), { ...contextFor(google), name }),
  );
  const { judge } = createPipeline(both, () => google.time.here);
  const ask = async (bearer: string) =>
    (await judge(requestFor({ url: topic, headers: { authorization: `Bearer ${bearer}` } }))).event.provider;
  expect(await ask('pai-placeholder-gcp-two')).toBe('gcp-two');
  const claims = Buffer.from('{"iss":"pai-placeholder-gcp-two@p.iam.gserviceaccount.com"}').toString(
    'base64url',
  );
  expect(await ask(`eyJhbGciOiJSUzI1NiJ9.${claims}.x`)).toBe('gcp-two');
  expect(await ask('anything')).toBe('gcp-one');
});

testProvider(test, {
  plugin: gcp,
  spec: specOf({
    config: { services: ['pubsub', 'storage', 'iam'] },
    policy: { allow: ['pubsub.*', 'storage.*', 'iam.*'] },
    scope: { resources: ['projects/p/*', 'projects/_/buckets/my-bucket/*'] },
  }),
  secrets: { 'key.json': keyDocument() },
  fetch: createGoogle().fetch,
  samples: [
    {
      method: 'POST',
      url: 'https://pubsub.googleapis.com/v1/projects/p/topics/t:publish',
      headers: { 'content-type': 'application/json' },
      body: '{"messages":[]}',
      actions: ['pubsub.topics.publish'],
      resource: '//pubsub.googleapis.com/projects/p/topics/t',
    },
    {
      url: object,
      actions: ['storage.objects.get'],
      resource: '//storage.googleapis.com/projects/_/buckets/my-bucket/objects/a/b',
    },
    {
      method: 'DELETE',
      url: 'https://my-bucket.storage.googleapis.com/a',
      actions: ['storage.objects.delete'],
    },
    { url: 'https://pubsub.googleapis.com/v1/nothing', actions: 'unresolved' },
  ],
});
