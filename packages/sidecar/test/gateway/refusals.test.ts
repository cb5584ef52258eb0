import { request } from 'node:https';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import { outsideProvider, startGatewayRig, useGatewayRig } from './rig.ts';

const field = (got: { headers: readonly (readonly [string, string])[] }, name: string) =>
  got.headers.find(([key]) => key === name)?.[1];

const never = `pak_${'A'.repeat(43)}`;

describe('without a key that is in force', () => {
  let later = 0;
  const rig = useGatewayRig({
    providers: [outsideProvider('api'), outsideProvider('inside', '{enabled: false}')],
    gateway: { now: () => Date.now() + later },
  });
  // What an address has tried is forgotten by then.
  beforeEach(() => {
    later += 61_000;
  });

  test.each([
    ['none', []],
    ['one that was never made', [['Authorization', `Bearer ${never}`]]],
    ['one that is no key', [['Authorization', 'Bearer pak_']]],
    ['another scheme', [['Authorization', 'Basic cGFrOnBhaw==']]],
    ['nothing behind the scheme', [['Authorization', 'Bearer']]],
    [
      'two',
      [
        ['Authorization', `Bearer ${never}`],
        ['Authorization', `Bearer ${never}`],
      ],
    ],
    [
      'two in its own field',
      [
        ['X-Pai-Access-Key', never],
        ['X-Pai-Access-Key', never],
      ],
    ],
    ['two in one field', [['Authorization', `Bearer ${never}, Bearer ${never}`]]],
  ] as const)('%s: every place answers with one and the same 401', async (_title, headers) => {
    const bodies: string[] = [];
    for (const path of [
      '/mcp',
      '/ext/mcp/api',
      '/ext/provider/api/x',
      '/ext/provider/inside/x',
      '/ext/none',
    ]) {
      const got = await rig().ask({ path, headers });
      expect([path, got.status]).toEqual([path, 401]);
      expect(field(got, 'www-authenticate')).toBe('Bearer realm="pai gateway"');
      bodies.push(got.body.replace(/"request_id":"[^"]*"/, ''));
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(new Set(bodies).size).toBe(1);
    expect(rig().service.requests).toEqual([]);
    await rig().audit(5);
    expect(await rig().auditText()).not.toContain(never);
  });

  test.each([
    '/.well-known/oauth-protected-resource',
    '/.well-known/oauth-protected-resource/ext/mcp/api',
    '/.well-known/oauth-authorization-server',
    '/.well-known/openid-configuration',
    '/register',
    '/authorize?x=1',
    '/token',
    '/',
    '/mcp/',
    '/mcp?x=1',
    '//ext/mcp/api',
    '/EXT/mcp/api',
  ])('%s is not there, so that no client starts a login', async (path) => {
    const got = await rig().ask({ path, method: 'POST', body: '{}' });
    expect(got.status).toBe(404);
    expect(field(got, 'www-authenticate')).toBeUndefined();
  });

  test.each(['inside', 'other', 'none'])(
    'a Provider that is closed, another’s or nobody’s looks the same: %s',
    async (name) => {
      const got = await rig().ask({ key: rig().laptop, path: `/ext/provider/${name}/x` });
      expect(got.status).toBe(404);
      expect(got.body).toContain('there is nothing here for this key');
      const [event] = await rig().audit(1, `/ext/provider/${name}/x`);
      expect(event).toMatchObject({ agent: 'access-key/laptop', rule: 'nothing_here', status: 404 });
    },
  );
});

describe('with a key', () => {
  const rig = useGatewayRig({
    gateway: { origins: ['vscode-file://vscode-app'], hosts: ['gw.example.org'] },
  });

  test.each([
    '/ext/mcp/api',
    '/ext/mcp/../provider/api/x',
    '/ext/./provider/api/x',
    '/ext/%2e%2e/provider/api/x',
    '/ext//provider/api/x',
    '/ext/provider//x',
    '/ext/provider/API/x',
    '/ext/provider/api%2fx',
    '/ext/provider/%61pi/x',
    '/ext/provider/api;x/y',
    '/ext/provider/api@other.example.com/x',
    '/ext/provider/api@/x',
    '/ext/provider/api@api.example.com:444/x',
    '/ext/provider/api@u:p@api.example.com/x',
    'https://localhost/ext/provider/api/x',
    '*',
  ])('%s leads nowhere', async (path) => {
    expect((await rig().ask({ key: rig().laptop, path })).status).toBe(404);
    expect(rig().service.requests).toEqual([]);
  });

  test.each(['/ext/provider/api/../x', '/ext/provider/api/%2e%2e/x', '/ext/provider/api//x'])(
    '%s is refused, since it has two readings',
    async (path) => {
      expect((await rig().ask({ key: rig().laptop, path })).status).toBe(400);
      expect(rig().service.requests).toEqual([]);
    },
  );

  test.each([
    ['the query', { path: `/ext/provider/api/x?key=KEY` }],
    ['the query, escaped', { path: `/ext/provider/api/x?key=%70%61%6b_KEYTAIL` }],
    ['the path', { path: `/ext/provider/api/KEY` }],
    ['the path of nothing', { path: `/ext/KEY` }],
    ['another field', { path: '/ext/provider/api/x', headers: [['X-Token', 'KEY']] }],
    ['a cookie', { path: '/ext/provider/api/x', headers: [['Cookie', 'a=KEY']] }],
  ] as const)('in %s it is refused, and neither sent on nor shown', async (_title, given) => {
    const key = rig().laptop;
    const put = (text: string) => text.replaceAll('KEYTAIL', key.slice(4)).replaceAll('KEY', key);
    const headers =
      'headers' in given ? given.headers.map(([name, value]) => [name, put(value)] as const) : [];
    const got = await rig().ask({ key, path: put(given.path), headers });
    expect(got.status).toBe(401);
    expect(got.body).not.toContain(key.slice(4, 30));
    expect(rig().service.requests).toEqual([]);
    expect(await rig().audit(1)).toMatchObject([{ rule: 'access_key_refused' }]);
    expect(await rig().auditText()).not.toContain(key.slice(4, 30));
    expect(rig().logs.join()).not.toContain(key.slice(4, 30));
  });

  test.each([
    ['evil.example.com', 421],
    ['localhost.evil.example.com', 421],
    ['169.254.169.254', 421],
    ['gw.example.org:9', 200],
    ['127.0.0.1', 200],
    ['LOCALHOST.', 200],
    ['a@localhost', 400],
    ['', 400],
  ])('Host %s gets %i', async (authority, status) => {
    expect((await rig().ask({ key: rig().laptop, path: '/ext/provider/api/x', authority })).status).toBe(
      status,
    );
  });

  test.each([
    [[['Origin', 'https://evil.example.com']], 403],
    [[['Origin', 'null']], 403],
    [[['Sec-Fetch-Site', 'cross-site']], 403],
    [
      [
        ['Origin', 'vscode-file://vscode-app'],
        ['Origin', 'https://evil.example.com'],
      ],
      403,
    ],
    [
      [
        ['Origin', 'vscode-file://vscode-app'],
        ['Sec-Fetch-Site', 'cross-site'],
      ],
      200,
    ],
  ] as const)('a web page’s %j gets %i', async (headers, status) => {
    const got = await rig().ask({ key: rig().laptop, path: '/ext/provider/api/x', headers });
    expect(got.status).toBe(status);
    expect(field(got, 'access-control-allow-origin')).toBeUndefined();
    const sent = rig().service.requests.flatMap(({ fields }) => fields.map(([name]) => name.toLowerCase()));
    expect(sent.filter((name) => /^(origin|sec-)/.test(name))).toEqual([]);
  });

  test.each([
    ['two lengths', 'Content-Length: 1\r\nContent-Length: 2\r\n'],
    ['a length and chunks', 'Content-Length: 4\r\nTransfer-Encoding: chunked\r\n'],
    ['a folded field', 'X-A: b\r\n c\r\n'],
    ['a space before a colon', 'Authorization : Bearer x\r\n'],
    ['a lone LF', 'X-A: b\nX-B: c\r\n'],
  ])('%s is no HTTP (smuggling)', async (_title, fields) => {
    const line = await rig().line();
    line.send(
      `POST /ext/provider/api/x HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${rig().laptop}\r\n${fields}\r\nabcdef`,
    );
    expect((await line.response())?.status).toBe(400);
    expect(rig().service.requests).toEqual([]);
  });

  test('speaks HTTP/1.1 alone, and says so in the handshake', async () => {
    await expect(rig().line({ alpn: ['h2'] })).rejects.toThrow();
    expect((await rig().line({ alpn: ['h2', 'http/1.1'] })).isClosed()).toBe(false);
  });

  test('shows a certificate of the CA for its names, whatever name is asked for', async () => {
    const { port } = rig().gateway.at;
    for (const servername of ['gw.example.org', 'localhost']) {
      const status = await new Promise((resolve, reject) => {
        const headers = { authorization: `Bearer ${rig().laptop}`, host: servername };
        const ca = rig().gateway.ca.certificatePem;
        request({ host: '127.0.0.1', port, servername, ca, headers, path: '/ext/provider/api/x' }, (answer) =>
          resolve(answer.resume().statusCode),
        )
          .on('error', reject)
          .end();
      });
      expect(status).toBe(200);
    }
  });
});

test('an address that tries keys is answered with 429 after a while, and one that has a key is not', async () => {
  const rig = await startGatewayRig();
  const key = await rig.key('laptop', ['api']);
  const statuses: number[] = [];
  for (let i = 0; i < 35; i += 1) {
    const tried = `pak_${String(i).padStart(43, 'x')}`;
    statuses.push((await rig.ask({ key: tried, path: '/ext/provider/api/x' })).status);
  }
  expect(statuses.slice(0, 25).every((status) => status === 401)).toBe(true);
  expect(statuses.slice(-3)).toEqual([429, 429, 429]);
  expect((await rig.ask({ key, path: '/ext/provider/api/x' })).status).toBe(200);
  await vi.waitFor(async () => expect(await rig.auditText()).toContain('limit_reached'));
});

test('connections without a key make room for others when there are too many, and those with one do not', async () => {
  const rig = await startGatewayRig({ gateway: { maxConnections: 3 } });
  const key = await rig.key('laptop', ['api']);
  const get = `GET /ext/provider/api/x HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${key}\r\n\r\n`;
  const own = await rig.line();
  own.send(get);
  expect((await own.response())?.status).toBe(200);
  const [oldest, other] = [await rig.line(), await rig.line()];
  const next = await rig.line();
  next.send(get);
  expect((await next.response())?.status).toBe(200);
  await vi.waitFor(() => expect(oldest.isClosed()).toBe(true));
  expect(other.isClosed()).toBe(false);
  own.send(get);
  expect((await own.response())?.status).toBe(200);
  const last = await rig.line();
  last.send(get);
  expect((await last.response())?.status).toBe(200);
  // All three have one now.
  await expect(rig.line().then((line) => line.response())).rejects.toThrow();
  await vi.waitFor(async () => expect(await rig.auditText()).toContain('"rule":"overloaded"'));
});

test.each([
  ['0.0.0.0', 'say with --host'],
  ['::', 'say with --host'],
])('on %s it wants a name', async (address, sentence) => {
  const listen = { address, port: 0 };
  await expect(startGatewayRig({ gateway: { listen } })).rejects.toThrow(sentence);
});
