import { WebClient } from '@slack/web-api';
import { describe, expect, test } from 'vitest';
import { knownMethods, reachOf } from '../src/methods.ts';
import { call, start } from './slack.ts';

interface Sent {
  readonly url: string;
  readonly type: string;
  readonly body: string;
}

/** Slack's own client, and what it sent last. */
function createClient() {
  const sent: Sent[] = [];
  const client = new WebClient('xoxb-pai-placeholder-slack-bot', {
    fetch: async (input, init) => {
      const request = new Request(input, init);
      const type = request.headers.get('content-type') ?? '';
      sent.push({ url: request.url, type, body: await request.text() });
      return Response.json({ ok: true });
    },
  });
  return { client, sent };
}

type Call = (options: Record<string, unknown>) => Promise<unknown>;

/** Every method that the client has, by where it stands in it. */
function callsOf(container: object, path: readonly string[] = []): [string, Call][] {
  return Object.entries(container).flatMap(([key, value]: [string, unknown]): [string, Call][] => {
    const here = [...path, key];
    if (typeof value === 'function') return path.length === 0 ? [] : [[here.join('.'), value as Call]];
    const isGroup =
      typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;
    return isGroup ? callsOf(value, here) : [];
  });
}

describe('the methods of Slack’s own client', () => {
  test('all have their own names, and the channel that they were called with', async () => {
    const { client, sent } = createClient();
    const { resolve } = start();
    // Not a method: it calls three.
    const calls = callsOf(client).filter(([name]) => name !== 'files.uploadV2');
    expect(calls.map(([name]) => name).sort()).toEqual([...knownMethods.keys()].sort());
    for (const [name, callMethod] of calls) {
      const [argument] = knownMethods.get(name) ?? [];
      const isList = argument?.endsWith('_ids') === true;
      await callMethod(
        argument === undefined ? {} : { [argument]: isList ? ['C1'] : 'C1', text: 'hi', ts: '1.2' },
      );
      const { url, type, body } = sent.at(-1) ?? { url: '', type: '', body: '' };
      const resolution = await resolve({ method: 'POST', url, headers: { 'content-type': type }, body });
      const resource = argument === undefined ? {} : { resource: 'C1' };
      const across = reachOf(name) === 'across' ? { reach: 'any' } : {};
      expect(resolution, name).toEqual({ actions: [{ name, ...resource, ...across }] });
    }
  });

  test('with a file are read from a multipart form', async () => {
    const { client, sent } = createClient();
    await client.users.setPhoto({ image: Buffer.from([0, 255, 13, 10]) });
    const { url, type, body } = sent[0] ?? { url: '', type: '', body: '' };
    expect(type).toContain('multipart/form-data');
    const resolution = await start().resolve({
      method: 'POST',
      url,
      headers: { 'content-type': type },
      body,
    });
    expect(resolution).toEqual({ actions: [{ name: 'users.setPhoto' }] });
  });
});

describe('a method', () => {
  test.each(['chat.brandNew', 'newthing', 'channels.history', 'files.upload', 'workflows.stepCompleted'])(
    'that is not in the table keeps its name, as %s, and can reach anything',
    async (name) => {
      expect(await start().resolve(call(name, { channel: 'C1' }))).toEqual({
        actions: [{ name, resource: 'C1', reach: 'any' }],
      });
    },
  );

  test.each([
    ['POST', '/api/chat.postmessage', /did you mean chat\.postMessage/],
    ['POST', '/api/CHAT.POSTMESSAGE', /did you mean chat\.postMessage/],
    ['POST', '/API/chat.postMessage', /not \/api\//],
    ['POST', '/api/chat.postMessage/x', /not \/api\//],
    ['POST', '/api', /not \/api\//],
    ['POST', '/api/chat..postMessage', /no name of a method/],
    ['POST', '/api/chat.postMessage%20', /no name of a method/],
    ['POST', '/api/chat.postMessage%00', /control character/],
    ['POST', '/api//chat.postMessage', /empty segment/],
    ['POST', '/api/../api/chat.postMessage', /dot segment/],
    ['POST', '/api/%2e%2e/chat.postMessage', /dot segment/],
    ['POST', '/api%2Fchat.postMessage', /not \/api\//],
    ['POST', '/api/chat.postMessage%252f..', /doubly encoded/],
    ['POST', '/api/chat.postMessage;x', /no name of a method/],
    ['PUT', '/api/chat.postMessage', /not what Slack takes/],
    ['DELETE', '/api/chat.postMessage', /not what Slack takes/],
    ['POST', '/api/chat.postMessage?_method=GET', /asks for another method/],
  ])('is not read from %s %s (P1, P2, P3, P4, P6, P7, P10)', async (method, path, why) => {
    const resolution = await start().resolve({ method, url: `https://slack.com${path}` });
    expect(resolution).toEqual({ unresolved: expect.stringMatching(why) });
  });

  test.each([
    'https://slack.com/api/chat%2EpostMessage',
    'https://slack.com/api/chat.postMessage/',
    'https://www.slack.com/api/chat.postMessage',
    'https://acme.slack.com/api/chat.postMessage',
    'https://acme.enterprise.slack.com/api/chat.postMessage',
    'https://slack-gov.com/api/chat.postMessage',
  ])('is read from %s (P11)', async (url) => {
    expect(await start().resolve({ ...call(''), url })).toEqual({
      actions: [{ name: 'chat.postMessage', reach: 'any' }],
    });
  });

  test('is read from a GET with its content too (P13)', async () => {
    const request = { ...call('chat.postMessage', { channel: 'C2' }, 'channel=C1'), method: 'GET' };
    expect(await start().resolve(request)).toEqual({ unresolved: expect.stringMatching(/different values/) });
  });
});

describe('what is no method', () => {
  const link = 'https://wss-primary.slack.com/link/?ticket=1&app_id=2';

  test.each([
    ['POST', 'https://files.slack.com/upload/v1/CwAB', 'files.uploadExternal', false],
    ['GET', 'https://files.slack.com/files-pri/T1-F1/a.png', 'files.download', true],
    ['HEAD', 'https://files.slack.com/files-tmb/T1-F1/a_64.png', 'files.download', true],
    ['POST', 'https://hooks.slack.com/services/T1/B1/x', 'incoming-webhook', true],
    ['POST', 'https://hooks.slack.com/actions/T1/1/x', 'response_url', true],
    ['POST', 'https://hooks.slack.com/commands/T1/1/x', 'response_url', true],
    ['POST', 'https://hooks.slack.com/app/T1/1/x', 'response_url', true],
    ['POST', 'https://hooks.slack.com/triggers/T1/1/x', 'workflow-trigger', true],
    ['POST', 'https://hooks.slack-gov.com/workflows/T1/1/x', 'workflow-trigger', true],
  ])('%s %s is called %s', async (method, url, name, isAny) => {
    expect(await start().resolve({ method, url })).toEqual({
      actions: [isAny ? { name, reach: 'any' } : { name }],
    });
  });

  test.each([
    ['PUT', 'https://files.slack.com/upload/v1/CwAB'],
    ['POST', 'https://files.slack.com/files-pri/T1-F1/a.png'],
    ['GET', 'https://files.slack.com/files-pri/T1-F1/a.png?t=xoxe-1'],
    ['POST', 'https://files.slack.com/api/chat.postMessage'],
    ['GET', 'https://hooks.slack.com/services/T1/B1/x'],
    ['POST', 'https://hooks.slack.com/services'],
    ['POST', 'https://hooks.slack.com/constructor/x'],
    ['POST', 'https://hooks.slack.com/api/chat.postMessage'],
    ['GET', 'https://acme.slack.com/archives/C1'],
    ['GET', link],
    ['GET', 'https://wss-primary.slack.com/websocket/abc'],
    ['POST', 'https://wss-primary.slack.com/api/chat.postMessage'],
  ])('%s %s is not read', async (method, url) => {
    expect(await start().resolve({ method, url })).toHaveProperty('unresolved');
  });

  test('a WebSocket is opened to Socket Mode only', async () => {
    const { provider } = start();
    const { requestFor } = await import('@pai/core/conformance');
    const upgrading = (url: string) => provider.resolve({ ...requestFor({ url }), upgrade: 'websocket' });
    for (const url of [link, 'https://wss.slack.com/link/?ticket=1-2']) {
      expect(await upgrading(url)).toEqual({ actions: [{ name: 'socket-mode', reach: 'any' }] });
    }
    expect(await upgrading('https://wss-primary.slack.com/websocket/abc')).toHaveProperty('unresolved');
    expect(await upgrading('https://slack.com/api/auth.test')).toHaveProperty('unresolved');
    expect(await provider.resolve({ ...requestFor({ url: link }), upgrade: 'h2c' })).toHaveProperty(
      'unresolved',
    );
  });
});
