import { expect, test } from 'vitest';
import { start } from './aws.ts';

/** The names of what a request to SES does. */
async function namesOf(path: string, body: string, type = 'application/json') {
  const resolution = await start().resolve({
    method: 'POST',
    url: `https://email.us-east-1.amazonaws.com${path}`,
    headers: { 'content-type': type },
    body,
  });
  if ('unresolved' in resolution) throw new Error(resolution.unresolved);
  return [...new Set(resolution.actions.map(({ name }) => name))];
}

const one = '/v2/email/outbound-emails';
const many = '/v2/email/outbound-bulk-emails';
const first = '/v1/email/outbound-emails';
const from = 'arn:aws:ses:us-east-1:111122223333:identity/a.example';
const raw = { Content: { Raw: { Data: 'eA==' } }, FromEmailAddressIdentityArn: from };

test.each([
  ['a message of parts', one, { Content: { Simple: {} } }, ['ses:SendEmail']],
  ['a whole message', one, raw, ['ses:SendEmail', 'ses:SendRawEmail']],
  [
    'a whole message beside parts',
    one,
    { Content: { Simple: {}, Raw: null } },
    ['ses:SendEmail', 'ses:SendRawEmail'],
  ],
  ['a whole message by the API between', first, raw, ['ses:SendEmail', 'ses:SendRawEmail']],
  ['nothing', one, {}, ['ses:SendEmail']],
  [
    'what is too long to tell',
    one,
    { Content: { Simple: 'x'.repeat(1_100_000) } },
    ['ses:SendEmail', 'ses:SendRawEmail'],
  ],
  [
    'many of a template',
    many,
    { DefaultContent: { Template: {} } },
    ['ses:SendBulkEmail', 'ses:SendBulkTemplatedEmail'],
  ],
  ['many of nothing', many, { DefaultContent: {} }, ['ses:SendBulkEmail']],
])('sending %s is called what SES checks', async (_what, path, content, names) => {
  expect(await namesOf(path, JSON.stringify(content))).toEqual(names);
});

test('a whole message in another case is no message of parts', async () => {
  const sent = namesOf(one, '{"content":{"Raw":{"Data":"eA=="}}}');
  await expect(sent).rejects.toThrow('can be taken for Content');
  await expect(namesOf(one, '{"Content":{"raw":{}}}')).rejects.toThrow('can be taken for Raw');
});

test('the first API has an operation for each', async () => {
  const type = 'application/x-www-form-urlencoded';
  const version = '&Version=2010-12-01';
  expect(await namesOf('/', `Action=SendEmail${version}&Content.Raw.Data=x`, type)).toEqual([
    'ses:SendEmail',
  ]);
  expect(await namesOf('/', `Action=SendRawEmail${version}&RawMessage.Data=x`, type)).toEqual([
    'ses:SendRawEmail',
  ]);
});

test('denying raw messages denies them in every API', async () => {
  const { judge } = start({ policy: { allow: ['*'], deny: ['ses:SendRawEmail'] } });
  const request = {
    method: 'POST',
    url: `https://email.us-east-1.amazonaws.com${one}`,
    headers: { 'content-type': 'application/json' },
  };
  expect((await judge({ ...request, body: JSON.stringify(raw) })).event.decision).toBe('deny');
  expect((await judge({ ...request, body: '{"Content":{"Simple":{}}}' })).event.decision).toBe('allow');
});
