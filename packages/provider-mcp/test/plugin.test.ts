import { getHeader, PaiError } from '@pai/core';
import { requestFor, testProvider } from '@pai/core/conformance';
import Value from 'typebox/value';
import { describe, expect, test } from 'vitest';
import { mcp } from '../src/index.ts';
import type { McpSpec } from '../src/schema.ts';
import { attach, call, judge, post } from './mcp.ts';

const url = 'https://mcp.example.com/mcp';
const spec: McpSpec = {
  type: 'mcp',
  auth: { type: 'api-key', secretRef: 's' },
  mcp: { transport: 'http', url },
  policy: {},
};
const sent = (message: unknown) => ({
  method: 'POST',
  url,
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(message),
});

describe('keeps the contract', () => {
  testProvider(test, {
    plugin: mcp,
    spec,
    secrets: { token: 'canary-key-0123456789' },
    samples: [
      { ...sent(call('list_issues', { a: 1 })), actions: ['list_issues'] },
      { ...sent([call('a'), call('b')]), actions: ['a', 'b'] },
      {
        ...sent({ jsonrpc: '2.0', id: 1, method: 'resources/read', params: { uri: 'x:y' } }),
        actions: ['resources/read'],
        resource: 'x:y',
      },
      { url, actions: ['transport/listen'] },
      { ...sent({}), actions: 'unresolved' },
    ],
  });
});

test.each([
  [spec, true],
  [{ type: 'mcp', mcp: { url } }, true],
  [{ ...spec, policy: { mcp: { rules: [{ tool: 'a', effect: 'deny', arguments: { b: 'c' } }] } } }, true],
  [{ ...spec, policy: { mcp: { rules: [{ tool: 'a', effect: 'deny', arguments: {} }] } } }, false],
  [{ ...spec, mcp: undefined }, false],
  [{ ...spec, auth: { type: 'bearer', secretRef: 's' } }, false],
])('the spec %# is valid: %s', (value, expected) => {
  expect(Value.Check(mcp.spec, value)).toBe(expected);
});

test.each([
  ['http://mcp.example.com/mcp', 'over https only'],
  ['mcp.example.com', 'is not a URL'],
  ['https://user:pass@mcp.example.com/', 'more than a place'],
  ['https://mcp.example.com/#x', 'more than a place'],
])('the URL %s is refused', (wrong, why) => {
  expect(() => attach({}, { mcp: { url: wrong } })).toThrow(why);
  expect(() => attach({}, { mcp: { url: wrong } })).toThrow(PaiError);
});

test.each([
  [{}, 'authorization', 'Bearer canary-key-0123456789'],
  [{ header: 'X-Api-Key' }, 'x-api-key', 'canary-key-0123456789'],
  [{ header: 'X-Api-Key', prefix: 'Key ' }, 'x-api-key', 'Key canary-key-0123456789'],
  [{ prefix: '' }, 'authorization', 'canary-key-0123456789'],
])('the key goes where %j says, in place of the agent’s', async (parts, header, value) => {
  const pipeline = attach({}, { auth: { type: 'api-key', secretRef: 's', ...parts } });
  const headers = [
    'content-type',
    'application/json',
    'authorization',
    'Bearer x',
    'X-API-KEY',
    'y',
    'accept-encoding',
    'gzip',
  ];
  const outcome = await pipeline.judge(post(call('a'), { headers }));
  const written = outcome.kind === 'forward' ? outcome.request.headers : [];
  expect(getHeader(written, header)).toBe(value);
  expect(getHeader(written, 'accept-encoding')).toBe('identity');
  if (header !== 'authorization') expect(getHeader(written, 'authorization')).toBeUndefined();
});

test.each(['Host', 'content-length', 'Transfer_Encoding', 'Connection'])(
  'the header %s holds no key: it frames the message',
  (header) => {
    const wrong = () => attach({}, { auth: { type: 'api-key', secretRef: 's', header } });
    expect(wrong).toThrow(`auth.header: ${header} cannot hold a key`);
    expect(wrong).toThrow(PaiError);
  },
);

test('a server without a key gets none, also not the agent’s', async () => {
  const pipeline = attach({}, { auth: undefined } as unknown as Partial<McpSpec>);
  const outcome = await pipeline.judge(
    post(call('a'), { headers: ['content-type', 'application/json', 'authorization', 'x'] }),
  );
  expect(outcome.kind === 'forward' && getHeader(outcome.request.headers, 'authorization')).toBeUndefined();
});

test.each([
  'oauth-protected-resource',
  'oauth-protected-resource/mcp',
  'oauth-authorization-server',
  'openid-configuration',
])('there is nothing to log in with: %s', async (path) => {
  const request = requestFor({ url: `https://mcp.example.com/.well-known/${path}` });
  expect(await judge(attach({ deny: ['*'] }), request)).toMatchObject({ decision: 'answer', status: 404 });
});
