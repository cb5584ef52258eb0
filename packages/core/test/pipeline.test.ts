import { inspect } from 'node:util';
import { jsonResponse, PaiError, type Provider, parseHostPattern, placeholderFor } from '@pai/core';
import { describe, expect, test } from 'vitest';
import { answered, attach, canary, forwarded } from './boxes.ts';

describe('what becomes of a request', () => {
  test('an allowed request goes on, with the credential and an event', async () => {
    const { request, event, by } = await forwarded();
    expect(request).toMatchObject({
      method: 'GET',
      host: 'boxes.example',
      port: 443,
      target: '/boxes/red?x=1',
    });
    expect(request.headers).toEqual(['host', 'boxes.example', 'authorization', `Bearer ${canary}`]);
    expect(by.name).toBe('boxes');
    expect(event).toEqual({
      time: '1970-01-01T00:00:00.000Z',
      request_id: '00000000-0000-4000-8000-000000000000',
      provider: 'boxes',
      method: 'GET',
      host: 'boxes.example',
      path: '/boxes/red',
      actions: ['read'],
      resources: ['red'],
      decision: 'allow',
      rule: 'policy.allow[0]',
      enforcement: 'enforce',
      status: 0,
      bytes_in: 0,
      bytes_out: 0,
      duration_ms: 0,
    });
  });

  test('a denied request is answered with the rule and the sentence', async () => {
    const { response, event } = await answered({ method: 'POST' });
    expect(response.status).toBe(403);
    expect(JSON.parse(String(response.body))).toEqual({
      error: {
        code: 'request_denied',
        message: 'boxes: write is not allowed',
        request_id: '00000000-0000-4000-8000-000000000000',
      },
    });
    expect(response.headers.slice(2)).toEqual([
      'x-pai-decision',
      'deny',
      'x-pai-rule',
      'policy.allow',
      'x-pai-request-id',
      '00000000-0000-4000-8000-000000000000',
    ]);
    expect(event).toMatchObject({
      decision: 'deny',
      rule: 'policy.allow',
      reason: 'boxes: write is not allowed',
    });
  });

  test("a denial has the service's own shape where its Provider knows one", async () => {
    const deny: Provider['deny'] = ({ message, actions }) =>
      jsonResponse(403, { ok: false, message, names: actions.map(({ name }) => name) }, [
        'X-Pai-Rule',
        'forged',
      ]);
    const { response } = await answered({ method: 'POST' }, attach({ powers: { deny } }));
    expect(JSON.parse(String(response.body))).toEqual({
      ok: false,
      message: 'boxes: write is not allowed',
      names: ['write'],
    });
    expect(response.headers).not.toContain('forged');
  });

  test.each([
    ['malformed_request', 400, { url: 'https://boxes.example/a/../b' }, {}],
    [
      'credential_unavailable',
      502,
      {},
      {
        inject: () => {
          throw new PaiError('credential_unavailable', 'there is none');
        },
      },
    ],
  ] as const)('%s, a refusal, has it too, with its own status', async (code, status, request, powers) => {
    const deny: Provider['deny'] = (denial) => jsonResponse(denial.status, denial);
    const { response, event, by } = await answered(request, attach({ powers: { ...powers, deny } }));
    expect(response.status).toBe(status);
    expect(JSON.parse(String(response.body))).toEqual({
      ...{ provider: 'boxes', decision: 'refuse', status, rule: code, actions: [] },
      ...{ message: event.reason, requestId: event.request_id },
    });
    const decision = ['x-pai-decision', 'refuse', 'x-pai-rule', code, 'x-pai-request-id', event.request_id];
    expect(response.headers).toEqual(expect.arrayContaining(decision));
    expect(by?.name).toBe('boxes');
  });

  test('a refusal that its Provider cannot shape is in ours', async () => {
    const deny: Provider['deny'] = () => {
      throw new Error(canary);
    };
    const { response, event } = await answered(
      { url: 'https://boxes.example//' },
      attach({ powers: { deny } }),
    );
    expect(response.status).toBe(400);
    expect(JSON.parse(String(response.body)).error.code).toBe('malformed_request');
    expect(event.decision).toBe('refuse');
  });

  test('a request that goes on carries the refusal it may end in', async () => {
    const deny: Provider['deny'] = ({ status, message }) => jsonResponse(status, { message });
    const { refuse } = await forwarded({}, attach({ powers: { deny } }));
    const { status, headers, body } = refuse(new PaiError('upstream_timeout', 'boxes: too late'));
    expect([status, body]).toEqual([504, '{"message":"boxes: too late"}']);
    expect(headers).toContain('upstream_timeout');
  });

  test('a shape that cannot be made is a refusal, not a pass', async () => {
    const deny: Provider['deny'] = () => {
      throw new Error(canary);
    };
    const { response, event } = await answered({ method: 'POST' }, attach({ powers: { deny } }));
    expect(response.status).toBe(500);
    expect(event).toMatchObject({ decision: 'refuse', error: 'internal' });
    expect(inspect({ response, event })).not.toContain(canary);
  });

  test('audit mode lets a denial through and says so', async () => {
    const { event, request } = await forwarded({ method: 'POST' }, attach({ enforcement: 'audit' }));
    expect(event).toMatchObject({
      decision: 'audit',
      enforcement: 'audit',
      rule: 'policy.allow',
      reason: 'boxes: write is not allowed',
      message: 'AUDIT (not blocked): boxes: write is not allowed',
      actions: ['write'],
    });
    expect(request.headers).toContain(`Bearer ${canary}`);
  });

  test('audit mode does not let through what is no policy', async () => {
    for (const url of ['https://boxes.example/a/../b', 'https://other.example/']) {
      const { event } = await answered({ url }, attach({ enforcement: 'audit' }));
      expect(event.decision).toBe('refuse');
      expect(event.message).toBeUndefined();
    }
  });

  test('a host that nobody claims is misdirected', async () => {
    const { response, event, by } = await answered({ url: 'https://other.example:8443/' });
    expect(response.status).toBe(421);
    expect(by).toBeUndefined();
    expect(event).toMatchObject({
      decision: 'refuse',
      error: 'misdirected_request',
      rule: 'misdirected_request',
      host: 'other.example:8443',
      reason: expect.stringContaining('no attached Provider claims other.example:8443'),
    });
  });

  test.each(['/boxes/../red', '/boxes//red', '/boxes/%2e%2e/red', '//', '/a%00'])(
    'the path %s is malformed, whatever the policy says',
    async (path) => {
      const { response, event } = await answered({ url: `https://boxes.example${path}` });
      expect(response.status).toBe(400);
      expect(event).toMatchObject({ decision: 'refuse', error: 'malformed_request', provider: 'boxes' });
    },
  );

  test('a Provider of opaque paths gets them as they are', async () => {
    const { request } = await forwarded(
      { url: 'https://boxes.example/a//../%2e%zz' },
      attach({ powers: { hasOpaquePaths: true } }),
    );
    expect(request.target).toBe('/a//../%2e%zz');
  });

  test('a token endpoint is answered before anything is decided', async () => {
    const answer: Provider['answer'] = ({ path }) =>
      path === '/token' ? jsonResponse(200, { ok: 1 }) : undefined;
    const { response, event } = await answered(
      { method: 'POST', url: 'https://boxes.example/token' },
      attach({ powers: { answer } }),
    );
    expect(response.status).toBe(200);
    expect(event).toMatchObject({ decision: 'answer', rule: 'answer' });
    await forwarded({}, attach({ powers: { answer } }));
  });

  test("a Provider's filter sees the request it belongs to", async () => {
    const seen: string[] = [];
    const filter: Provider['filter'] = (_, request) => {
      seen.push(request.path);
      return undefined;
    };
    const outcome = await forwarded({}, attach({ powers: { filter } }));
    expect(outcome.filter?.({ status: 200, headers: [] })).toBeUndefined();
    expect(seen).toEqual(['/boxes/red']);
    expect((await forwarded()).filter).toBeUndefined();
  });
});

describe('what a resolver does', () => {
  test.each<[string, Provider['resolve'], string]>([
    ['an empty list', () => ({ actions: [] as never }), 'the resolver named no action'],
    ['neither actions nor a reason', () => ({}) as never, 'the resolver named no action'],
    ['actions and a reason', () => ({ actions: [{ name: 'read' }], unresolved: 'both' }) as never, 'both'],
    ['actions that are no list', () => ({ actions: { length: 1 } }) as never, 'the resolver named no action'],
    ['nothing', () => undefined as never, 'the resolver failed'],
    ['a reason', () => ({ unresolved: 'two Action parameters' }), 'two Action parameters'],
    ['a rejection', async () => Promise.reject(new Error(canary)), 'the resolver failed'],
    [
      'an error of Pai',
      () => {
        throw new PaiError('body_too_large', 'the body is too large');
      },
      'the body is too large',
    ],
    [
      'any other error',
      () => {
        throw new Error(canary);
      },
      'the resolver failed',
    ],
  ])('%s is unresolved, and never allowed by it', async (_, resolve, unresolved) => {
    const { event, response } = await answered({}, attach({ powers: { resolve } }));
    expect(event).toMatchObject({
      decision: 'deny',
      unresolved,
      actions: [],
      reason: `boxes: ${unresolved} is not allowed`,
    });
    expect(inspect({ event, response })).not.toContain(canary);
  });

  test('each part of a resource once is in the event', async () => {
    const resolve: Provider['resolve'] = () => ({
      actions: [{ name: 'read', part: 'lid' }, { name: 'read', part: 'lid' }, { name: 'read' }],
    });
    const { event } = await forwarded({}, attach({ powers: { resolve } }));
    expect(event.parts).toEqual(['lid']);
  });

  test('a denial that comes after the content says which content', async () => {
    const deny: Provider['deny'] = () => ({ status: 200, headers: [], body: 'no', isAfterContent: true });
    const resolve: Provider['resolve'] = () => ({ unresolved: 'for a test' });
    const outcome = await answered({ body: 'abc' }, attach({ powers: { resolve, deny } }));
    expect(outcome.unread?.length).toBe(3);
  });

  test('every action and each resource once is in the event', async () => {
    const resolve: Provider['resolve'] = () => ({
      actions: [{ name: 'read', resource: 'red' }, { name: 'read', resource: 'red' }, { name: 'read' }],
    });
    const { event } = await forwarded({}, attach({ powers: { resolve } }));
    expect(event).toMatchObject({ actions: ['read', 'read', 'read'], resources: ['red'] });
  });

  test('a policy that fails is a refusal', async () => {
    const broken = () => {
      throw new Error(canary);
    };
    const { event, response } = await answered({}, attach({ decide: broken, enforcement: 'audit' }));
    expect(event).toMatchObject({
      decision: 'refuse',
      error: 'internal',
      reason: 'the request could not be judged',
    });
    expect(inspect({ event, response })).not.toContain(canary);
  });
});

describe('several Providers for one host', () => {
  const denying = (name: string, enforcement: 'enforce' | 'audit' = 'enforce') =>
    attach({
      name,
      enforcement,
      decide: () => ({ effect: 'deny', rule: `${name}.rule`, reason: `${name}: no` }),
    });

  test('the first that allows it, in order, takes it', async () => {
    const { by, event } = await forwarded({}, denying('a'), attach({ name: 'b' }), attach({ name: 'c' }));
    expect(by.name).toBe('b');
    expect(event).toMatchObject({ provider: 'b', rule: 'policy.allow[0]' });
    expect(event.reason).toBeUndefined();
  });

  test('a request that none allows is denied with every reason', async () => {
    const { by, event, response } = await answered({}, denying('a'), denying('b'), denying('c'));
    expect(by?.name).toBe('a');
    expect(event).toMatchObject({ provider: 'a', rule: 'a.rule', reason: 'a: no; b: no; c: no' });
    expect(String(response.body)).toContain('a: no; b: no; c: no');
  });

  test('one whose policy is only audited takes what all deny', async () => {
    const { by, event } = await forwarded({}, denying('a'), denying('b', 'audit'), denying('c', 'audit'));
    expect(by.name).toBe('b');
    expect(event).toMatchObject({ decision: 'audit', message: 'AUDIT (not blocked): b: no' });
  });

  test('the one whose placeholder it carries decides alone', async () => {
    const headers = { authorization: `Bearer ${placeholderFor('c')}` };
    const { by } = await forwarded({ headers }, attach({ name: 'b' }), attach({ name: 'c' }));
    expect(by.name).toBe('c');
    const { event } = await answered({ headers }, attach({ name: 'b' }), denying('c'));
    expect(event).toMatchObject({ provider: 'c', reason: 'c: no' });
  });

  test('the one that the agent named decides alone, whatever it carries', async () => {
    const headers = { authorization: `Bearer ${placeholderFor('b')}` };
    const { by } = await forwarded({ provider: 'c', headers }, attach({ name: 'b' }), attach({ name: 'c' }));
    expect(by.name).toBe('c');
    const { event } = await answered({ provider: 'c' }, attach({ name: 'b' }), denying('c'));
    expect(event).toMatchObject({ provider: 'c', reason: 'c: no' });
  });

  test.each([
    ['nobody has', 'nobody'],
    ['only another host has', 'elsewhere'],
    ['only a wildcard has', 'wild'],
    ['is empty', ''],
    ['every object has', 'constructor'],
  ])('a name that %s is refused, and nobody else decides', async (_name, provider) => {
    const elsewhere = attach({ name: 'elsewhere', powers: { hosts: [parseHostPattern('crates.example')] } });
    const wild = attach({ name: 'wild', powers: { hosts: [parseHostPattern('*.example')] } });
    const { event, response } = await answered({ provider }, attach(), elsewhere, wild);
    expect(response.status).toBe(421);
    expect(event).toMatchObject({ decision: 'refuse', rule: 'misdirected_request' });
    expect(event.reason).toContain('does not answer for boxes.example; boxes does');
    expect(event.provider).toBeUndefined();
  });

  test('a Provider that names the host goes before one with a wildcard', async () => {
    const wild = attach({ name: 'wild', powers: { hosts: [parseHostPattern('*.example')] } });
    expect((await forwarded({}, wild, attach())).by.name).toBe('boxes');
    const { event } = await answered({ method: 'POST' }, wild, attach());
    expect(event.reason).toBe('boxes: write is not allowed');
  });
});
