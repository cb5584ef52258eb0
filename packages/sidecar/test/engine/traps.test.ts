import { emptyBody, PaiError } from '@pai/core';
import { encode } from 'dns-packet';
import { describe, expect, test } from 'vitest';
import { createResolver } from '../../src/resolver.ts';
import { createUpstream } from '../../src/upstream/pool.ts';
import { startDnsServer } from '../dns-upstream.ts';
import { canaries, httpProvider, startRig, useRig } from './rig.ts';
import { reply } from './service.ts';
import { valuesOf } from './strict-message.ts';

const host = 'Host: api.example.com\r\n';

describe('paths on the wire, with a policy for one repository', () => {
  const rig = useRig();
  const repo = '/repos/myorg/repo-a';
  test.each([
    ['P1', `${repo}/../../other/secret/contents/x`, 400],
    ['P1', `${repo}/..`, 400],
    ['P1', '/repos/myorg/repo-a/./issues', 400],
    ['P2', `${repo}/%2e%2e/%2E%2e/other/secret`, 400],
    ['P2', `${repo}/.%2e/repo-b/issues`, 400],
    ['P3', `${repo}/..%2f..%2fother/issues`, 400],
    ['P3', `${repo}/%5c..%5cissues`, 400],
    ['P3', `${repo}/\\..\\issues`, 400],
    ['P4', '//repos/myorg/repo-a/issues', 400],
    ['P4', '/repos//other/secret/issues', 400],
    ['P4', '/./repos/myorg/repo-a/issues', 400],
    ['P6', `${repo}/%252e%252e%252fother/issues`, 400],
    ['P7', '/repos/myorg%2Frepo-a/issues', 403],
    ['P7', '/repos/myorg/repo-a%2F..%2Fother/issues', 400],
    ['P8', '/repos/MyOrg/Repo-A/issues', 200],
    ['P8', '/repos/MyOrg/Other/issues', 403],
    ['P10', `${repo}/issues#/../x`, 400],
    ['P10', `${repo}/issues%00`, 400],
    ['P10', `${repo}/issues%0d%0aX:y`, 400],
    ['P10', `${repo}/issues%09`, 400],
    ['P10', `${repo}/issues%ff`, 400],
    ['P10', `${repo}/issues?x=/../../other&y=%2e%2e`, 200],
    ['P11', '/repos/myorg/other/issues/', 403],
    ['P11', `${repo}/issues//`, 400],
    ['P11', '/repos/myorg/other/issues/%20', 403],
  ])('%s: %s is answered with %i', async (_id, path, status) => {
    const { line, service, audit } = rig();
    const agent = await line({ sni: 'api.github.com' });
    agent.send(`GET ${path} HTTP/1.1\r\nHost: api.github.com\r\n\r\n`);
    const response = await agent.response();
    const [event] = await audit(1);
    expect([response?.status, event?.status]).toEqual([status, status]);
    expect(service.requests.map(({ target }) => target)).toEqual(status === 200 ? [path] : []);
    if (status !== 200) expect(service.received().length).toBe(0);
  });

  test.each(['', '/', '//', '/%20', '/.'])(
    'P11: DELETE of a repository is not allowed with %j behind it',
    async (end) => {
      const { line, service, audit } = rig();
      const agent = await line({ sni: 'api.github.com' });
      agent.send(`DELETE ${repo}${end} HTTP/1.1\r\nHost: api.github.com\r\n\r\n`);
      expect([400, 403]).toContain((await agent.response())?.status);
      expect(service.received().length).toBe(0);
      await audit(1);
    },
  );

  test('P13: content of a GET changes nothing of what it is', async () => {
    const { ask, service, audit } = rig();
    const body = '{"event":"APPROVE"}';
    expect((await ask({ sni: 'api.github.com', path: `${repo}/issues`, body })).status).toBe(200);
    expect((await ask({ sni: 'api.github.com', path: `${repo}/keys`, body })).status).toBe(403);
    expect(service.requests).toHaveLength(1);
    const [event] = await audit(2);
    expect(event?.actions).toEqual(['issues:read']);
  });
});

describe('rules on paths, on the wire', () => {
  const rules = `
    httpRules:
      - {paths: ["/admin*", "/admin/**"], effect: deny}
      - {methods: [GET], paths: ["/v1/*", "/deep/**"], effect: allow}
      - {methods: [POST], paths: ["*"], effect: allow}`;
  const provider = httpProvider('api').replace(/\n {4}httpRules:[\s\S]*/, `${rules}\n`);
  const rig = useRig({ providers: [provider] });
  test.each([
    ['P14', 'GET', '/v1/a', 200],
    ['P14', 'GET', '/v1', 403],
    ['P14', 'GET', '/v1/a/b', 403],
    ['P14', 'GET', '/v1/a%2Fb', 403],
    ['P14', 'GET', '/deep/a/b/c', 200],
    ['P15', 'POST', '/admin', 403],
    ['P15', 'POST', '/ADMIN', 403],
    ['P15', 'POST', '/%61dmin', 403],
    ['P15', 'POST', '/admin/', 403],
    ['P15', 'POST', '/admin/x/y', 403],
    ['P15', 'POST', '/administer', 403],
    ['P15', 'POST', '/other', 200],
  ])('%s: %s %s is answered with %i', async (_id, method, path, status) => {
    const { line, service, audit } = rig();
    const agent = await line();
    agent.send(`${method} ${path} HTTP/1.1\r\n${host}\r\n`);
    expect((await agent.response())?.status).toBe(status);
    expect(service.requests).toHaveLength(status === 200 ? 1 : 0);
    expect(await audit(1)).toMatchObject([{ status }]);
  });

  test('L5: a thousand rules and hostile paths are judged in no time', async () => {
    const many = Array.from(
      { length: 1_000 },
      (_, i) => `      - {paths: ["/a*a*a*a*a*a*b${i}", "/**/x*y*z${i}/**"], effect: deny}`,
    );
    const text = httpProvider('api').replace('    httpRules:\n', `    httpRules:\n${many.join('\n')}\n`);
    const rich = await startRig({ providers: [text] });
    const path = `/${'a'.repeat(8_000)}/${'x'.repeat(4_000)}`;
    const [event] = await rich.ask({ path }).then(() => rich.audit(1));
    expect(event).toMatchObject({ status: 200 });
    expect(event?.duration_ms).toBeLessThan(5_000);
  });
});

test('D2: the address that was checked is the one that is dialled, whatever the name says next', async () => {
  let answers = 0;
  const server = await startDnsServer((query) => {
    const isA = query.questions?.[0]?.type === 'A';
    if (isA) answers += 1;
    const data = answers === 1 ? '93.184.215.14' : '127.0.0.1';
    return [
      Buffer.from(
        encode({
          type: 'response',
          id: query.id ?? 0,
          flags: 0x180,
          questions: query.questions ?? [],
          answers: isA ? [{ type: 'A', name: 'rebind.example.com', ttl: 0, data }] : [],
        }),
      ),
    ];
  });
  const resolver = createResolver({ servers: [`127.0.0.1:${server.port}`], now: () => answers * 3_600_000 });
  const dialled: string[] = [];
  const upstream = createUpstream(
    (name, port, isPrivateAllowed) => resolver.resolve(name, port, { isPrivateAllowed }),
    async (_authority, destinations) => {
      dialled.push(...destinations.map(({ address }) => address));
      throw new PaiError('upstream_unreachable', 'nobody is there');
    },
  );
  const codes: string[] = [];
  for (let i = 0; i < 2; i += 1) {
    const request = {
      method: 'GET',
      host: 'rebind.example.com',
      port: 443,
      target: '/',
      headers: [],
      body: emptyBody,
    };
    const sink = { onInterim() {}, onHead() {}, onSwitch() {}, onData: () => true, onEnd() {} };
    const failed = Promise.withResolvers<string>();
    upstream.send(request, false, { ...sink, onError: (error) => failed.resolve(error.code) });
    codes.push(await failed.promise);
  }
  expect(codes).toEqual(['upstream_unreachable', 'destination_forbidden']);
  expect(dialled).toEqual(['93.184.215.14']);
  upstream.close();
});

describe('what must not reach a service or come back', () => {
  const rig = useRig({
    answer: (_request, socket) =>
      reply(socket, 'HTTP/1.1 200 OK\r\nAlt-Svc: h3=":443"; ma=60\r\nalt-svc: clear\r\nContent-Length: 0'),
  });

  test('D7: no response tells an agent of a way past the sidecar', async () => {
    for (const protocol of ['h1', 'h2'] as const)
      expect((await rig().ask({ protocol })).headers.map(([name]) => name)).not.toContain('alt-svc');
    await rig().audit(2);
  });

  test('F19: what only proxies write does not go up, in any spelling', async () => {
    const names = [
      'Proxy-Authorization',
      'X-Forwarded-For',
      'x_forwarded_host',
      'X-FORWARDED-PROTO',
      'Forwarded',
      'Via',
      'X-Real-IP',
      'X-Original-URL',
    ];
    await rig().ask({ headers: names.map((name) => [name, 'evil'] as const) });
    expect(rig().service.received().toString()).not.toContain('evil');
    await rig().audit(1);
  });

  const placeholder = 'pai-placeholder-api';
  test.each([
    ['R4', 'another name', [['Authorization', 'Bearer pai-placeholder-other']], '/', 200],
    ['R5', 'a cookie', [['Cookie', `a=${placeholder}`]], '/', 403],
    ['R5', 'a referer', [['Referer', `https://x/${placeholder}`]], '/', 403],
    ['R5', 'a user agent', [['User-Agent', placeholder]], '/', 403],
    [
      'R5',
      'a second copy',
      [
        ['Authorization', `Bearer ${placeholder}`],
        ['X-Copy', placeholder],
      ],
      '/',
      403,
    ],
    [
      'R5',
      'basic authentication of another field',
      [['X-Auth', Buffer.from(`u:${placeholder}`).toString('base64')]],
      '/',
      403,
    ],
    ['R5', 'the query', [], `/?key=${placeholder}`, 403],
    ['R5', 'the query, escaped', [], '/?key=pai%2Dplaceholder-api', 403],
    ['R5', 'the path', [], `/${placeholder}/x`, 403],
  ] as const)('%s: a placeholder in %s', async (_id, _where, headers, path, status) => {
    const got = await rig().ask({ headers, path });
    expect(got.status).toBe(status);
    const [event] = await rig().audit(1);
    if (status === 200) {
      const [request] = rig().service.requests;
      expect(valuesOf(request?.fields ?? [], 'authorization')).toEqual([`Bearer ${canaries.api}`]);
    } else {
      expect(rig().service.received().length).toBe(0);
      expect(event).toMatchObject({ decision: 'refuse', rule: 'placeholder_misplaced' });
    }
    await rig().expectNoCanary(got);
  });

  test('R12: content that a rule must read and that is encoded is not let through unread', async () => {
    const headers = [['Content-Encoding', 'gzip']] as const;
    const path = '/repos/myorg/repo-a/pulls/7/reviews';
    const got = await rig().ask({ sni: 'api.github.com', method: 'POST', path, headers, body: '\x1f\x8b' });
    expect(got.status).toBe(403);
    expect(rig().service.received().length).toBe(0);
    await rig().audit(1);
  });
});

test('R1, R8: a redirect, errors and identifiers with the credential in them show it nowhere', async () => {
  const rig = await startRig({
    answer: (request, socket) => {
      const [token] = valuesOf(request.fields, 'authorization');
      reply(
        socket,
        `HTTP/1.1 302 Found\r\nLocation: https://evil.example/?t=${token?.slice(7)}\r\nX-Request-Id: ${token}\r\nContent-Length: ${token?.length}`,
        token,
      );
    },
  });
  const got = await rig.ask({});
  expect(got.status).toBe(302);
  await rig.audit(1);
  expect(rig.service.requests).toHaveLength(1);
  await rig.expectNoCanary(got);
});

test('L8: a hundred uploads at once all arrive whole', async () => {
  const size = 256 << 10;
  const taken = new Map<number, number>();
  const rig = await startRig({
    onData: (chunk, socket, connection) => {
      const bytes = (taken.get(connection) ?? 0) + chunk.length;
      taken.set(connection, bytes);
      if (bytes >= size + 100)
        reply(socket, 'HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2', 'ok');
      return true;
    },
  });
  const body = Buffer.alloc(size, 'u');
  const statuses = await Promise.all(
    Array.from({ length: 100 }, async () => {
      const agent = await rig.line();
      agent.send(`POST /up HTTP/1.1\r\n${host}Content-Length: ${size}\r\n\r\n`);
      agent.send(body);
      return (await agent.response('POST'))?.status;
    }),
  );
  expect(new Set(statuses)).toEqual(new Set([200]));
  expect(taken.size).toBe(100);
  for (const event of await rig.audit(100)) expect(event).toMatchObject({ status: 200, bytes_in: size });
});
