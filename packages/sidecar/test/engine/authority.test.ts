import { describe, expect, test } from 'vitest';
import { askH2, dial, openH2, secure } from './agent.ts';
import { httpProvider, startRig, useRig } from './rig.ts';
import { valuesOf } from './strict-message.ts';

describe('whom a request is for', () => {
  const rig = useRig();
  const refused = [
    ['another host (A1)', 'GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n', 421],
    ["another Provider's host (A2)", 'GET / HTTP/1.1\r\nHost: api.github.com\r\n\r\n', 421],
    [
      'absolute-form for another host (A4)',
      'GET https://evil.example/x HTTP/1.1\r\nHost: api.example.com\r\n\r\n',
      421,
    ],
    [
      'absolute-form with another Host (A4)',
      'GET https://api.example.com/x HTTP/1.1\r\nHost: evil.example\r\n\r\n',
      421,
    ],
    [
      'absolute-form in clear (A4)',
      'GET http://api.example.com/x HTTP/1.1\r\nHost: api.example.com\r\n\r\n',
      400,
    ],
    [
      'absolute-form with userinfo (A4)',
      'GET https://a@api.example.com/ HTTP/1.1\r\nHost: api.example.com\r\n\r\n',
      400,
    ],
    ['two Hosts (A5)', 'GET / HTTP/1.1\r\nHost: api.example.com\r\nHost: api.example.com\r\n\r\n', 400],
    ['two different Hosts (A5)', 'GET / HTTP/1.1\r\nHost: api.example.com\r\nhost: evil\r\n\r\n', 400],
    ['a list of Hosts (A5)', 'GET / HTTP/1.1\r\nHost: api.example.com, evil\r\n\r\n', 400],
    ['an empty Host (A5)', 'GET / HTTP/1.1\r\nHost:\r\n\r\n', 400],
    ['userinfo in Host (A5)', 'GET / HTTP/1.1\r\nHost: a@api.example.com\r\n\r\n', 400],
    ['a path in Host (A5)', 'GET / HTTP/1.1\r\nHost: api.example.com/x\r\n\r\n', 400],
    ['another port (A6)', 'GET / HTTP/1.1\r\nHost: api.example.com:444\r\n\r\n', 421],
    ['two trailing dots (A6)', 'GET / HTTP/1.1\r\nHost: api.example.com..\r\n\r\n', 400],
    ['a port of 0 (A6)', 'GET / HTTP/1.1\r\nHost: api.example.com:0\r\n\r\n', 400],
    ['an empty port (A6)', 'GET / HTTP/1.1\r\nHost: api.example.com:\r\n\r\n', 400],
    ['a Unicode host (A7)', 'GET / HTTP/1.1\r\nHost: \xe4pi.example.com\r\n\r\n', 400],
    ['a punycode host (A7)', 'GET / HTTP/1.1\r\nHost: xn--pi-viaa.example.com\r\n\r\n', 421],
    ['a NUL in Host (A7)', 'GET / HTTP/1.1\r\nHost: api.example.com\0evil\r\n\r\n', 400],
    ['a tab in Host (A7)', 'GET / HTTP/1.1\r\nHost: api.exa\tmple.com\r\n\r\n', 400],
    ['no Host (F17)', 'GET / HTTP/1.1\r\n\r\n', 400],
    ['HTTP/1.0 without Host (F17)', 'GET / HTTP/1.0\r\n\r\n', 400],
    ['the asterisk form', 'OPTIONS * HTTP/1.1\r\nHost: api.example.com\r\n\r\n', 400],
    ['the authority form', 'GET api.example.com:443 HTTP/1.1\r\nHost: api.example.com\r\n\r\n', 400],
    ['CONNECT inside TLS', 'CONNECT api.example.com:443 HTTP/1.1\r\nHost: api.example.com\r\n\r\n', 405],
  ] as const;
  test.each(refused)('refuses %s', async (_name, bytes, status) => {
    const { line, service, audit, expectNoCanary } = rig();
    const agent = await line();
    agent.send(bytes);
    const response = await agent.response();
    expect(response?.status).toBe(status);
    const [event] = await audit(1);
    expect(event).toMatchObject({ decision: 'refuse', status });
    expect(event?.error).toBe(event?.rule);
    expect(service.received().toString('latin1')).toBe('');
    await expectNoCanary(response?.body.toString());
  });

  test.each([
    'API.Example.COM',
    'api.example.com.',
    'api.example.com:443',
    'api.example.com:0443',
    'API.example.com.:443',
  ])('takes the spelling %s, and sends the canonical one (A6)', async (host) => {
    const { line, service, audit } = rig();
    const agent = await line();
    agent.send(`GET /a HTTP/1.1\r\nHost: ${host}\r\n\r\n`);
    expect((await agent.response())?.status).toBe(200);
    await audit(1);
    expect(service.requests.map(({ fields }) => valuesOf(fields, 'host'))).toEqual([['api.example.com']]);
  });

  test.each([
    ['api.example.com:444', /; connect to the port that the request names, or name that of the connection$/],
    ['api.github.com', /; open a connection of its own for each host$/],
  ])('says what is wrong with a request for %s', async (host, remedy) => {
    const { line, audit } = rig();
    const agent = await line();
    agent.send(`GET / HTTP/1.1\r\nHost: ${host}\r\n\r\n`);
    expect(JSON.parse(String((await agent.response())?.body)).error.message).toMatch(remedy);
    await audit(1);
  });

  test('takes the port of its own door for the claimed one', async () => {
    const { line, sidecar, audit, service } = rig();
    const agent = await line();
    agent.send(`GET /a HTTP/1.1\r\nHost: api.example.com:${sidecar.addresses.listen[0]?.port}\r\n\r\n`);
    expect((await agent.response())?.status).toBe(200);
    await audit(1);
    expect(service.requests.map(({ fields }) => valuesOf(fields, 'host'))).toEqual([['api.example.com']]);
  });

  test('judges every request of a connection anew (A9)', async () => {
    const { line, service, audit } = rig();
    const agent = await line();
    const statuses: (number | undefined)[] = [];
    for (const host of ['api.example.com', 'api.github.com', 'api.example.com', 'evil.example']) {
      agent.send(`GET / HTTP/1.1\r\nHost: ${host}\r\n\r\n`);
      statuses.push((await agent.response())?.status);
    }
    expect(statuses).toEqual([200, 421, 200, 421]);
    expect(service.requests).toHaveLength(2);
    await audit(4);
  });

  test('serves nobody who names no host in the handshake (A10)', async () => {
    const { line, service, audit } = rig();
    const agent = await line({ sni: undefined });
    agent.send('GET / HTTP/1.1\r\nHost: api.example.com\r\n\r\n');
    const response = await agent.response();
    expect(response?.status).toBe(421);
    expect(response?.body.toString()).toContain('SNI');
    await audit(1);
    expect(service.received().length).toBe(0);
  });

  test('refuses CONNECT to one host and TLS for another (A3)', async () => {
    const { tunnel, service, audit } = rig();
    const agent = await tunnel('api.example.com:443', { sni: 'api.github.com' });
    agent.send('GET / HTTP/1.1\r\nHost: api.example.com\r\n\r\n');
    expect((await agent.response())?.status).toBe(421);
    await audit(1);
    expect(service.received().length).toBe(0);
  });

  test.each([
    [{ ':authority': 'api.example.com', host: 'api.github.com' }, 421],
    [{ ':authority': 'api.example.com', host: 'api.example.com' }, 200],
    // Refused by nghttp2 itself, with a reset.
    [{ ':authority': 'api.example.com', ':path': 'https://evil.example/x' }, 0],
    [{ ':authority': 'api.example.com', ':path': '*' }, 0],
    [{ ':authority': 'a@api.example.com' }, 0],
    [{ ':authority': 'evil.example' }, 421],
  ] as const)('reads the authority of HTTP/2: %o is %i', async (fields, status) => {
    const { sidecar, audit, service } = rig();
    const socket = await dial(sidecar.addresses.listen[0]?.port ?? 0);
    const ca = sidecar.ca.certificatePem;
    const session = openH2(await secure(socket, { ca, servername: 'api.example.com', alpn: ['h2'] }));
    const { ':path': path = '/', ':authority': authority, ...headers } = fields as Record<string, string>;
    const got = await askH2(session, authority ?? '', { path, headers: Object.entries(headers) });
    expect(got.status).toBe(status);
    await audit(status === 0 ? 0 : 1);
    expect(service.requests).toHaveLength(status === 200 ? 1 : 0);
  });
});

describe('a wildcard host (A15)', () => {
  const rig = useRig({ providers: [httpProvider('wild', '', '*.wild.example.com')] });
  test.each([
    ['one.wild.example.com', 200],
    ['ONE.wild.example.com', 200],
    ['wild.example.com', 421],
    ['a.b.wild.example.com', 421],
    ['evilwild.example.com', 421],
    ['one.wild.example.com.evil.com', 421],
    ['wild.example.com.evil.com', 421],
  ])('%s is answered with %i', async (host, status) => {
    const { ask, audit, service } = rig();
    expect((await ask({ sni: host })).status).toBe(status);
    await audit(1);
    expect(service.requests).toHaveLength(status === 200 ? 1 : 0);
  });
});

describe('two Providers of one host (R9)', () => {
  const second = httpProvider('second', '', 'api.example.com').replace(
    '"/forbidden/**", "/forbidden"',
    '"/first-only"',
  );
  test('the placeholder chooses; without one the first that allows; none that allows is a denial', async () => {
    const { ask, audit, expectNoCanary } = await startRig({ providers: [httpProvider('api'), second] });
    const placeholder = (name: string) => [['authorization', `Bearer pai-placeholder-${name}`]] as const;
    const results = [];
    for (const [path, headers] of [
      ['/x', []],
      ['/x', placeholder('second')],
      ['/forbidden', []],
      ['/forbidden', placeholder('api')],
      ['/first-only', placeholder('second')],
      ['/x', placeholder('nobody')],
    ] as const)
      results.push((await ask({ path, headers })).status);
    expect(results).toEqual([200, 200, 200, 403, 403, 200]);
    const lines = await audit(6);
    expect(lines.map(({ provider }) => provider)).toEqual([
      'api',
      'second',
      'second',
      'api',
      'second',
      'api',
    ]);
    await expectNoCanary();
  });
});
