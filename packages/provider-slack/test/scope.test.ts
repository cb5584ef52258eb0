import { gzipSync } from 'node:zlib';
import type { RequestText } from '@pai/core/conformance';
import { describe, expect, test } from 'vitest';
import { knownMethods } from '../src/methods.ts';
import { call, post, start } from './slack.ts';

const json = 'application/json';
const form = 'application/x-www-form-urlencoded';
const multipart = 'multipart/form-data; boundary=b';
const part = (name: string, value: string) =>
  `--b\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`;

/** By which rule a request is decided when all actions are allowed. General is C1, random C2, secret-plans G3. */
async function ruleOf(
  channels: readonly string[],
  request: Parameters<ReturnType<typeof start>['judge']>[0],
) {
  const { judge } = start({ scope: { channels: [...channels] } });
  const { event } = await judge(request);
  return event.decision === 'allow' ? 'allow' : event.rule;
}

const gzipped = ({ headers, body = '', ...rest }: RequestText): RequestText => ({
  ...rest,
  headers: { ...headers, 'content-encoding': 'gzip' },
  body: gzipSync(body),
});

describe('the channel of a message', () => {
  test.each([
    ['an id', ['C1'], 'C1', 'allow'],
    ['another id', ['C1'], 'C2', 'scope.channels'],
    ['an id in another case', ['C1'], 'c1', 'scope.channels'],
    ['a name', ['#general'], '#general', 'allow'],
    ['a name without #', ['#general'], 'general', 'allow'],
    ['a name in another case', ['#general'], '#General', 'allow'],
    ['a name, listed without #', ['general'], '#general', 'allow'],
    ['another name', ['#general'], '#random', 'scope.channels'],
    ['the id of a listed name', ['#general'], 'C1', 'allow'],
    ['the id of another name', ['#general'], 'C2', 'scope.channels'],
    ['the id of a private channel', ['#secret-plans'], 'G3', 'allow'],
    ['the name of a listed id', ['C1'], '#general', 'allow'],
    ['the name of another id', ['C1'], '#random', 'scope.channels'],
    ['a name that nobody knows', ['C1'], '#nowhere', 'scope.channels'],
    ['an id that nobody knows', ['#general'], 'C99', 'scope.channels'],
    ['a name by its pattern', ['#gen*'], 'C1', 'allow'],
    ['an id by its pattern', ['C*'], '#random', 'allow'],
    ['anything', ['*'], 'C99', 'allow'],
    ['a person', ['U1'], 'U1', 'allow'],
    ['another person', ['U1'], 'U2', 'scope.channels'],
    ['a person by name', ['#general'], '@general', 'scope.channels'],
    ['a conversation', ['#general'], 'D1', 'scope.channels'],
    ['nothing listed', [], 'C1', 'scope.channels'],
    ['no channel', ['*'], '', 'unresolved'],
    ['two in one', ['C1', 'C2'], 'C1,C2', 'unresolved'],
    ['a space', ['C1'], ' C1', 'unresolved'],
    ['a mention', ['C1'], '<#C1|general>', 'unresolved'],
  ])('%s', async (_what, channels, channel, rule) => {
    expect(await ruleOf(channels, call('chat.postMessage', { channel, text: 'hi' }))).toBe(rule);
  });
});

describe('wherever it is written (S1, S4)', () => {
  const method = 'chat.postMessage';
  test.each([
    ['the query of a GET', { url: `https://slack.com/api/${method}?channel=C1` }, 'allow'],
    ['the query of a POST', call(method, { text: 'hi' }, 'channel=C1'), 'allow'],
    ['JSON', post(method, json, '{"channel":"C1"}'), 'allow'],
    ['JSON with a byte order mark', post(method, json, '\ufeff{"channel":"C1"}'), 'unresolved'],
    ['a multipart form', post(method, multipart, `${part('channel', 'C1')}--b--`), 'allow'],
    ['twice alike', call(method, { channel: 'C1' }, 'channel=C1'), 'allow'],
    ['another, in the query', { url: `https://slack.com/api/${method}?channel=C2` }, 'scope.channels'],
    ['another, in JSON', post(method, json, '{"channel":"C2"}'), 'scope.channels'],
    ['another, in JSON with escapes', post(method, json, '{"ch\\u0061nnel":"C2"}'), 'scope.channels'],
    [
      'another, in a multipart form',
      post(method, multipart, `${part('channel', 'C2')}--b--`),
      'scope.channels',
    ],
    ['a disagreement of query and JSON', post(method, json, '{"channel":"C1"}', 'channel=C2'), 'unresolved'],
    ['a disagreement of query and form', call(method, { channel: 'C1' }, 'channel=C2'), 'unresolved'],
    ['a disagreement inside a form', post(method, form, 'channel=C1&channel=C2'), 'unresolved'],
    ['a repeated key', post(method, json, '{"channel":"C1","channel":"C1"}'), 'unresolved'],
    ['a list', post(method, json, '{"channel":["C1"]}'), 'unresolved'],
    ['null', post(method, json, '{"channel":null}'), 'unresolved'],
    ['brackets', post(method, form, 'channel=C1&channel[]=C2'), 'unresolved'],
    ['another case', post(method, form, 'channel=C1&Channel=C2'), 'unresolved'],
    ['a second argument', post(method, form, 'channel=C1&channel_id=C2'), 'scope.channels'],
    ['an argument that is not known', post(method, form, 'channel=C1&to_channel=C2'), 'unresolved'],
    [
      'a file',
      post(
        method,
        multipart,
        '--b\r\nContent-Disposition: form-data; name="channel"; filename="C1"\r\n\r\nC1\r\n--b--',
      ),
      'unresolved',
    ],
    ['text', post(method, 'text/plain', 'channel=C1'), 'unresolved'],
    ['JSON called text', post(method, 'text/plain', '{"channel":"C1"}'), 'unresolved'],
    ['JSON called a form', post(method, form, '{"channel":"C1"}'), 'unresolved'],
    ['no type', { method: 'POST', url: `https://slack.com/api/${method}`, body: 'channel=C1' }, 'unresolved'],
    ['another charset', post(method, `${json}; charset=utf-16`, '{"channel":"C1"}'), 'unresolved'],
    ['nothing', call(method, { text: 'hi' }), 'scope.channels'],
    ['content', post(method, json, '{"channel":"C1","blocks":[{"type":"x","channel":"C2"}]}'), 'allow'],
  ])('%s', async (_what, request, rule) => {
    expect(await ruleOf(['C1'], request)).toBe(rule);
  });
});

// Without a channel it lists the messages of all.
describe('a channel that Slack may not read', () => {
  const method = 'chat.scheduledMessages.list';
  const url = `https://slack.com/api/${method}`;
  test.each([
    ['in the query of a GET', { url: `${url}?channel=C1` }, 'allow'],
    ['in the query, beside a form', call(method, { limit: '5' }, 'channel=C1'), 'allow'],
    ['in the content of a GET', { ...call(method, { channel: 'C1' }), method: 'GET' }, 'unresolved'],
    ['in gzipped content', gzipped(call(method, { channel: 'C1' })), 'unresolved'],
    ['in the query, beside JSON', post(method, json, '{"limit":5}', 'channel=C1'), 'unresolved'],
    ['in the query and JSON', post(method, json, '{"channel":"C1"}', 'channel=C1'), 'allow'],
    ['after a byte order mark', post(method, form, '\ufeffchannel=C1'), 'unresolved'],
    [
      'after more arguments than PHP reads',
      post(method, form, `${'x=1&'.repeat(1_000)}channel=C1`),
      'unresolved',
    ],
  ])('%s', async (_what, request, rule) => {
    expect(await ruleOf(['C1'], request)).toBe(rule);
  });
});

describe('lists of channels', () => {
  const complete = (parameters: Record<string, string>) =>
    call('files.completeUploadExternal', { files: '[{"id":"F1"}]', ...parameters });
  test.each([
    ['one', complete({ channel_id: 'C1' }), 'allow'],
    ['another', complete({ channel_id: 'C9' }), 'scope.channels'],
    ['several by commas', complete({ channels: 'C1, C2' }), 'allow'],
    ['several, one outside', complete({ channels: 'C1,C9' }), 'scope.channels'],
    ['JSON in a form', complete({ channels: '["C1","C9"]' }), 'scope.channels'],
    ['JSON in a form, inside', complete({ channels: '["C1","#random"]' }), 'allow'],
    [
      'a list in JSON',
      post('files.completeUploadExternal', json, '{"channels":["C1","C9"]}'),
      'scope.channels',
    ],
    ['an empty one', post('files.completeUploadExternal', json, '{"channels":[]}'), 'scope.channels'],
    ['an empty item', complete({ channels: 'C1,' }), 'unresolved'],
    ['broken JSON', complete({ channels: '["C1"' }), 'unresolved'],
    ['none', complete({}), 'scope.channels'],
  ])('%s', async (_what, request, rule) => {
    expect(await ruleOf(['C1', 'C2'], request)).toBe(rule);
  });
});

describe('methods under a scope', () => {
  test.each([
    'api.test',
    'auth.test',
    'users.info',
    'users.list',
    'users.profile.set',
    'team.info',
    'emoji.list',
    'bots.info',
    'usergroups.list',
    'views.open',
    'views.publish',
    'dialog.open',
    'functions.completeSuccess',
    'files.getUploadURLExternal',
  ])('%s passes, as it reaches no channel', async (method) => {
    expect(await ruleOf(['C1'], call(method))).toBe('allow');
  });

  test.each([
    'search.messages',
    'files.list',
    'files.info',
    'files.delete',
    'files.sharedPublicURL',
    'files.remote.share',
    'conversations.list',
    'conversations.create',
    'users.conversations',
    'stars.list',
    'reactions.list',
    'slackLists.items.list',
    'canvases.edit',
    'calls.add',
    'admin.conversations.archive',
    'rtm.connect',
    'apps.connections.open',
    'oauth.v2.access',
    'chat.brandNew',
    'files.upload',
  ])('%s is refused, whatever channel it names', async (method) => {
    expect(await ruleOf(['*'], call(method))).toBe('scope.channels');
    expect(await ruleOf(['*'], call(method, { channel: 'C1' }))).toBe('scope.channels');
  });

  test.each([
    ['reactions.get', 'file', 'F1'],
    ['reactions.remove', 'file_comment', 'Fc1'],
    ['chat.unfurl', 'unfurl_id', '1'],
    ['chat.update', 'file_ids', '["F1"]'],
    ['agents.conversations.getCanvas', 'canvas_id', 'F1'],
    ['conversations.open', 'users', 'U2'],
  ])('%s with a %s is refused, as that may be elsewhere', async (method, argument, value) => {
    expect(await ruleOf(['C1'], call(method, { channel: 'C1', [argument]: value }))).toBe('scope.channels');
  });

  test('a user group takes listed channels only', async () => {
    expect(await ruleOf(['C1'], call('usergroups.create', { name: 'x', channels: 'C1' }))).toBe('allow');
    expect(await ruleOf(['C1'], call('usergroups.create', { name: 'x', channels: 'C1,C2' }))).toBe(
      'scope.channels',
    );
  });

  test('every method that takes a channel is held to it, and no other passes for it', async () => {
    for (const [method, channels] of knownMethods) {
      const [argument] = channels;
      if (argument === undefined) continue;
      expect(await ruleOf(['C1'], call(method, { [argument]: 'C2' })), method).toBe('scope.channels');
    }
  });
});

describe('names', () => {
  const byName = { scope: { channels: ['#general', 'C2'] } };
  const message = (channel: string) => call('chat.postMessage', { channel });

  test('are looked up once for all who ask, page by page, and again when they may have changed', async () => {
    const { judge, asked, state, clock } = start(byName);
    const outcomes = await Promise.all(Array.from({ length: 20 }, () => judge(message('C1'))));
    expect(outcomes.map(({ event }) => [event.decision, event.resources])).toEqual(
      outcomes.map(() => ['allow', ['#general']]),
    );
    expect(asked).toHaveLength(2);
    expect(asked[0]).toContain(
      'https://slack.com/api/conversations.list types=public_channel%2Cprivate_channel',
    );
    state.channels = { C1: 'renamed', C7: 'general' };
    clock.now += 4 * 60_000;
    expect((await judge(message('C1'))).event.decision).toBe('allow');
    clock.now += 60_000;
    expect((await judge(message('C1'))).event.decision).toBe('deny');
    expect((await judge(message('C7'))).event.decision).toBe('allow');
  });

  test('are not looked up when the list has them as they are written', async () => {
    const { judge, asked } = start(byName);
    for (const channel of ['#general', 'C2', 'D1', 'U1', '@x']) await judge(message(channel));
    expect(asked).toEqual([]);
    const ids = start({ scope: { channels: ['C1'] } });
    expect((await ids.judge(message('C9'))).event.decision).toBe('deny');
    expect(ids.asked).toEqual([]);
  });

  test('that cannot be looked up deny, and are asked for again a little later', async () => {
    const { judge, state, clock } = start(byName);
    state.isDown = true;
    const { event } = await judge(message('C1'));
    expect(event).toMatchObject({ decision: 'deny', rule: 'unresolved' });
    expect(event.unresolved).toContain('conversations.list');
    state.isDown = false;
    expect((await judge(message('C1'))).event.decision).toBe('deny');
    clock.now += 5_000;
    expect((await judge(message('C1'))).event.decision).toBe('allow');
  });

  test('of thousands of channels take no more pages than Slack gives in a minute, nor longer ones than can be read', async () => {
    const { judge, state } = start({ scope: { channels: ['#general'] } });
    const others = Array.from({ length: 7_500 }, (_, i) => [`C9${i}`, `other-${i}`]);
    state.channels = { ...Object.fromEntries(others), C1: 'general' };
    // 250 letters that Slack escapes, and the dozen fields that every channel has.
    Object.assign(state, { mostOnPage: 999, pagesLeft: 20, purpose: 'x'.repeat(250 * 6 + 1_000) });
    expect((await judge(message('C1'))).event.decision).toBe('allow');
  });

  test('that Slack refuses to say are denied with its word for why', async () => {
    const { judge } = start({ scope: { channels: ['#general'] } }, { token: 'xoxb-canary-revoked' });
    expect((await judge(message('C1'))).event.unresolved).toContain(
      'Slack refused to say it: "invalid_auth"',
    );
  });

  test('of public channels are known to a token that may not list private ones', async () => {
    const { judge, state, asked } = start({ scope: { channels: ['#general'] } });
    state.hasGroups = false;
    expect((await judge(message('C1'))).event.decision).toBe('allow');
    expect(asked.at(-1)).toContain('types=public_channel&');
  });

  test('of a host of Slack for government are asked for there', async () => {
    const { judge, asked } = start(byName);
    await judge({ ...message('C1'), url: 'https://slack-gov.com/api/chat.postMessage' });
    expect(asked[0]).toContain('https://slack-gov.com/api/conversations.list');
  });

  test('that two channels have are nobody’s', async () => {
    const { judge, state } = start({ scope: { channels: ['#general'] } });
    state.channels = { C1: 'general', C4: 'general' };
    expect((await judge(message('C1'))).event.decision).toBe('deny');
    expect((await judge(message('C4'))).event.decision).toBe('deny');
  });
});
