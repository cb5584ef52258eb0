import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type OAuthPod, startOAuthPod } from './mcp/oauth-pod.ts';
import { findLaid } from './mcp/servers.ts';

const client = (name: string) => join(import.meta.dirname, 'clients/mcp', name);

let pod: OAuthPod;

beforeAll(async () => {
  pod = await startOAuthPod('127.0.0.83');
});

afterAll(() => pod?.close());

let askedBefore = 0;

beforeEach(() => {
  askedBefore = pod.asked.length;
});

const places = ['tracker', 'demo'] as const;

test('a login with the SDK’s own authorization server says that there is no refresh token', async () => {
  expect(await pod.login('demo')).toMatch(
    /no refresh token: log in again in 3600 seconds\nprovider\/demo logged in/,
  );
});

describe.each(places)('%s', (name) => {
  const expected = /tools .*read_issue.*called .*read_issue done.*denied .*unknown tool/is;

  test('the SDK connects without any login of its own', async () => {
    const { text } = await pod.run(process.execPath, [
      client('sdk.mjs'),
      pod.urlOf(name),
      'http',
      'read_issue',
      '{}',
      'write_issue',
    ]);
    expect(text).toMatch(expected);
    expect(pod.asked.slice(askedBefore)).toEqual([]);
  });

  test('mcp-remote starts no login', {
    skip: findLaid('mcp-remote', 'mcp-remote') === undefined,
  }, async () => {
    const bridge = findLaid('mcp-remote', 'mcp-remote/dist/proxy.js') ?? '';
    const { text } = await pod.run(process.execPath, [
      client('bridge.mjs'),
      'read_issue',
      '{}',
      'write_issue',
      bridge,
      pod.urlOf(name),
    ]);
    expect(text).toMatch(expected);
    expect(text).not.toMatch(/authoriz(?:e|ation) .*https:|open.*browser/i);
    expect(pod.asked.slice(askedBefore)).toEqual([]);
  });

  test('Claude Code finds it connected', {
    skip: findLaid('claude', '.bin/claude') === undefined,
  }, async () => {
    const claude = (...words: string[]) =>
      pod.run(findLaid('claude', '.bin/claude') ?? '', words, { DISABLE_AUTOUPDATER: '1' });
    await claude('mcp', 'add', '--transport', 'http', '-s', 'user', name, pod.urlOf(name));
    const { text } = await claude('mcp', 'list');
    expect(text).toMatch(new RegExp(`${name}: .*Connected`));
    expect(text).not.toMatch(/needs authentication/i);
    expect(pod.asked.slice(askedBefore)).toEqual([]);
  });
});

test('clients that had to log in themselves would be told of a command, not of a server', async () => {
  await pod.as.revokeAll();
  expect(await pod.login('tracker')).toContain('secret/tracker-login updated');
  const text = pod.auditText();
  for (const token of pod.as.tokens) expect(text).not.toContain(token);
  expect(text).not.toContain('"status":401');
});
