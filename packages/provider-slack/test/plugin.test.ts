import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { placeholderFor } from '@pai/core';
import { requestFor, testProvider } from '@pai/core/conformance';
import { WebClient } from '@slack/web-api';
import Value from 'typebox/value';
import { describe, expect, onTestFinished, test } from 'vitest';
import { slack } from '../src/index.ts';
import { call, createSlack, post, type Spec, secrets, sent, start } from './slack.ts';

const spec: Spec = { type: 'slack', auth: { type: 'bot-token', secretRef: 'slack-bot' } };

describe('the spec', () => {
  test.each([
    [spec, true],
    [{ ...spec, host: 'acme.slack.com' }, true],
    [{ ...spec, scope: { channels: ['C123', '#general', 'general', '#team-*', '*'] } }, true],
    [{ ...spec, auth: { type: 'bot-token' } }, false],
    [{ ...spec, auth: { type: 'pat', secretRef: 'x' } }, false],
    [{ ...spec, scope: { channel: ['C123'] } }, false],
  ])('%# is valid: %s', (value, expected) => {
    expect(Value.Check(slack.spec, value)).toBe(expected);
  });

  test('takes one host, and no wildcard', () => {
    expect(start({ host: 'acme.slack.com' }).provider.hosts).toMatchObject([{ host: 'acme.slack.com' }]);
    expect(start({ host: 'slack-gov.com' }).provider.hosts[0]).toEqual({ host: 'slack-gov.com' });
    expect(() => start({ host: '*.slack.com' })).toThrow(expect.objectContaining({ code: 'config_invalid' }));
    expect(() => start({ scope: { channels: [''] } })).toThrow(
      expect.objectContaining({ code: 'config_invalid' }),
    );
  });
});

const bot = `Bearer ${secrets.token}`;
const hook = 'https://hooks.slack.com/services/T00000000/B00000000/pai-placeholder-slack-bot';

describe('the credential', () => {
  test.each([
    ['the bot token on a method', call('chat.postMessage', { channel: 'C1' }), bot],
    ['the bot token on www', { ...call('auth.test'), url: 'https://www.slack.com/api/auth.test' }, bot],
    [
      'the bot token on its own workspace',
      { ...call('auth.test'), url: 'https://acme.slack.com/api/auth.test' },
      bot,
    ],
    ['the bot token on a download', { url: 'https://files.slack.com/files-pri/T1-F1/download/a.png' }, bot],
    ['the app-level token on Socket Mode', call('apps.connections.open'), `Bearer ${secrets.app_token}`],
    [
      'none on an upload',
      { method: 'POST', url: 'https://files.slack.com/upload/v1/CwABAA', body: 'x' },
      undefined,
    ],
    [
      'none on a response_url',
      { method: 'POST', url: 'https://hooks.slack.com/commands/T1/2/abc', body: '{}' },
      undefined,
    ],
    ['none on a page', { url: 'https://acme.slack.com/messages' }, undefined],
  ])('is %s', async (_what, request, expected) => {
    const outcome = await start().judge({
      ...request,
      headers: {
        ...('headers' in request && request.headers),
        authorization: 'Bearer xoxb-agents',
        cookie: 'd=xoxd',
      },
    });
    const { authorization } = await sent(outcome);
    expect(authorization).toBe(expected);
    expect(JSON.stringify(outcome)).not.toMatch(/xoxb-agents|xoxd/);
  });

  test('is the whole path of an incoming webhook', async () => {
    const { judge } = start();
    const outcome = await judge({ method: 'POST', url: `${hook}?x=1`, body: '{"text":"hi"}' });
    expect(await sent(outcome)).toEqual({
      target: new URL(secrets.webhook_url).pathname,
      authorization: undefined,
      body: '{"text":"hi"}',
    });
    expect(JSON.stringify(outcome.event)).not.toContain('canary');
  });

  test.each([
    ['apps.connections.open', call('apps.connections.open'), 'app_token'],
    ['an incoming webhook', { method: 'POST', url: hook, body: '{}' }, 'webhook_url'],
  ])('is asked for where %s has none', async (_what, request, key) => {
    const outcome = await start({}, { token: secrets.token }).judge(request);
    expect(outcome.event).toMatchObject({ decision: 'refuse', error: 'credential_unavailable' });
    expect(outcome.event.reason).toContain(`as the key ${key}`);
  });

  test('does not go to a name under slack.com that is not its workspace', async () => {
    const { judge, state } = start();
    const other = { ...call('auth.test'), url: 'https://status.slack.com/api/v2' };
    expect((await judge(other)).event).toMatchObject({
      decision: 'refuse',
      reason: 'the token belongs to acme.slack.com and is not sent to status.slack.com; use slack.com',
    });
    state.isDown = true;
    const unsure = start();
    unsure.state.isDown = true;
    const own = await unsure.judge({ ...call('auth.test'), url: 'https://acme.slack.com/api/auth.test' });
    expect(own.event).toMatchObject({ decision: 'refuse', error: 'credential_unavailable' });
  });

  test.each(['acme.slack.com', 'other.slack.com', 'www.slack.com', 'slack.com:8443', 'slack.test'])(
    'goes to %s when that is spec.host, and only that is asked for names',
    async (host) => {
      const { judge, asked } = start({ host, scope: { channels: ['#general'] } });
      const outcome = await judge({
        ...call('chat.postMessage', { channel: 'C1' }),
        url: `https://${host}/api/chat.postMessage`,
      });
      expect((await sent(outcome)).authorization).toBe(bot);
      expect(asked.map((url) => new URL(url.split(' ')[0] ?? '').host)).toEqual([host, host]);
    },
  );

  test.each([
    [
      'a form',
      call('chat.postMessage', { token: 'xoxb-agents', channel: 'C1', text: 'a' }),
      'channel=C1&text=a',
    ],
    [
      'a form, oddly',
      post('chat.postMessage', 'application/x-www-form-urlencoded', 'Token[]=xoxb-agents&channel=C1'),
      'channel=C1',
    ],
    [
      'JSON',
      post('chat.postMessage', 'application/json; charset=utf-8', '{"channel":"C1","token":"xoxb-agents"}'),
      '{"channel":"C1"}',
    ],
    [
      'a multipart form',
      post(
        'users.setPhoto',
        'multipart/form-data; boundary=b',
        '--b\r\nContent-Disposition: form-data; name="token"\r\n\r\nxoxb-agents\r\n--b--\r\n',
      ),
      '--b--\r\n',
    ],
    [
      'a form, after a byte order mark',
      post('users.setPhoto', 'application/x-www-form-urlencoded', '\ufefftoken=xoxb-agents'),
      '',
    ],
    [
      'the query',
      call(
        'chat.postMessage',
        { channel: 'C1' },
        'token=xoxb-agents&TOKEN=xoxb-agents&token%5B%5D=xoxb-agents',
      ),
      'channel=C1',
    ],
    [
      'the placeholder',
      call('chat.postMessage', { token: `xoxb-${placeholderFor('slack-bot')}`, channel: 'C1' }),
      'channel=C1',
    ],
  ])('drops a token that the agent put into %s (S2)', async (_where, request, expected) => {
    const outcome = await start().judge(request);
    expect(await sent(outcome)).toMatchObject({ authorization: bot, body: expected });
    expect(JSON.stringify(outcome)).not.toContain('xoxb-agents');
    if (outcome.kind === 'forward') expect(outcome.request.body.length).toBe(Buffer.byteLength(expected));
  });

  test('is not put beside content in which a token could hide', async () => {
    const hidden = post('chat.postMessage', 'text/plain', 'token=xoxb-agents');
    const quoted = post(
      'chat.postMessage',
      'multipart/form-data; boundary=b',
      "--b\r\nContent-Disposition: form-data; name='token'\r\n\r\nxoxb-agents\r\n--b--\r\n",
    );
    expect((await start().judge(quoted)).event).toMatchObject({ decision: 'refuse', status: 0 });
    expect((await start().judge(hidden)).event).toMatchObject({ decision: 'refuse', status: 0 });
    expect((await start({ policy: { allow: ['chat.*'] } }).judge(hidden)).event).toMatchObject({
      decision: 'deny',
      rule: 'unresolved',
    });
  });

  test('is not put on a request that carries the placeholder elsewhere (R5)', async () => {
    const headers = { 'user-agent': `xoxb-${placeholderFor('slack-bot')}` };
    const outcome = await start().judge({ url: 'https://slack.com/api/api.test', headers });
    expect(outcome.event).toMatchObject({ decision: 'refuse', error: 'placeholder_misplaced' });
  });

  test('has placeholders that look like tokens', () => {
    const { env } = start({ auth: { ...spec.auth, agentEnvVar: 'MY_TOKEN' } }).provider.placeholders;
    expect(env).toEqual({
      MY_TOKEN: 'xoxb-pai-placeholder-slack-bot',
      SLACK_APP_TOKEN: 'xapp-pai-placeholder-slack-bot',
      SLACK_WEBHOOK_URL: hook,
    });
    expect(start().provider.placeholders.env).toHaveProperty('SLACK_BOT_TOKEN');
  });
});

test('where only the names of secrets are known, they show where each would go', async () => {
  const names = ['token', 'app_token', 'webhook_url'].map((key) => [key, `[secret slack-bot/${key}]`]);
  const { judge, asked } = start({}, Object.fromEntries(names));
  const onHook = await sent(await judge({ method: 'POST', url: hook, body: '{}' }));
  expect(onHook.target).toBe('/services/[secret slack-bot/webhook_url]');
  const onWorkspace = await judge({ ...call('auth.test'), url: 'https://acme.slack.com/api/auth.test' });
  expect((await sent(onWorkspace)).authorization).toBe('Bearer [secret slack-bot/token]');
  expect(asked).toEqual([]);
});

test.each([
  ['another host', 'https://hooks.slack-gov.com/services/T1/B1/canaryhook3456789', 'credential_unavailable'],
  ['no webhook', 'https://hooks.slack.com/canaryhook3456789', 'secret_invalid'],
])('a webhook_url of %s is refused without being shown', async (_what, webhook_url, code) => {
  const outcome = await start({}, { ...secrets, webhook_url }).judge({
    method: 'POST',
    url: hook,
    body: '{}',
  });
  expect(outcome.event).toMatchObject({ decision: 'refuse', error: code });
  expect(JSON.stringify(outcome)).not.toContain('canaryhook');
});

test.each([
  ['POST', 'https://files.slack.com/upload/v1/ticket-5d1c', '/upload/v1/***'],
  ['POST', 'https://hooks.slack.com/commands/T1/2/ticket-5d1c', '/commands/***'],
  ['POST', 'https://hooks.slack.com/tri%67gers/T1/2/ticket-5d1c', '/triggers/***'],
  ['PUT', 'https://hooks.slack.com/workflows/T1/2/ticket-5d1c', '/workflows/***'],
])('%s %s goes up as it is, and is logged without its ticket', async (method, url, logged) => {
  const outcome = await start({ policy: { allow: ['files.*', 'response_url', 'workflow-trigger'] } }).judge({
    method,
    url,
  });
  expect(outcome.event.path).toBe(logged);
  expect(JSON.stringify(outcome.event)).not.toContain('5d1c');
  if (outcome.kind === 'forward')
    expect(`https://${outcome.request.host}${outcome.request.target}`).toBe(url);
});

describe('a denial', () => {
  const policy = { allow: ['chat.*'], deny: ['chat.delete'] };

  test.each([
    ['403 by default', {}, 403],
    [
      "200 to Slack's SDK for JavaScript",
      { 'user-agent': 'my-app/1 @slack:web-api/8.2.0 node/24.21.0' },
      200,
    ],
    ['200 to slack-go', { 'user-agent': 'Go-http-client/2.0' }, 200],
  ])('has status %s', async (_what, headers, status) => {
    const { headers: type, ...rest } = call('chat.delete', { channel: 'C1' });
    const outcome = await start({ policy }).judge({ ...rest, headers: { ...type, ...headers } });
    if (outcome.kind !== 'respond') throw new Error('it was forwarded');
    expect(outcome.response.status).toBe(status);
    expect(JSON.parse(String(outcome.response.body))).toEqual({
      ok: false,
      error: `access_denied: ${outcome.event.reason}`,
      response_metadata: { messages: [`[ERROR] ${outcome.event.reason}`] },
    });
    expect(outcome.response.headers).toContain('x-pai-rule');
  });

  test('of what is no method always has status 403, which no client takes for success', async () => {
    const headers = { 'user-agent': '@slack:web-api/8.2.0' };
    const outcome = await start({ policy }).judge({ method: 'POST', url: hook, headers, body: '{}' });
    expect(outcome).toMatchObject({ kind: 'respond', response: { status: 403 } });
  });
});

describe('a refusal', () => {
  const message = 'slack-bot: slack.com does not answer';
  const refusal = {
    provider: 'slack-bot',
    decision: 'refuse',
    rule: 'upstream_unreachable',
    message,
    requestId: 'id',
    actions: [],
  } as const;

  test.each([
    [400, 'invalid_arguments'],
    [403, 'access_denied'],
    [502, 'service_unavailable'],
  ])('with status %i is %s to most clients', (status, code) => {
    const response = start().provider.deny?.({ ...refusal, status }, requestFor(call('auth.test')));
    expect(response?.status).toBe(status);
    expect(JSON.parse(String(response?.body))).toMatchObject({ ok: false, error: `${code}: ${message}` });
  });

  test("raises the own error of Slack's SDK, once, with the sentence", async () => {
    let count = 0;
    const server = createServer((request, response) => {
      count += 1;
      const { url = '', method = '', headers } = request;
      const asked = { method, url: `https://slack.com${url}`, headers: headers as Record<string, string> };
      const refused = start().provider.deny?.({ ...refusal, status: 502 }, requestFor(asked));
      request.resume().on('end', () => {
        response.writeHead(refused?.status ?? 0, refused?.headers).end(refused?.body);
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void server.close().closeAllConnections());
    const slackApiUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/`;
    const client = new WebClient('xoxb-pai-placeholder-slack-bot', { slackApiUrl });
    await expect(client.auth.test()).rejects.toMatchObject({
      code: 'slack_webapi_platform_error',
      message: `An API error occurred: service_unavailable: ${message}`,
    });
    expect(count).toBe(1);
  });
});

describe('the contract of a provider', () => {
  const { fetch } = createSlack();
  testProvider(test, {
    plugin: slack,
    spec: { ...spec, scope: { channels: ['C1', '#random'] } },
    secrets,
    fetch,
    samples: [
      {
        ...call('chat.postMessage', { channel: 'C1', text: 'hi' }),
        actions: ['chat.postMessage'],
        resource: 'C1',
      },
      {
        ...call('chat.postMessage', { channel: '#random' }),
        actions: ['chat.postMessage'],
        resource: '#random',
      },
      {
        ...post('chat.postMessage', 'application/json', '{"channel":"C1"}'),
        actions: ['chat.postMessage'],
        resource: 'C1',
      },
      {
        url: 'https://slack.com/api/conversations.history?channel=C1',
        actions: ['conversations.history'],
        resource: 'C1',
      },
      { url: 'https://slack-gov.com/api/auth.test', actions: ['auth.test'] },
      { ...call('apps.connections.open'), actions: ['apps.connections.open'] },
      {
        method: 'POST',
        url: 'https://files.slack.com/upload/v1/CwABAA',
        body: 'x',
        actions: ['files.uploadExternal'],
      },
      { url: 'https://files.slack.com/files-pri/T1-F1/a.png', actions: ['files.download'] },
      { method: 'POST', url: hook, body: '{}', actions: ['incoming-webhook'] },
      {
        method: 'POST',
        url: 'https://hooks.slack.com/actions/T1/2/abc',
        body: '{}',
        actions: ['response_url'],
      },
      {
        method: 'POST',
        url: 'https://hooks.slack.com/triggers/T1/2/abc',
        body: '{}',
        actions: ['workflow-trigger'],
      },
      { url: 'https://acme.slack.com/messages', actions: 'unresolved' },
    ],
  });
});
