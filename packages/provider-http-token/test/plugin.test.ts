import { createPipeline, type Outcome, type Pipeline, placeholderFor, Secret } from '@pai/core';
import { requestFor, testProvider } from '@pai/core/conformance';
import { compilePolicy } from '@pai/policy';
import type { Static } from 'typebox';
import Value from 'typebox/value';
import { describe, expect, test } from 'vitest';
import { httpToken } from '../src/index.ts';

type Spec = Static<typeof httpToken.spec>;

const key = 'sk_canary+/= 42';
const bearer: Spec = {
  type: 'http-token',
  host: 'api.example.com',
  auth: { type: 'bearer', secretRef: 'example' },
  policy: { httpRules: [{ methods: ['GET'], paths: ['/v1/**'], effect: 'allow' }] },
};

function apiKey(auth: Partial<Spec['auth']>): Spec {
  return { ...bearer, auth: { type: 'api-key', secretRef: 'example', ...auth } };
}

function create(spec: Spec) {
  return httpToken.create(spec, {
    name: 'example',
    secrets: {
      read: (name) => new Secret(`example/${name}`, key),
      derive: (made, value) => new Secret(made, value),
    },
    signal: new AbortController().signal,
    fetch: () => Promise.reject(new Error('nothing is fetched')),
    now: () => 0,
    log: () => undefined,
  });
}

function pipelineOf(spec: Spec): Pipeline {
  const provider = create(spec);
  const { decide } = compilePolicy({
    name: 'example',
    type: 'http-token',
    policy: spec.policy,
    plugin: httpToken,
    scope: provider.scope,
    hasScope: false,
  });
  const attached = {
    name: 'example',
    type: 'http-token',
    provider,
    decide,
    enforcement: 'enforce',
    isLogged: true,
  } as const;
  return createPipeline([attached], () => 0);
}

async function judge(
  spec: Spec,
  target: string,
  headers: readonly string[] = [],
  { method = 'GET', host = 'api.example.com' } = {},
): Promise<Outcome> {
  return pipelineOf(spec).judge(requestFor({ method, url: `https://${host}${target}`, headers }));
}

async function forwarded(
  spec: Spec,
  target: string,
  headers: readonly string[] = [],
): Promise<{ target: string; headers: string[] }> {
  const outcome = await judge(spec, target, headers);
  if (outcome.kind !== 'forward') throw new Error(outcome.event.reason);
  const [, , ...afterHost] = outcome.request.headers;
  return { target: outcome.request.target, headers: afterHost };
}

describe('the spec', () => {
  test.each([
    [bearer, true],
    [apiKey({ header: 'X-API-Key', prefix: '' }), true],
    [apiKey({ param: 'api_key' }), true],
    [{ ...bearer, host: undefined }, false],
    [{ ...bearer, auth: { type: 'basic', secretRef: 'x' } }, false],
    [apiKey({ header: 'X API Key' }), false],
    [apiKey({ header: 'X-Key', prefix: 'a\r\nb' }), false],
    [apiKey({ param: '' }), false],
    [{ ...bearer, scope: {} }, false],
    [{ ...bearer, config: { upgrades: ['websocket'] } }, true],
    [{ ...bearer, config: { upgrades: [] } }, true],
    [{ ...bearer, config: { upgrades: ['h2c'] } }, false],
    [{ ...bearer, config: { upgrades: 'websocket' } }, false],
    [{ ...bearer, config: { websocket: true } }, false],
  ])('%# is valid: %s', (value, expected) => {
    expect(Value.Check(httpToken.spec, value)).toBe(expected);
  });

  test.each([
    [{ ...bearer, auth: { ...bearer.auth, header: 'X-Key' } }, 'do not go with type bearer'],
    [{ ...bearer, auth: { ...bearer.auth, prefix: '' } }, 'do not go with type bearer'],
    [{ ...bearer, auth: { ...bearer.auth, param: 'key' } }, 'do not go with type bearer'],
    [apiKey({ param: 'key', header: 'X-Key' }), 'does not go with header or prefix'],
    [apiKey({ param: 'key', prefix: '' }), 'does not go with header or prefix'],
    [apiKey({ header: 'Host' }), 'cannot hold a key'],
    [apiKey({ header: 'Content-Length' }), 'cannot hold a key'],
    [{ ...bearer, host: 'https://api.example.com/' }, 'is not a host'],
    [{ ...bearer, host: '*' }, 'is not a host'],
  ])('%# is refused where its fields contradict each other', (spec, message) => {
    expect(() => create(spec as Spec)).toThrow(
      expect.objectContaining({ code: 'config_invalid', message: expect.stringContaining(message) }),
    );
  });
});

describe('the credential', () => {
  test.each([
    [bearer, ['authorization', `Bearer ${key}`]],
    [apiKey({}), ['authorization', `Bearer ${key}`]],
    [apiKey({ prefix: '' }), ['authorization', key]],
    [apiKey({ header: 'X-API-Key' }), ['X-API-Key', `Bearer ${key}`]],
    [apiKey({ header: 'X-API-Key', prefix: '' }), ['X-API-Key', key]],
    [apiKey({ header: 'Authorization', prefix: 'Token ' }), ['Authorization', `Token ${key}`]],
  ])('%# is written in its header, in place of every copy the agent sent', async (spec, expected) => {
    const sent = [expected[0]?.toUpperCase() ?? '', 'agent', expected[0]?.toLowerCase() ?? '', 'agent'];
    const { headers, target } = await forwarded(spec, '/v1/x?a=1', [...sent, 'authorization', 'Basic YTpi']);
    expect(headers).toEqual(expected);
    expect(target).toBe('/v1/x?a=1');
  });

  test.each([
    ['/v1/x', '/v1/x?api_key=sk_canary%2B%2F%3D%2042'],
    ['/v1/x?api_key=agent', '/v1/x?api_key=sk_canary%2B%2F%3D%2042'],
    ['/v1/x?a=1&API_KEY=agent&%61pi_key=agent', '/v1/x?a=1&api_key=sk_canary%2B%2F%3D%2042'],
  ])('is written in its parameter: %s becomes %s', async (target, expected) => {
    const sent = await forwarded(apiKey({ param: 'api_key' }), target, ['Authorization', 'Bearer agent']);
    expect(sent).toEqual({ target: expected, headers: [] });
  });

  test('has a placeholder in the variable the user names, and in none by default', () => {
    const named = { ...bearer, auth: { ...bearer.auth, agentEnvVar: 'EXAMPLE_TOKEN' } };
    expect(create(named).placeholders).toEqual({ env: { EXAMPLE_TOKEN: placeholderFor('example') } });
    expect(create(bearer).placeholders).toEqual({ env: {} });
  });

  test('is read from the key the user names', () => {
    const read: string[] = [];
    const secrets = {
      read: (name: string) => {
        read.push(name);
        return new Secret(name, key);
      },
      derive: (name: string, value: string) => new Secret(name, value),
    };
    const { signal } = new AbortController();
    const context = { name: 'example', secrets, fetch, signal, now: () => 0, log: () => undefined };
    httpToken.create({ ...bearer, auth: { ...bearer.auth, secretKey: 'password' } }, context);
    httpToken.create(bearer, context);
    expect(read).toEqual(['password', 'token']);
  });
});

describe('a switch of protocols', () => {
  const judgeSwitch = async (spec: Spec, upgrade: string, target = '/v1/x') => {
    const request = requestFor({ url: `https://api.example.com${target}` });
    return (await pipelineOf(spec).judge({ ...request, upgrade })).event;
  };
  const open: Spec = { ...bearer, config: { upgrades: ['websocket'] } };

  test('is refused unless the user allows it', async () => {
    expect(await judgeSwitch(bearer, 'websocket')).toMatchObject({
      decision: 'refuse',
      rule: 'upgrade_refused',
    });
    expect(await judgeSwitch(open, 'websocket')).toMatchObject({ decision: 'allow' });
    expect(await judgeSwitch(open, 'WebSocket')).toMatchObject({ decision: 'allow' });
  });

  test('is judged like any request', async () => {
    expect(await judgeSwitch(open, 'websocket', '/v2/x')).toMatchObject({ decision: 'deny' });
  });

  test.each(['h2c', 'websocket, h2c', 'tls/1.0', ''])('to anything else is refused: %s', async (upgrade) => {
    expect(await judgeSwitch(open, upgrade)).toMatchObject({ decision: 'refuse', rule: 'upgrade_refused' });
  });
});

describe('a request', () => {
  test.each([
    ['GET', '/v1/x', 'allow', 'policy.httpRules[0]'],
    ['POST', '/v1/x', 'deny', 'policy.httpRules'],
    ['GET', '/v2/x', 'deny', 'policy.httpRules'],
  ])('%s %s is judged by httpRules: %s', async (method, target, decision, rule) => {
    expect((await judge(bearer, target, [], { method })).event).toMatchObject({ decision, rule });
  });

  test.each(['X-HTTP-Method-Override', 'x-http-method', 'X-Method-Override'])(
    'with %s is unresolved',
    async (name) => {
      const { event } = await judge(bearer, '/v1/x', [name, 'DELETE']);
      expect(event).toMatchObject({ decision: 'deny', rule: 'unresolved' });
    },
  );

  test('goes to any one label under a wildcard host', async () => {
    const spec = { ...bearer, host: '*.internal.example.com' };
    const at = async (host: string) => (await judge(spec, '/v1/x', [], { host })).event.decision;
    expect(await at('a.internal.example.com')).toBe('allow');
    expect(await at('internal.example.com')).toBe('refuse');
    expect(await at('a.b.internal.example.com')).toBe('refuse');
  });
});

describe('the contract of a provider', () => {
  const sample = { url: 'https://api.example.com/v1/x?a=1', actions: ['request'] };
  const contract = { plugin: httpToken, secrets: { token: key }, samples: [sample] };
  testProvider(test, {
    ...contract,
    spec: { ...bearer, auth: { ...bearer.auth, agentEnvVar: 'EXAMPLE_TOKEN' } },
  });
  testProvider(test, { ...contract, spec: apiKey({ header: 'X-API-Key', prefix: '' }) });
  testProvider(test, { ...contract, spec: apiKey({ param: 'api_key' }) });
});
