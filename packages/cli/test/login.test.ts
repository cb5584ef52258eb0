import { chmod, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  Client as NewClient,
  StreamableHTTPClientTransport as NewTransport,
} from '@modelcontextprotocol/client';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { openBrowser } from '../src/browser.ts';
import { place, startOAuth, tracker } from './oauth/rig.ts';

async function withFirst(url: URL) {
  const client = new Client({ name: 'agent', version: '1.0.0' });
  await client.connect(new StreamableHTTPClientTransport(url) as Parameters<Client['connect']>[0]);
  onTestFinished(() => client.close());
  return client;
}

async function withSecond(url: URL) {
  const client = new NewClient({ name: 'agent', version: '2.0.0' });
  await client.connect(new NewTransport(url));
  onTestFinished(() => client.close());
  return client;
}

const done = (name: string) => [{ type: 'text', text: `${name} done` }];

/** One request of an agent, as it comes: what the agent gets. */
async function initialize(url: URL): Promise<{ status: number; text: string; challenge: string | null }> {
  const params = { protocolVersion: '2025-06-18', capabilities: {}, clientInfo: { name: 'a', version: '1' } };
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/json, text/event-stream' },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'initialize', params }),
  });
  const { status, headers } = response;
  return { status, text: await response.text(), challenge: headers.get('www-authenticate') };
}

const renewals = (granted: readonly { readonly grant: string }[]) =>
  granted.filter(({ grant }) => grant === 'refresh_token').length;

describe('a login', () => {
  test('is had once by a person, and agents of both SDKs need none', async () => {
    const rig = await startOAuth();
    expect(rig.applied.err).toContain('secret tracker-login does not exist yet; run: pai login tracker');
    const run = await rig.login();
    expect(run.text).toContain('provider/tracker logged in, secret/tracker-login created');
    expect(run.status).toBe(0);
    const { url } = await rig.serve();
    const first = await withFirst(url);
    expect((await first.listTools()).tools.map(({ name }) => name)).toEqual(['read_issue', 'write_issue']);
    expect((await first.callTool({ name: 'read_issue' })).content).toEqual(done('read_issue'));
    const second = await withSecond(url);
    expect((await second.callTool({ name: 'read_issue' })).content).toEqual(done('read_issue'));
    expect(rig.as.granted).toEqual([{ grant: 'authorization_code', status: 200 }]);
    const audit = await readFile(join(rig.directory, 'audit.jsonl'), 'utf8');
    const shown = [run.text, run.page?.text, audit, ...rig.logs].join('\n');
    expect(rig.as.tokens.size).toBe(2);
    for (const token of rig.as.tokens) expect(shown).not.toContain(token);
  });

  test('asks by PKCE for one resource, with an address that nobody can guess', async () => {
    const rig = await startOAuth();
    const { searchParams } = new URL((await rig.login()).url);
    expect(Object.fromEntries(searchParams)).toMatchObject({
      response_type: 'code',
      code_challenge_method: 'S256',
      code_challenge: expect.stringMatching(/^[\w-]{43}$/),
      state: expect.stringMatching(/^[\w-]{43}$/),
      resource: place.url,
      scope: 'issues:read offline_access',
      redirect_uri: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+\/[0-9a-f]{32}$/),
    });
  });

  test('is renewed once for fifty requests, written down, and nothing is begun anew (R10)', async () => {
    const rig = await startOAuth();
    await rig.login();
    const before = await rig.stored('refresh_token');
    await rig.expire();
    const { url, sidecar } = await rig.serve();
    const [serving] = sidecar.attached();
    const answers = await Promise.all(Array.from({ length: 50 }, () => initialize(url)));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    expect(answers.every(({ text }) => text.includes('protocolVersion'))).toBe(true);
    expect(renewals(rig.as.granted)).toBe(1);
    expect(await rig.stored('refresh_token')).not.toBe(before);
    await vi.waitFor(async () => expect(await rig.stored('access_token')).toBeDefined());
    await new Promise((resolve) => setTimeout(resolve, 1_200));
    expect(sidecar.attached()).toEqual([serving]);
    expect(rig.logs.filter((line) => line.includes('is serving'))).toEqual([]);
  });

  test('that two sidecars of one home serve with is renewed once by one of them', async () => {
    const rig = await startOAuth();
    await rig.login();
    await rig.expire();
    const sidecars = [await rig.serve(), await rig.serve()];
    const asked = sidecars.flatMap(({ url }) => [initialize(url), initialize(url), initialize(url)]);
    for (const { text } of await Promise.all(asked)) expect(text).toContain('protocolVersion');
    expect(renewals(rig.as.granted)).toBe(1);
    // The next renewal is the other's, or by the token that it was not the one to get.
    rig.mcp.forget();
    for (const { url } of sidecars) expect((await initialize(url)).text).toContain('protocolVersion');
    expect(rig.as.granted.every(({ status }) => status === 200)).toBe(true);
  });

  test('whose token the server takes no longer is renewed, and the agent sees nothing of it', async () => {
    const rig = await startOAuth();
    await rig.login();
    const { url } = await rig.serve();
    const client = await withFirst(url);
    rig.mcp.forget();
    expect((await client.callTool({ name: 'read_issue' })).content).toEqual(done('read_issue'));
    expect(renewals(rig.as.granted)).toBe(1);
    expect(rig.mcp.refused()).toBeGreaterThan(1);
  });

  test('that has ended says what to run, asks no more, and serves after the next (L3)', async () => {
    const rig = await startOAuth();
    await rig.login();
    await rig.as.revokeAll();
    await rig.expire();
    const { url } = await rig.serve();
    const refused = await initialize(url);
    expect(refused).toMatchObject({ status: 200, challenge: null });
    expect(refused.text).toMatch(/tracker: the login has ended.*run: pai login tracker/);
    await initialize(url);
    expect(renewals(rig.as.granted)).toBe(1);
    expect((await rig.login()).text).toContain('secret/tracker-login updated');
    await vi.waitFor(async () => expect((await initialize(url)).text).toContain('protocolVersion'));
  });

  test('that lacks a scope says which, and the next one has it too', async () => {
    const rig = await startOAuth();
    await rig.login();
    const { url } = await rig.serve();
    const client = await withFirst(url);
    await expect(client.callTool({ name: 'write_issue' })).rejects.toThrow(
      'tracker: the token lacks the scopes issues:write; run: pai login tracker --scope issues:write',
    );
    const again = await rig.login(['--scope', 'issues:write']);
    expect(again.text).toContain('scopes: issues:read issues:write');
    await vi.waitFor(async () => {
      expect((await client.callTool({ name: 'write_issue' })).content).toEqual(done('write_issue'));
    });
  });
});

describe('a client that is registered', () => {
  const auth = `, issuer: "${place.issuer}", clientId: pai, scopes: ["issues:read", offline_access]`;
  const client = { id: 'pai', redirectUri: 'http://127.0.0.1/callback' };

  test.each([[undefined], ['client-secret-canary-91c3']])('logs in, with the secret %s', async (secret) => {
    const known = { ...client, ...(secret !== undefined && { secret }) };
    const rig = await startOAuth({ auth, clients: [known], isRegistrationOpen: false });
    const add = ['add', 'secret', 'tracker-login', '--from-literal', `client_secret=${secret}`];
    if (secret !== undefined) await rig.pai(add);
    const run = await rig.login();
    expect(run.text).toContain('logged in');
    expect(new URL(run.url).searchParams.get('redirect_uri')).toMatch(
      /^http:\/\/127\.0\.0\.1:\d+\/callback$/,
    );
    await rig.expire();
    const { url } = await rig.serve();
    expect((await initialize(url)).text).toContain('protocolVersion');
    expect(renewals(rig.as.granted)).toBe(1);
    expect(await rig.stored('client_secret')).toBe(secret);
  });

  test('is not named to a server that the user did not name', async () => {
    const rig = await startOAuth({ auth: ', clientId: pai' });
    expect(rig.applied.err).toContain(
      'auth.clientId: a client is registered at one authorization server; name it in auth.issuer',
    );
  });

  test('is asked for where none can be registered', async () => {
    const rig = await startOAuth({ isRegistrationOpen: false });
    const { status, text } = await rig.login();
    expect(text).toContain('takes only clients that it knows; register one there');
    expect(status).toBe(1);
  });
});

describe('what comes back to this machine', () => {
  test('is taken once, at one place, with the state that was sent', async () => {
    const rig = await startOAuth();
    const run = await rig.login([], async (shown) => {
      const { searchParams } = new URL(shown);
      const [back, state] = [searchParams.get('redirect_uri') ?? '', searchParams.get('state') ?? ''];
      const { origin } = new URL(back);
      const ask = async (url: string, init?: RequestInit) => (await fetch(url, init)).status;
      const wrong = [
        `${back}?code=x`,
        `${back}?code=x&state=${'x'.repeat(state.length)}`,
        `${back}?code=x&state=${state}&state=${state}`,
        `${origin}/callback?code=x&state=${state}`,
        `${origin}/?code=x&state=${state}`,
        `${back}/?code=x&state=${state}`,
        `${back.replace('127.0.0.1', 'localhost')}?code=x&state=${state}`,
      ];
      for (const url of wrong) expect([url, await ask(url).catch(() => 404)]).toEqual([url, 404]);
      expect(await ask(`${back}?code=x&state=${state}`, { method: 'POST' })).toBe(404);
      const right = `${back}?error=access_denied&error_description=canary-text&state=${state}&iss=${place.issuer}`;
      const response = await fetch(right);
      expect(response.status).toBe(200);
      expect(await response.text()).not.toMatch(/canary|access_denied|state|code/);
      expect(response.headers.get('referrer-policy')).toBe('no-referrer');
      expect(await ask(right).catch(() => 404)).toBe(404);
      return undefined;
    });
    expect(run.text).toContain('gives no token: it answers access_denied');
    expect(run.text).not.toContain('canary');
    expect(run.status).toBe(1);
  });

  test.each([
    ['of another server', 'https://evil.example.com'],
    ['of none', undefined],
  ])('is refused with the issuer %s', async (_what, issuer) => {
    const rig = await startOAuth();
    const run = await rig.login([], async (shown) => {
      const { searchParams } = new URL(shown);
      const back = new URL(searchParams.get('redirect_uri') ?? '');
      back.searchParams.set('state', searchParams.get('state') ?? '');
      back.searchParams.set('code', 'a-code-of-another-server');
      if (issuer !== undefined) back.searchParams.set('iss', issuer);
      await fetch(back);
      return undefined;
    });
    expect([run.status, rig.as.granted]).toEqual([1, []]);
    expect(run.text).not.toContain('a-code-of');
  });

  test('may be typed where the browser is on another machine', async () => {
    const rig = await startOAuth();
    const { browse, stdin } = rig.apart();
    const run = await rig.login([], browse, stdin);
    expect(run.text).toContain('logged in');
  });

  test('is not waited for for ever', async () => {
    const rig = await startOAuth();
    const run = await rig.login(['--timeout', '1'], async () => undefined);
    expect(run.text).toContain('nobody has logged in within 1 seconds');
  });

  test('is asked for in the browser of the machine', async () => {
    const rig = await startOAuth();
    const opener = join(rig.directory, 'xdg-open');
    await writeFile(opener, `#!/bin/sh\nprintf %s "$1" > ${rig.directory}/opened\n`);
    await chmod(opener, 0o755);
    const path = `${rig.directory}:${process.env['PATH']}`;
    const args = ['login', 'tracker', '--timeout', '1', ...rig.flags];
    const { status, err } = await rig.pai(args, '', { PATH: path });
    expect([status, err]).toEqual([1, expect.stringContaining('nobody has logged in')]);
    expect(await readFile(join(rig.directory, 'opened'), 'utf8')).toMatch(
      /^https:\/\/login\.example\.com\/auth\?/,
    );
    // The server says how long the address is, and the system how long an argument may be.
    const long = new URL(`https://login.example.com/auth?${'a'.repeat(200_000)}`);
    expect(await openBrowser(long, { PATH: path })).toBe(false);
  });
});

test('a Provider with a key needs no login', async () => {
  const rig = await startOAuth();
  await rig.apply(tracker().replace('type: oauth', 'type: api-key'));
  expect((await rig.login()).text).toContain('provider tracker needs no login');
});

test('a login for one server is not used at another', async () => {
  const rig = await startOAuth();
  await rig.login();
  await rig.apply(tracker().replace('/mcp"', '/other"'));
  const { url } = await rig.serve();
  const other = new URL(url.href.replace(/mcp$/, 'other'));
  expect((await initialize(other)).text).toContain('the login is for \\"https://mcp.example.com/mcp\\"');
  expect(rig.mcp.refused()).toBe(1);
});
