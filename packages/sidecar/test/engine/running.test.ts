import { readFile, writeFile } from 'node:fs/promises';
import type { Socket } from 'node:net';
import net from 'node:net';
import type { ProviderPlugin } from '@pai/core';
import { describe, expect, test, vi } from 'vitest';
import { resourcePath } from '../../src/home.ts';
import type { PreparedPlugin } from '../../src/isolation/plugin.ts';
import { builtinPlugins, loadPlugin, type Plugins } from '../../src/plugins.ts';
import { createSecretStore } from '../../src/secrets.ts';
import { startSidecar } from '../../src/sidecar.ts';
import { deleteResource } from '../../src/state.ts';
import { dial } from './agent.ts';
import { canaries, httpProvider, startRig } from './rig.ts';
import { reply } from './service.ts';
import { valuesOf } from './strict-message.ts';

const get = 'GET / HTTP/1.1\r\nHost: api.example.com\r\n\r\n';
const within = { interval: 20 };

describe('a change of the home', () => {
  test('of the policy takes effect, on connections that are open too', async () => {
    const rig = await startRig({ providers: [httpProvider('api')] });
    const agent = await rig.line();
    agent.send(get);
    expect((await agent.response())?.status).toBe(200);
    await rig.apply(httpProvider('api').replace('"/forbidden"', '"/"'));
    await vi.waitFor(async () => {
      agent.send(get);
      expect((await agent.response())?.status).toBe(403);
    }, within);
    expect(rig.logs.join('\n')).toContain('configuration 2 is serving: api');
  });

  test('of a secret is the credential of the next request (L3)', async () => {
    const rig = await startRig({ providers: [httpProvider('api')] });
    await rig.ask({});
    await createSecretStore(rig.home).put('default', 'api-token', { token: 'canary-rotated-51d0' });
    await vi.waitFor(async () => {
      await rig.ask({});
      expect(valuesOf(rig.service.requests.at(-1)?.fields ?? [], 'authorization')).toEqual([
        'Bearer canary-rotated-51d0',
      ]);
    }, within);
    expect(rig.logs.join('\n')).not.toContain('canary-rotated');
  });

  test('that deletes a Provider named on the command line takes its credential away', async () => {
    const rig = await startRig({
      providers: [httpProvider('api'), httpProvider('two')],
      hosts: ['two.example.com'],
      sidecar: { names: ['api', 'two'] },
    });
    expect((await rig.ask({})).status).toBe(200);
    await rig.remove('api');
    await vi.waitFor(async () => expect((await rig.ask({})).status).toBe(421), within);
    expect((await rig.ask({ sni: 'two.example.com' })).status).toBe(200);
    expect(rig.logs.join('\n')).toContain('DETACHED: provider api does not exist');
  });

  test('that deletes a Secret takes it away, and other changes still take effect', async () => {
    const two = httpProvider('two').replace('api-token', 'github-pat');
    const rig = await startRig({ providers: [httpProvider('api'), two], hosts: ['two.example.com'] });
    expect((await rig.ask({})).status).toBe(200);
    await deleteResource(rig.home, { kind: 'Secret', namespace: 'default', name: 'api-token' });
    await vi.waitFor(async () => expect((await rig.ask({})).status).toBe(421), within);
    await rig.apply(two.replace('"/forbidden"', '"/"'));
    await vi.waitFor(
      async () => expect((await rig.ask({ sni: 'two.example.com' })).status).toBe(403),
      within,
    );
    await createSecretStore(rig.home).put('default', 'api-token', { token: 'canary-back-again-77' });
    await vi.waitFor(async () => expect((await rig.ask({})).status).toBe(200), within);
  });

  test('that deletes a Provider takes it away even while another file is broken', async () => {
    const rig = await startRig({
      providers: [httpProvider('api'), httpProvider('two')],
      hosts: ['two.example.com'],
    });
    await writeFile(
      resourcePath(rig.home, { kind: 'Provider', namespace: 'default', name: 'two' }),
      'broken: [',
    );
    await vi.waitFor(() => expect(rig.logs.join('\n')).toContain('NOT RELOADED'), within);
    expect((await rig.ask({})).status).toBe(200);
    await rig.remove('api');
    await vi.waitFor(async () => expect((await rig.ask({})).status).toBe(421), within);
    expect((await rig.ask({ sni: 'two.example.com' })).status).toBe(200);
  });

  test('that deletes a Provider takes it away even while a plugin hangs, and it does not come back', async () => {
    const hanging = Promise.withResolvers<void>();
    let isHanging = false;
    const plugins: Plugins = new Map([
      ...builtinPlugins,
      [
        'http-token',
        async () => {
          const plugin = (await loadPlugin(builtinPlugins, 'http-token')) as ProviderPlugin;
          const prepare = async () => {
            if (isHanging) await hanging.promise;
            return plugin as PreparedPlugin;
          };
          return { ...plugin, prepare };
        },
      ],
    ]);
    const two = httpProvider('two');
    const rig = await startRig({
      providers: [httpProvider('api'), two],
      hosts: ['two.example.com'],
      sidecar: { plugins },
    });
    const { length } = rig.logs;
    isHanging = true;
    await rig.apply(two.replace('"/forbidden"', '"/"'));
    await rig.remove('api');
    await vi.waitFor(async () => expect((await rig.ask({})).status).toBe(421), within);
    expect((await rig.ask({ sni: 'two.example.com' })).status).toBe(200);
    hanging.resolve();
    await vi.waitFor(() => expect(rig.logs.slice(length).join()).toContain('is serving: two'), within);
    expect((await rig.ask({})).status).toBe(421);
    expect(rig.logs.slice(length).join('\n')).not.toMatch(/is serving: .*api/);
  });

  test('that names a Secret which is not there leaves the last good one serving', async () => {
    const rig = await startRig({ providers: [httpProvider('api')] });
    await rig.apply(httpProvider('api').replace('secretRef: api-token', 'secretRef: typo'));
    await vi.waitFor(() => expect(rig.logs.join('\n')).toContain('NOT RELOADED'), within);
    expect((await rig.ask({})).status).toBe(200);
  });

  test('attaches and detaches Providers', async () => {
    const rig = await startRig({ providers: [httpProvider('api')], hosts: ['two.example.com'] });
    expect((await rig.ask({ sni: 'two.example.com' })).status).toBe(421);
    await rig.apply(httpProvider('two'));
    await vi.waitFor(
      async () => expect((await rig.ask({ sni: 'two.example.com' })).status).toBe(200),
      within,
    );
    await rig.remove('two');
    await vi.waitFor(
      async () => expect((await rig.ask({ sni: 'two.example.com' })).status).toBe(421),
      within,
    );
    expect((await rig.ask({})).status).toBe(200);
  });

  test.each([
    ['an unknown key', (text: string) => text.replace('policy:', 'polices:')],
    ['a bad rule', (text: string) => text.replace('effect: deny', 'effect: perhaps')],
    ['broken YAML', (text: string) => `${text}\n  - ]: [`],
    ['an empty file', () => ''],
  ])('that is wrong (%s) leaves the last good one serving, and says so (L1)', async (_name, spoil) => {
    const rig = await startRig({ providers: [httpProvider('api')] });
    const path = resourcePath(rig.home, { kind: 'Provider', namespace: 'default', name: 'api' });
    const text = await readFile(path, 'utf8');
    await writeFile(path, spoil(text));
    await vi.waitFor(
      () =>
        expect(rig.logs.join('\n')).toMatch(/NOT RELOADED, configuration 1 goes on serving: .*api\.yaml:\d+/),
      within,
    );
    expect((await rig.ask({})).status).toBe(200);
    expect((await rig.ask({ path: '/forbidden' })).status).toBe(403);
    expect((await rig.admin('/metrics')).text).toMatch(/pai_reload_failures_total [1-9]/);
    await writeFile(path, text.replace('"/forbidden"', '"/"'));
    await vi.waitFor(async () => expect((await rig.ask({})).status).toBe(403), within);
  });

  test('does not touch a request that is under way', async () => {
    let waiting: Socket | undefined;
    const rig = await startRig({
      providers: [httpProvider('api')],
      answer: (_request, socket) => {
        waiting = socket;
      },
    });
    const agent = await rig.line();
    agent.send(get);
    await vi.waitFor(() => expect(waiting).toBeDefined());
    await rig.remove('api');
    await vi.waitFor(() => expect(rig.logs.join('\n')).toContain('configuration 2'), within);
    if (waiting !== undefined) reply(waiting, 'HTTP/1.1 200 OK\r\nContent-Length: 2', 'ok');
    expect((await agent.response())?.body.toString()).toBe('ok');
    agent.send(get);
    expect((await agent.response())?.status).toBe(421);
    await rig.audit(2);
  });
});

describe('audit settings', () => {
  test('enforcement: audit lets a denial through, and says so in the line and in the log (L9)', async () => {
    const rig = await startRig({ providers: [httpProvider('api', '  audit: {enforcement: audit}\n')] });
    expect((await rig.ask({ path: '/forbidden/x' })).status).toBe(200);
    expect((await rig.ask({ path: '/a/../forbidden' })).status).toBe(400);
    const [audited, refused] = await rig.audit(2);
    const sentence = /^AUDIT \(not blocked\): api: /;
    expect(audited).toMatchObject({
      decision: 'audit',
      rule: 'policy.httpRules[0]',
      enforcement: 'audit',
      status: 200,
    });
    expect(audited?.message).toMatch(sentence);
    expect(rig.logs.filter((line) => sentence.test(line))).toEqual([audited?.message]);
    expect(refused).toMatchObject({ decision: 'refuse', status: 400 });
    expect(rig.service.requests).toHaveLength(1);
    await rig.expectNoCanary();
  });

  test('logRequests: false keeps only what was not plainly allowed', async () => {
    const rig = await startRig({ providers: [httpProvider('api', '  audit: {logRequests: false}\n')] });
    await rig.ask({});
    await rig.ask({ path: '/forbidden' });
    const [event] = await rig.audit(1);
    expect(event?.decision).toBe('deny');
    expect((await rig.admin('/metrics')).text).toContain(
      'pai_requests_total{provider="api",decision="allow",status="2xx",error=""} 1',
    );
  });

  test('logRequests: false keeps what failed, and what held the credential, after it was allowed', async () => {
    const rig = await startRig({
      providers: [httpProvider('api', '  audit: {logRequests: false}\n')],
      answer: ({ target }, socket) => {
        if (target === '/lost') socket.destroy();
        else reply(socket, `HTTP/1.1 200 OK\r\nContent-Length: ${canaries.api.length}`, canaries.api);
      },
    });
    await rig.ask({ method: 'POST', path: '/lost', body: 'x' });
    await rig.ask({ path: '/echo' });
    expect(await rig.audit(2)).toMatchObject([
      { path: '/lost', decision: 'allow', error: 'upstream_unreachable' },
      { path: '/echo', decision: 'allow', redactions: 1 },
    ]);
  });

  test('nothing is served while the audit log cannot be written (L7)', async () => {
    const rig = await startRig({ sidecar: { auditLog: '/dev/full' } });
    expect((await rig.ask({})).status).toBe(200);
    await vi.waitFor(async () => expect((await rig.admin('/readyz')).status).toBe(503));
    const got = await rig.ask({});
    expect(got.status).toBe(503);
    expect(JSON.parse(got.body).error.code).toBe('audit_unavailable');
    expect(rig.service.requests).toHaveLength(1);
    expect(rig.logs.join('\n')).toContain('the audit log cannot be written');
  });
});

describe('the admin door', () => {
  test('tells whether the process runs, whether it serves, and the counts', async () => {
    const rig = await startRig();
    await rig.ask({});
    await rig.ask({ path: '/forbidden' });
    await rig.audit(2);
    expect(await rig.admin('/healthz')).toMatchObject({ status: 200, text: 'ok\n' });
    expect(await rig.admin('/readyz')).toMatchObject({ status: 200, text: 'ok\n' });
    expect((await rig.admin('/other')).status).toBe(404);
    expect((await rig.admin('/__proto__')).status).toBe(404);
    const { text, type } = await rig.admin('/metrics');
    expect(type).toBe('text/plain; version=0.0.4; charset=utf-8');
    expectExposition(text);
    expect(text).toContain('pai_requests_total{provider="api",decision="deny",status="4xx",error=""} 1\n');
  });

  /** The text exposition format: every sample belongs to a family announced just before, and none comes twice. */
  function expectExposition(text: string): void {
    expect(text.endsWith('\n')).toBe(true);
    const families = new Set<string>();
    const samples = new Set<string>();
    let family = '';
    let type = '';
    for (const line of text.slice(0, -1).split('\n')) {
      const comment = /^# (HELP|TYPE) ([a-z_]+) (.+)$/.exec(line);
      if (comment?.[1] === 'HELP') expect(families.has(comment[2] ?? '')).toBe(false);
      if (comment?.[1] === 'TYPE') [family, type] = [comment[2] ?? '', comment[3] ?? ''];
      if (comment !== null) {
        families.add(comment[2] ?? '');
        continue;
      }
      const sample = /^([a-z_]+)(\{(?:[a-z_]+="[^"\\\n]*",?)*\})? (\d+(?:\.\d+)?(?:e[+-]?\d+)?)$/.exec(line);
      expect(sample, line).not.toBeNull();
      const suffix = (sample?.[1] ?? '').slice(family.length);
      expect(sample?.[1]?.startsWith(family)).toBe(true);
      expect(type === 'histogram' ? ['_bucket', '_sum', '_count'] : ['']).toContain(suffix);
      const key = `${sample?.[1]}${sample?.[2] ?? ''}`;
      expect(samples.has(key), key).toBe(false);
      samples.add(key);
    }
  }
});

describe('the end', () => {
  test('takes nothing new, finishes what is under way, says that it drains, and then closes', async () => {
    let waiting: Socket | undefined;
    const rig = await startRig({
      answer: (_request, socket) => {
        waiting = socket;
      },
    });
    const agent = await rig.line();
    agent.send(get);
    await vi.waitFor(() => expect(waiting).toBeDefined());
    const closing = rig.sidecar.close();
    expect(await rig.admin('/readyz')).toMatchObject({ status: 503, text: 'draining\n' });
    await expect(dial(rig.sidecar.addresses.listen[0]?.port ?? 0)).rejects.toThrow('ECONNREFUSED');
    await expect(dial(rig.sidecar.addresses.proxy[0]?.port ?? 0)).rejects.toThrow('ECONNREFUSED');
    if (waiting !== undefined) reply(waiting, 'HTTP/1.1 200 OK\r\nContent-Length: 2', 'ok');
    expect((await agent.response())?.body.toString()).toBe('ok');
    await closing;
    await agent.rest();
    await rig.audit(1).catch(() => undefined);
    await expect(rig.admin('/healthz')).rejects.toThrow();
  });

  test('does not wait longer than it was told', async () => {
    const rig = await startRig({ answer: () => {} });
    const agent = await rig.line();
    agent.send(get);
    await vi.waitFor(() => expect(rig.service.requests).toHaveLength(1));
    await rig.sidecar.close(100);
    await agent.rest();
    const [event] = await rig.audit(1);
    expect(event?.error).toBe('agent_gone');
  });

  test.each(['listen', 'proxy', 'admin'] as const)(
    'a taken port of %s is a sentence, and nothing stays open',
    async (door) => {
      const taken = net.createServer().listen(0, '127.0.0.1');
      await new Promise((resolve) => taken.once('listening', resolve));
      const { port } = taken.address() as net.AddressInfo;
      const rig = await startRig();
      const at = { address: '127.0.0.1', port };
      const free = { address: '127.0.0.1', port: 0 };
      const starting = startSidecar({
        home: rig.home,
        auditLog: `${rig.home}.audit`,
        log: () => {},
        listen: [door === 'listen' ? at : free],
        proxy: [door === 'proxy' ? at : free],
        admin: door === 'admin' ? at : free,
      });
      await expect(starting).rejects.toMatchObject({
        code: 'address_in_use',
        message: expect.stringMatching(
          new RegExp(`door cannot listen on 127\\.0\\.0\\.1:${port}: the port is taken; `),
        ),
      });
      taken.close();
    },
  );

  test('a secret that cannot be a credential is refused by its name only (R7)', async () => {
    const rig = await startRig();
    await createSecretStore(rig.home)
      .put('default', 'api-token', { token: 'canary-broken\nX-Evil: 1' })
      .catch(() => undefined);
    const text = [...rig.logs].join('\n');
    expect(text).not.toContain('canary-broken');
    expect((await rig.ask({})).status).toBe(200);
    await rig.expectNoCanary();
  });
});
