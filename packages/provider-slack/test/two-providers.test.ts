import { createPipeline, placeholderFor } from '@pai/core';
import { type RequestText, requestFor } from '@pai/core/conformance';
import { expect, test } from 'vitest';
import { attach, call, post, type Spec } from './slack.ts';

/** Two Providers for all hosts of Slack, `first` and `second`. */
function startTwo(first: Partial<Spec> = {}) {
  return createPipeline([attach('first', first), attach('second')], () => 0);
}

const second = `xoxb-${placeholderFor('second')}`;
// As slack-go calls most methods: without an Authorization field.
const form = call('chat.postMessage', { token: second, channel: 'C1' });

test.each<[string, RequestText, string]>([
  ['a form', form, 'second'],
  ['JSON', post('chat.postMessage', 'application/json', `{"channel":"C1","token":"${second}"}`), 'second'],
  [
    'a multipart form',
    post(
      'users.setPhoto',
      'multipart/form-data; boundary=b',
      `--b\r\nContent-Disposition: form-data; name="token"\r\n\r\n${second}\r\n--b--\r\n`,
    ),
    'second',
  ],
  ['a form, its own', call('auth.test', { token: placeholderFor('first') }), 'first'],
  ['a form, nobody’s', call('auth.test', { token: 'xoxb-agents' }), 'first'],
  ['a text', call('chat.postMessage', { channel: 'C1', text: second }), 'first'],
  [
    'a field, another in a form',
    {
      ...form,
      headers: {
        'content-type': 'application/x-www-form-urlencoded',
        authorization: `Bearer ${placeholderFor('first')}`,
      },
    },
    'first',
  ],
  ['content that cannot be read', post('auth.test', 'text/plain', `token=${second}`), 'first'],
])('with the placeholder in %s the right one of two judges', async (_where, request, name) => {
  const { event } = await startTwo().judge(requestFor(request));
  expect(event.provider).toBe(name);
});

test('the one whose placeholder is the token in the content judges alone', async () => {
  const outcome = await startTwo({ policy: { allow: ['auth.test'] } }).judge(
    requestFor(call('auth.test', { token: second })),
  );
  expect(outcome.event).toMatchObject({ provider: 'second', decision: 'allow' });
});

test('an upload is not read to find a placeholder', async () => {
  const upload = requestFor({ method: 'POST', url: 'https://files.slack.com/upload/v1/CwAB', body: 'x' });
  const unread = () => Promise.reject(new Error('it was read'));
  const body = { ...upload.body, peek: unread, bytes: unread };
  const { event } = await startTwo().judge({ ...upload, body });
  expect(event.decision).toBe('allow');
});
