import { inspect } from 'node:util';
import {
  getHeader,
  PaiError,
  type Provider,
  type ResponseHead,
  Secret,
  type SecretChange,
  type UpstreamRequest,
} from '@pai/core';
import { requestFor, testProvider } from '@pai/core/conformance';
import { describe, expect, test } from 'vitest';
import { cpuSeconds } from '../../../test/cpu-time.ts';
import { mcp } from '../src/index.ts';
import type { McpSpec, OAuthAuth } from '../src/schema.ts';
import { call, post } from './mcp.ts';
import { canary, fetchIn, issuer, type Said, type Sent, url } from './oauth-servers.ts';

const now = 1_000_000;
const grant = {
  issuer,
  tokenEndpoint: `${issuer}/token`,
  clientId: 'made',
  clientAuth: 'none',
  isRegistered: true,
  resource: url,
  expiresAt: now + 3_600_000,
};
const fresh = { access_token: canary.access, refresh_token: canary.refresh, grant: JSON.stringify(grant) };
const stale = { ...fresh, grant: JSON.stringify({ ...grant, expiresAt: now - 1 }) };
const next: Said = {
  body: {
    access_token: 'canary-second-a1',
    refresh_token: 'canary-renewed-a1',
    token_type: 'bearer',
    expires_in: 60,
  },
};

const specOf = (auth: Partial<OAuthAuth> = {}): McpSpec => ({
  type: 'mcp',
  mcp: { transport: 'http', url },
  auth: { type: 'oauth', secretRef: 's', ...auth },
});

/** What a Provider is attached with. */
interface Parts {
  readonly stored?: Readonly<Record<string, string>>;
  readonly answer?: Said | ((content: string) => Said);
  readonly auth?: Partial<OAuthAuth>;
  /** Fails to write, the first so many times. */
  readonly unwritable?: number;
  /** Cannot be changed at all. */
  readonly isLocked?: boolean;
  readonly namespace?: string;
}

/** A Provider with a Secret that others can change. */
function attach(parts: Parts = {}) {
  const { stored = fresh, answer = next, auth, unwritable = 0, isLocked = false, namespace } = parts;
  const secret: Record<string, string | undefined> = { ...stored };
  const sent: Sent[] = [];
  const logs: string[] = [];
  const changes: SecretChange[] = [];
  let failures = unwritable;
  let queue: Promise<unknown> = Promise.resolve();
  const look = (key: string) => (secret[key] === undefined ? undefined : new Secret(`s/${key}`, secret[key]));
  const provider: Provider = mcp.create(specOf(auth), {
    name: 'tracker',
    ...(namespace !== undefined && { namespace }),
    secrets: {
      read: (key) => {
        const found = stored[key as keyof typeof stored];
        if (found === undefined) throw new PaiError('secret_missing', `secret s has no key ${key}`);
        return new Secret(`s/${key}`, found);
      },
      derive: (name, value) => new Secret(name, value),
    },
    renewSecret: (change) => {
      const run = async () => {
        if (isLocked) throw new PaiError('state_unwritable', '/home/ada/pai/.lock is held by process 7');
        const made = await change(look);
        if (failures > 0) {
          failures -= 1;
          throw new PaiError('state_unwritable', 'the disk is full');
        }
        changes.push(made);
        Object.assign(secret, made);
      };
      const done = queue.then(run);
      queue = done.catch(() => undefined);
      return done;
    },
    fetch: fetchIn({ [`${issuer}/token`]: answer }, sent),
    signal: new AbortController().signal,
    now: () => now,
    log: (line) => void logs.push(line),
  });
  const inject = async (): Promise<{ request: UpstreamRequest; token: string | undefined }> => {
    const { method, host, port, target, body } = post({});
    const request = { method, host, port, target, headers: [], body };
    await provider.inject(request);
    return { request, token: getHeader(request.headers, 'authorization') };
  };
  const renew = async (request: UpstreamRequest) => provider.renew?.(request, { status: 401, headers: [] });
  return { provider, inject, renew, secret, sent, logs, changes };
}

const failureOf = (asked: Promise<unknown>) =>
  asked.then(
    () => undefined,
    (thrown: PaiError) => thrown,
  );

describe('keeps the contract with a login', () => {
  testProvider(test, {
    plugin: mcp,
    spec: specOf(),
    secrets: { ...fresh, grant: JSON.stringify({ ...grant, expiresAt: Date.UTC(2036, 0, 1) }) },
    samples: [
      {
        method: 'POST',
        url,
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(call('list_issues')),
        actions: ['list_issues'],
      },
    ],
  });
});

describe('a token', () => {
  test('that holds is put on, and nobody is asked', async () => {
    const { inject, sent } = attach();
    expect((await inject()).token).toBe(`Bearer ${canary.access}`);
    expect(sent).toEqual([]);
  });

  test('that has ended is renewed once for all, for the same resource, and both new ones are kept', async () => {
    const { inject, sent, secret } = attach({ stored: stale });
    const tokens = await Promise.all(Array.from({ length: 50 }, async () => (await inject()).token));
    expect(new Set(tokens)).toEqual(new Set(['Bearer canary-second-a1']));
    expect(sent.map((one) => Object.fromEntries(new URLSearchParams(one.content)))).toEqual([
      { grant_type: 'refresh_token', refresh_token: canary.refresh, resource: url, client_id: 'made' },
    ]);
    expect(secret).toMatchObject({ access_token: 'canary-second-a1', refresh_token: 'canary-renewed-a1' });
    expect(JSON.parse(secret['grant'] ?? '')).toMatchObject({ resource: url, expiresAt: now + 60_000 });
  });

  test('that another sidecar has renewed is taken from it', async () => {
    const { inject, renew, secret, sent } = attach();
    const { request } = await inject();
    Object.assign(secret, { access_token: 'canary-others-b2', refresh_token: 'canary-others-b3' });
    expect(await renew(request)).toBe(true);
    expect((await inject()).token).toBe('Bearer canary-others-b2');
    expect(sent).toEqual([]);
  });

  test('that is refused is renewed; a refresh token that does not rotate stays', async () => {
    const answer = { body: { access_token: 'canary-second-a1', token_type: 'Bearer' } };
    const { inject, renew, secret } = attach({ answer });
    expect(await renew((await inject()).request)).toBe(true);
    expect((await inject()).token).toBe('Bearer canary-second-a1');
    expect(secret['refresh_token']).toBe(canary.refresh);
    expect(JSON.parse(secret['grant'] ?? '')).not.toHaveProperty('expiresAt');
  });

  test('that cannot be written down serves, and is what the next one is renewed by', async () => {
    const { inject, renew, secret, sent, logs } = attach({ stored: stale, unwritable: 1 });
    const { request, token } = await inject();
    expect(token).toBe('Bearer canary-second-a1');
    expect(logs.join()).toMatch(/could not be written down.*the disk is full/);
    expect(secret['refresh_token']).toBe(canary.refresh);
    await renew(request);
    expect(new URLSearchParams(sent.at(-1)?.content).get('refresh_token')).toBe('canary-renewed-a1');
    expect(secret['refresh_token']).toBe('canary-renewed-a1');
    expect(logs.join()).not.toContain('canary');
  });
});

test('a long challenge of the token endpoint takes no time, and hides no error', async () => {
  const headers = { 'www-authenticate': `Bearer ${'a '.repeat(100_000)}` };
  const answer = { status: 400, headers, body: { error: 'invalid_grant' } };
  const { inject } = attach({ stored: stale, answer });
  const fail = async () => expect((await failureOf(inject()))?.message).toContain('the login has ended');
  expect(await cpuSeconds(fail)).toBeLessThan(2);
});

test('what to run names the namespace, where that is not the usual one', async () => {
  const { inject } = attach({ stored: { client_secret: 'aaaaaaaa' }, namespace: 'team' });
  expect((await failureOf(inject()))?.message).toMatch(/; run: pai login tracker --namespace team$/);
});

test('a Secret that cannot be changed is renewed by nobody, and agents hear nothing of the home', async () => {
  const { inject, sent, logs } = attach({ stored: stale, isLocked: true });
  const failure = await failureOf(inject());
  expect(failure).toMatchObject({
    code: 'credential_unavailable',
    message: 'tracker: the login cannot be renewed; the log of the sidecar says why',
  });
  expect(logs.join()).toContain('/home/ada/pai/.lock is held by process 7');
  expect(sent).toEqual([]);
});

describe('a request has no token, and says what to run,', () => {
  const leaky = { error: 'invalid_grant', error_description: canary.refresh };
  const { refresh_token: _, ...single } = stale;

  test.each<[string, Parts, string, number]>([
    ['before a login', { stored: { client_secret: 'aaaaaaaa' } }, 'nobody has logged in yet', 0],
    [
      'after a change by hand',
      { stored: { ...fresh, grant: '{"issuer":1}' } },
      'nobody has logged in yet',
      0,
    ],
    ['when nothing renews it', { stored: single }, 'gave nothing to renew it by', 0],
    [
      'when the server takes the refresh token no longer',
      { stored: stale, answer: { status: 400, body: leaky } },
      'says so',
      1,
    ],
    [
      'when the server forgot the client',
      { stored: stale, answer: { status: 401, headers: { 'www-authenticate': 'Basic' } } },
      'says so',
      1,
    ],
    [
      'when the login is for another resource',
      {
        stored: { ...fresh, grant: JSON.stringify({ ...grant, resource: 'https://other.example.com/mcp' }) },
      },
      'the login is for',
      0,
    ],
    [
      'when the login is of another issuer',
      { auth: { issuer: 'https://new.example.com' } },
      'not of auth.issuer',
      0,
    ],
    [
      'when the login is of another client',
      {
        auth: { issuer, clientId: 'new' },
        stored: { ...fresh, grant: JSON.stringify({ ...grant, isRegistered: false }) },
      },
      'not of auth.clientId',
      0,
    ],
  ])('%s', async (_when, parts, why, asked) => {
    const { inject, sent, logs, changes } = attach(parts);
    const failure = await failureOf(inject());
    expect(failure).toMatchObject({ code: 'credential_unavailable' });
    expect(failure?.message).toMatch(/^tracker: .*run: pai login tracker$/);
    expect(failure?.message).toContain(why);
    expect([sent.length, changes]).toEqual([asked, []]);
    expect(inspect([failure, logs], { depth: 12 })).not.toContain('canary');
  });

  test.each<[string, Said]>([
    ['answers an error of its own', { status: 500, body: { error: canary.refresh } }],
    ['answers no JSON', { body: `<p>${canary.refresh}` }],
    ['redirects', { status: 307, headers: { location: 'https://evil.example.com/' } }],
    ['gives a token of another type', { body: { access_token: canary.access, token_type: 'mac' } }],
    ['gives a token that no header can carry', { body: { access_token: 'a\r\nb', token_type: 'bearer' } }],
  ])('not when the token endpoint %s: the login may hold', async (_what, answer) => {
    const { inject, sent, changes } = attach({ stored: stale, answer });
    const failure = await failureOf(inject());
    expect(failure?.code).toBe('credential_unavailable');
    expect(failure?.message).not.toContain('pai login');
    expect([sent.length, changes]).toEqual([1, []]);
    expect(inspect(failure, { depth: 12 })).not.toContain('canary');
  });
});

describe('an agent never sees', () => {
  const specs: readonly [string, McpSpec['auth'], string][] = [
    ['a login', { type: 'oauth', secretRef: 's' }, 'run: pai login tracker'],
    [
      'a key',
      { type: 'api-key', secretRef: 'k', secretKey: 'x' },
      'run: pai add secret k --from-literal x=…',
    ],
    ['nothing', undefined, 'add spec.auth to it'],
  ];
  const rejection = (auth: McpSpec['auth'], head: ResponseHead, namespace = 'default') => {
    const provider = mcp.create(
      { type: 'mcp', mcp: { transport: 'http', url }, ...(auth && { auth }) },
      {
        name: 'tracker',
        namespace,
        secrets: {
          read: (key) => new Secret(`s/${key}`, 'canary-key-0123456789'),
          derive: (name, value) => new Secret(name, value),
        },
        fetch,
        signal: new AbortController().signal,
        now: Date.now,
        log: () => {},
      },
    );
    return provider.rejects?.(head, requestFor({ url }));
  };

  test.each(specs)('that the server refuses the credential: %s', (_what, auth, remedy) => {
    const head = { status: 401, headers: ['www-authenticate', 'Bearer resource_metadata="https://x/y"'] };
    expect(rejection(auth, head)).toMatchObject({ code: 'credential_refused', status: 502 });
    expect(rejection(auth, head)?.message).toContain(remedy);
    const isCommand = remedy.startsWith('run: ');
    const elsewhere = isCommand ? `${remedy} --namespace team` : remedy;
    expect(rejection(auth, head, 'team')?.message).toContain(elsewhere);
  });

  test.each([
    ['Bearer error="insufficient_scope", scope="a b"', 'run: pai login tracker --scope a --scope b'],
    ['Basic realm="x", bearer scope=a, error=insufficient_scope', 'run: pai login tracker --scope a'],
    ['Bearer error="insufficient_scope", scope="$(id) `x`"', 'lacks a scope; run: pai login tracker'],
  ])('that a scope is missing: %s', (challenge, remedy) => {
    const auth = { type: 'oauth', secretRef: 's' } as const;
    const message = rejection(auth, { status: 403, headers: ['www-authenticate', challenge] })?.message;
    expect(message).toMatch(new RegExp(`${remedy}$`));
    const pinned = rejection(
      { ...auth, scopes: ['z'] },
      { status: 403, headers: ['www-authenticate', challenge] },
    );
    expect(pinned?.message).toContain('add them to spec.auth.scopes');
  });

  test.each([
    [{ status: 403, headers: [] }],
    [{ status: 403, headers: ['www-authenticate', 'Bearer error="x"'] }],
    [{ status: 404, headers: [] }],
  ])('nothing of other answers is kept from it: %j', (head) => {
    expect(rejection(undefined, head)).toBeUndefined();
  });
});
