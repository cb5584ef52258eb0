import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { hasSlackSdk, type SlackPod, startSlackPod } from './slack-pod.ts';
import { general, random, slackSecrets } from './slack-service.ts';

let pod: SlackPod;

beforeAll(async () => {
  pod = await startSlackPod();
});

afterAll(async () => {
  await pod?.close();
});

const client = (name: string) => join(import.meta.dirname, 'clients', name);

const sentence = 'slack-bot: chat.delete is denied by policy.deny[0] "chat.delete"';

const sdks = [
  {
    name: '@slack/web-api',
    isThere: true,
    error: 'WebAPIPlatformError',
    call: (method: string, options: object) =>
      pod.run(process.execPath, client('slack_web_api.mjs'), method, JSON.stringify(options)),
  },
  {
    name: 'slack_sdk (Python)',
    isThere: hasSlackSdk,
    error: 'SlackApiError',
    call: (method: string, options: object) =>
      pod.run('/usr/bin/python3', client('slack_sdk_client.py'), method, JSON.stringify(options)),
  },
];

describe.each(sdks)('$name', ({ call, isThere, error }) => {
  test.skipIf(!isThere)('does what it may, with a credential it never held', async () => {
    expect(await call('auth.test', {})).toMatch(/.ok.: ?true/i);
    const posted = await call('chat.postMessage', { channel: general, text: 'by id' });
    expect(posted).toMatch(/.ok.: ?true/i);
    expect(await call('chat.postMessage', { channel: 'random', text: 'by name' })).toMatch(/.ok.: ?true/i);
    expect(await call('conversations.history', { channel: random })).toContain('by name');
  });

  test.skipIf(!isThere)('uploads a file to a channel of its scope, and to no other', async () => {
    expect(await call('upload', { channel_id: general })).toMatch(/.ok.: ?true/i);
    expect(await call('upload', { channel_id: 'C000000009' })).toContain(
      'C000000009 is not in scope.channels',
    );
    expect(pod.service.accepted.some((line) => line.startsWith('POST files.slack.com/upload/v1/'))).toBe(
      true,
    );
  });

  test.skipIf(!isThere)('is told why in its own exception', async () => {
    const denied = await call('chat.delete', { channel: general, ts: '1.2' });
    expect(denied).toContain(error);
    expect(denied).toContain(
      `access_denied: ${sentence}`.replaceAll('"', denied.includes('\\"') ? '\\"' : '"'),
    );
    const outside = await call('conversations.history', { channel: 'C000000009' });
    expect(outside).toContain(error);
    expect(outside).toContain('C000000009 is not in scope.channels (#random, C000000001)');
    expect(await call('search.messages', { query: 'x' })).toContain('search.messages is not allowed');
  });
});

test.skipIf(!hasSlackSdk)('slack_sdk posts JSON, and to a webhook whose URL it never held', async () => {
  const script = client('slack_sdk_client.py');
  const message = JSON.stringify({ channel: general, text: 'as JSON' });
  expect(await pod.run('/usr/bin/python3', script, 'json:chat.postMessage', message)).toContain('as JSON');
  const hook = await pod.run('/usr/bin/python3', script, 'webhook', '{"text":"hi"}');
  expect(hook.trim()).toBe('200 ok');
});

test.skipIf(!hasSlackSdk)('slack_sdk writes a multipart form in its own way', async () => {
  expect(await pod.run('/usr/bin/python3', client('slack_sdk_client.py'), 'photo', '{}')).toContain(
    'slack-bot: users.setPhoto is not allowed',
  );
});

test('Bolt in Socket Mode gets an event, answers it, and is told what it may not do', async () => {
  const out = await pod.run(process.execPath, client('slack_bolt.mjs'));
  expect(out).toContain(`answered true ${general}`);
  expect(out).toMatch(/WebAPIPlatformError.*slack-bot: chat\.delete is denied/);
  expect(pod.service.acknowledged).toContainEqual(expect.objectContaining({ envelope_id: 'envelope-1' }));
  expect(pod.service.accepted).toContain('POST slack.com/api/apps.connections.open');
});

test.skipIf(!hasSlackSdk)('slack_sdk in Socket Mode gets an event and acknowledges it', async () => {
  const before = pod.service.acknowledged.length;
  const out = await pod.run('/usr/bin/python3', client('slack_socket_mode.py'));
  expect(out).toContain('got hello bot');
  await expect.poll(() => pod.service.acknowledged.length).toBeGreaterThan(before);
});

describe('curl', () => {
  const curl = (...args: string[]) => pod.run('curl', '-sS', ...args);
  const api = 'https://slack.com/api';

  test('may put its token where it likes: it does not count', async () => {
    const form = ['-d', `token=xoxb-of-another`, '-d', `channel=${general}`, '-d', 'text=form'];
    expect(await curl(`${api}/chat.postMessage`, ...form)).toContain('"ok":true');
    const json = JSON.stringify({ token: 'xoxb-of-another', channel: general, text: 'json' });
    const type = ['-H', 'content-type: application/json; charset=utf-8'];
    expect(await curl(`${api}/chat.postMessage`, ...type, '-d', json)).toContain('"ok":true');
    const parts = ['-F', 'token=xoxb-of-another', '-F', `channel=${general}`, '-F', 'text=multipart'];
    expect(await curl(`${api}/chat.postMessage`, ...parts)).toContain('"ok":true');
    const query = `${api}/chat.postMessage?token=xoxb-of-another&channel=${general}&text=query`;
    expect(await curl('-X', 'POST', query)).toContain('"ok":true');
  });

  test('uses the name of its own workspace, and of no other', async () => {
    expect(await curl('-d', '', 'https://emulate.slack.com/api/auth.test')).toContain('"ok":true');
    expect(await curl('-d', '', 'https://status.slack.com/api/auth.test')).toContain(
      'the token belongs to emulate.slack.com and is not sent to status.slack.com',
    );
  });

  test('downloads a private file, and posts to the webhook', async () => {
    const file = 'https://files.slack.com/files-pri/T1-F1/download/a.txt';
    const placeholder = 'Authorization: Bearer xoxb-pai-placeholder-slack-app';
    expect(await curl('-H', placeholder, file)).toBe('the content of a private file');
    const hook = 'https://hooks.slack.com/services/T00000000/B00000000/pai-placeholder-slack-app';
    expect(await curl('-d', '{"text":"hi"}', hook)).toBe('ok');
  });

  test('gets 403 and Slack’s shape for what is denied', async () => {
    const denied = await curl('-w', ' %{http_code}', '-d', `channel=${general}`, `${api}/chat.delete`);
    expect(denied).toMatch(/^\{"ok":false,"error":"access_denied: slack-bot: .* 403$/);
  });
});

test('no credential is in the audit log', () => {
  const text = pod.auditText();
  expect(text.split('\n').length).toBeGreaterThan(5);
  for (const secret of Object.values(slackSecrets)) expect(text).not.toContain(secret.split('/').at(-1));
});
