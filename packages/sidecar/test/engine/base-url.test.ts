import { describe, expect, test } from 'vitest';
import { askH1 } from './agent.ts';
import { canaries, httpProvider, startRig, useRig } from './rig.ts';
import { reply } from './service.ts';
import { valuesOf } from './strict-message.ts';

/** Takes what `api` takes and /forbidden too. */
const second = `apiVersion: pai.io/v1
kind: Provider
metadata: {name: second}
spec:
  type: http-token
  host: api.example.com
  auth: {type: bearer, secretRef: api-token}
  policy: {httpRules: [{paths: ["**"], effect: allow}]}
`;

const providers = [
  httpProvider('api'),
  second,
  httpProvider('wild', '', '*.wild.example.com'),
  httpProvider('ported', '', 'ported.example.com:8443'),
];

describe('the base URL door', () => {
  const rig = useRig({ providers, hosts: ['ported.example.com'] });
  const own = (name = '127.0.0.1') => `${name}:${rig().sidecar.addresses.baseUrl[0]?.port}`;
  const ask = async (path: string, headers: readonly (readonly [string, string])[] = [], host = own()) =>
    askH1(await rig().bare('baseUrl'), host, { path, headers });

  test.each([
    ['/provider/api/v1/x?a=b&c', 'api.example.com', '/v1/x?a=b&c'],
    ['/provider/api/', 'api.example.com', '/'],
    ['/provider/api', 'api.example.com', '/'],
    ['/provider/api?x=/provider/second/', 'api.example.com', '/?x=/provider/second/'],
    ['/provider/api/a%20b%7E~%c3%bc', 'api.example.com', '/a%20b%7E~%c3%bc'],
    ['/provider/api/provider/second/x', 'api.example.com', '/provider/second/x'],
    ['/provider/api/trailing/', 'api.example.com', '/trailing/'],
    ['/provider/ported/x', 'ported.example.com:8443', '/x'],
    ['/host/api.example.com/x', 'api.example.com', '/x'],
    ['/host/API.Example.com.:443/x', 'api.example.com', '/x'],
    ['/host/one.wild.example.com/x', 'one.wild.example.com', '/x'],
    ['/host/ported.example.com:8443/x', 'ported.example.com:8443', '/x'],
  ])('sends %s to %s as %s, with the credential', async (path, host, target) => {
    const { service, audit, expectNoCanary } = rig();
    const got = await ask(path, [['Authorization', 'Bearer pai-placeholder-api']]);
    expect(got).toMatchObject({ status: 200, body: 'ok' });
    const [request, ...others] = service.requests;
    expect(others).toEqual([]);
    expect(request?.target).toBe(target);
    expect(valuesOf(request?.fields ?? [], 'host')).toEqual([host]);
    expect(valuesOf(request?.fields ?? [], 'authorization')).toEqual([`Bearer ${canaries.api}`]);
    expect(service.received().toString()).not.toMatch(/127\.0\.0\.1|placeholder/);
    const [event] = await audit(1);
    expect(event).toMatchObject({ decision: 'allow', host, path: target.split('?')[0] });
    await expectNoCanary(got);
  });

  const refused = [
    ['/', 400, 'malformed_request'],
    ['/v1/x', 400, 'malformed_request'],
    ['/provider', 400, 'malformed_request'],
    ['/provider/', 400, 'malformed_request'],
    ['/provider//x', 400, 'malformed_request'],
    ['/Provider/api/x', 400, 'malformed_request'],
    ['//provider/api/x', 400, 'malformed_request'],
    ['/%70rovider/api/x', 400, 'malformed_request'],
    ['/x/../provider/api/x', 400, 'malformed_request'],
    ['https://api.example.com/x', 400, 'malformed_request'],
    ['http://127.0.0.1/provider/api/x', 400, 'malformed_request'],
    ['/provider/api/../../provider/second/forbidden', 400, 'malformed_request'],
    ['/provider/api/..;/x', 400, 'malformed_request'],
    ['/provider/api/%2e%2e/x', 400, 'malformed_request'],
    ['/provider/api//x', 400, 'malformed_request'],
    ['/provider/api/x#y', 400, 'malformed_request'],
    ['/provider/api#/x', 400, 'malformed_request'],
    ['/provider/API/x', 421, 'misdirected_request'],
    ['/provider/%61pi/x', 421, 'misdirected_request'],
    ['/provider/nobody/x', 421, 'misdirected_request'],
    ['/provider/constructor/x', 421, 'misdirected_request'],
    ['/provider/api.example.com/x', 421, 'misdirected_request'],
    ['/provider/wild/x', 421, 'misdirected_request'],
    ['/host/other.example.com/x', 421, 'misdirected_request'],
    ['/host/api.example.com:80/x', 421, 'misdirected_request'],
    ['/host/127.0.0.1/x', 421, 'misdirected_request'],
    ['/host/a@api.example.com/x', 400, 'malformed_request'],
    ['/host/api.example.com%00/x', 400, 'malformed_request'],
    ['/host//x', 400, 'malformed_request'],
    ['/provider/api/forbidden', 403, 'policy.httpRules[0]'],
  ] as const;
  test('answers every path that is none, and sends nothing', async () => {
    const { service, audit, expectNoCanary } = rig();
    const answers: unknown[] = [];
    for (const [path] of refused) {
      const got = await ask(path);
      answers.push([path, got.status]);
      await expectNoCanary(got);
    }
    expect(answers).toEqual(refused.map(([path, status]) => [path, status]));
    const events = await audit(refused.length);
    expect(events.map(({ status, rule }, i) => [refused[i]?.[0], status, rule])).toEqual(refused);
    expect(service.received().toString()).toBe('');
  });

  test('lets the named Provider judge, and no other one that answers for its host', async () => {
    const { audit, service } = rig();
    const carries = (name: string) => [['Authorization', `Bearer pai-placeholder-${name}`]] as const;
    expect((await ask('/provider/second/forbidden', carries('api'))).status).toBe(200);
    expect((await ask('/provider/api/forbidden', carries('second'))).status).toBe(403);
    expect((await ask('/host/api.example.com/forbidden', carries('second'))).status).toBe(200);
    expect((await ask('/host/api.example.com/forbidden', carries('api'))).status).toBe(403);
    const events = await audit(4);
    expect(events.map(({ provider }) => provider)).toEqual(['second', 'api', 'second', 'api']);
    expect(service.requests.map(({ target }) => target)).toEqual(['/forbidden', '/forbidden']);
  });

  test('tells an agent that names nobody who is there', async () => {
    const { body } = await ask('/provider/nobody/x');
    expect(body).toContain(
      'no attached Provider is called \\"nobody\\"; attached: api, ported, second, wild',
    );
    expect((await ask('/provider/wild/x')).body).toContain(
      '*.wild.example.com, which is not one host; use /host/HOST',
    );
    expect((await ask('/v1/chat')).body).toContain('begin the path with /provider/NAME/ or /host/HOST/');
    await rig().audit(3);
  });

  test('answers under every name of the machine itself', async () => {
    for (const name of ['127.0.0.1', 'localhost', 'LocalHost', 'localhost.', '[::1]', '127.0.0.9'])
      expect((await ask('/provider/api/', [], own(name))).status, name).toBe(200);
    await rig().audit(6);
  });

  test('refuses every other name in Host, those made to lead here included (DNS rebinding)', async () => {
    const { service, audit } = rig();
    const names = [
      own('evil.example'),
      'api.example.com',
      own('api.example.com'),
      '127.0.0.1:1',
      'localhost',
      own('localhost.evil.example'),
      own('192.168.1.9'),
      own('0.0.0.0'),
    ];
    for (const name of names) expect((await ask('/provider/api/', [], name)).status, name).toBe(421);
    for (const event of await audit(names.length))
      expect(event).toMatchObject({ rule: 'misdirected_request', host: 'api.example.com', path: '/' });
    expect(service.received().toString()).toBe('');
  });

  test.each([
    [[['Origin', 'https://evil.example']]],
    [[['origin', 'null']]],
    [[['Sec-Fetch-Site', 'cross-site']]],
    [[['Sec-Fetch-Site', 'same-origin']]],
    [[['Sec-Fetch-Site', 'none']]],
  ] as [[string, string][]][])('refuses the request of a web page, which has %j', async (headers) => {
    const { service, audit } = rig();
    const got = await ask('/provider/api/', headers);
    expect(got.status).toBe(403);
    expect(got.headers.some(([name]) => name.startsWith('access-control'))).toBe(false);
    const [event] = await audit(1);
    expect(event).toMatchObject({ decision: 'refuse', rule: 'origin_refused', host: 'api.example.com' });
    expect(service.received().toString()).toBe('');
  });

  test('takes the requests of a real client, one after another', async () => {
    const url = `http://${own('localhost')}/provider/api/v1`;
    for (const method of ['GET', 'POST']) {
      const response = await fetch(url, { method, ...(method === 'POST' && { body: 'x' }) });
      expect(await response.text()).toBe('ok');
    }
    expect(rig().service.requests.map(({ method, target }) => `${method} ${target}`)).toEqual([
      'GET /v1',
      'POST /v1',
    ]);
    await rig().audit(2);
  });

  test.each([
    ['a second Host', 'GET /provider/api/ HTTP/1.1\r\nHost: 127.0.0.1\r\nHost: 127.0.0.1\r\n\r\n', 400],
    ['no Host', 'GET /provider/api/ HTTP/1.1\r\n\r\n', 400],
    ['a CONNECT', 'CONNECT api.example.com:443 HTTP/1.1\r\nHost: api.example.com:443\r\n\r\n', 400],
    ['HTTP/2 in clear', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 400],
    ['TLS', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03', 400],
  ])('refuses %s', async (_name, bytes, status) => {
    const { bare, service, audit } = rig();
    const line = await bare('baseUrl');
    line.send(bytes);
    expect((await line.response())?.status).toBe(status);
    await audit(1);
    expect(service.received().toString()).toBe('');
  });
});

test.each(['0.0.0.0', '::', '192.168.1.9', '128.0.0.1', 'localhost', '127.evil.example'])(
  'the base URL door does not open on %s',
  async (address) => {
    await expect(startRig({ sidecar: { baseUrl: { address, port: 0 } } })).rejects.toMatchObject({
      code: 'usage',
      message: expect.stringContaining('it speaks in clear and asks for no password'),
    });
  },
);

test.each([
  ['/provider/api', 's=1; Path=/v1; Domain=example.com; Secure', 's=1; Secure; Path=/provider/api/v1'],
  ['/host/api.example.com:443', 's=1', 's=1; Path=/host/api.example.com:443'],
])('the cookies of what is below %s stay there', async (root, cookie, shown) => {
  const rig = await startRig({
    providers,
    answer: (_, socket) =>
      reply(socket, `HTTP/1.1 200 OK\r\nSet-Cookie: ${cookie}\r\nset-cookie: t=2\r\nContent-Length: 0`),
  });
  const own = `127.0.0.1:${rig.sidecar.addresses.baseUrl[0]?.port}`;
  const headers = [['Authorization', 'Bearer pai-placeholder-api']] as const;
  const got = await askH1(await rig.bare('baseUrl'), own, { path: `${root}/x`, headers });
  const cookies = got.headers.filter(([name]) => name === 'set-cookie').map(([, value]) => value);
  expect(cookies).toEqual([shown, `t=2; Path=${root}`]);
});
