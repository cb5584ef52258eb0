import { once } from 'node:events';
import http from 'node:http';
import net from 'node:net';
import { describe, expect, test, vi } from 'vitest';
import { createLine, dial, secure } from './agent.ts';
import { httpProvider, startRig, useRig } from './rig.ts';
import { startService } from './service.ts';

const connect = (authority: string) => `CONNECT ${authority} HTTP/1.1\r\nHost: ${authority}\r\n\r\n`;

describe('the proxy door', () => {
  const rig = useRig();
  const refused = [
    ['a host that nobody claims (A13)', connect('other.example.com:443'), 403, 'egress_denied'],
    ['loopback (A13)', connect('127.0.0.1:6379'), 403, 'egress_denied'],
    ['port 22 of a claimed host (A13)', connect('api.example.com:22'), 403, 'egress_denied'],
    ['port 80 of a claimed host (A11)', connect('api.example.com:80'), 403, 'plain_http_refused'],
    ['an authority without port', connect('api.example.com'), 400, 'malformed_request'],
    ['userinfo', connect('a@api.example.com:443'), 400, 'malformed_request'],
    ['a path', connect('api.example.com:443/x'), 400, 'malformed_request'],
    ['port 0', connect('api.example.com:0'), 400, 'malformed_request'],
    ['a suffix (A15)', connect('evilapi.example.com:443'), 403, 'egress_denied'],
    [
      'CONNECT with another Host (A3)',
      'CONNECT api.example.com:443 HTTP/1.1\r\nHost: api.github.com:443\r\n\r\n',
      421,
      'misdirected_request',
    ],
    [
      'CONNECT with two Hosts',
      'CONNECT api.example.com:443 HTTP/1.1\r\nHost: api.example.com\r\nHost: api.example.com\r\n\r\n',
      400,
      'malformed_request',
    ],
    [
      'CONNECT with content',
      'CONNECT api.example.com:443 HTTP/1.1\r\nHost: api.example.com:443\r\nContent-Length: 4\r\n\r\nabcd',
      400,
      'malformed_request',
    ],
    [
      'CONNECT with chunks',
      'CONNECT api.example.com:443 HTTP/1.1\r\nHost: api.example.com:443\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
      400,
      'malformed_request',
    ],
    [
      'a claimed host in clear (A11)',
      'GET http://api.example.com/ HTTP/1.1\r\nHost: api.example.com\r\n\r\n',
      403,
      'plain_http_refused',
    ],
    [
      'a claimed host in clear on 443 (A11)',
      'GET http://api.example.com:443/ HTTP/1.1\r\nHost: api.example.com:443\r\n\r\n',
      403,
      'plain_http_refused',
    ],
    [
      'a claimed host in clear, in capitals (A11)',
      'GET HTTP://API.example.com./ HTTP/1.1\r\nHost: API.example.com.\r\n\r\n',
      403,
      'plain_http_refused',
    ],
    [
      'https at another port of a claimed host',
      'GET https://api.example.com:9999/ HTTP/1.1\r\nHost: api.example.com:9999\r\n\r\n',
      403,
      'egress_denied',
    ],
    [
      'an unclaimed host in clear',
      'GET http://other.example.com/ HTTP/1.1\r\nHost: other.example.com\r\n\r\n',
      403,
      'egress_denied',
    ],
    [
      'an unclaimed host',
      'GET https://other.example.com/ HTTP/1.1\r\nHost: other.example.com\r\n\r\n',
      403,
      'egress_denied',
    ],
    ['origin-form', 'GET / HTTP/1.1\r\nHost: api.example.com\r\n\r\n', 400, 'malformed_request'],
    [
      'another scheme',
      'GET ftp://api.example.com/ HTTP/1.1\r\nHost: api.example.com\r\n\r\n',
      400,
      'malformed_request',
    ],
    [
      'another Host',
      'GET https://api.example.com/ HTTP/1.1\r\nHost: evil.example\r\n\r\n',
      421,
      'misdirected_request',
    ],
    [
      'a denied path',
      'GET https://api.example.com/forbidden HTTP/1.1\r\nHost: api.example.com\r\n\r\n',
      403,
      undefined,
    ],
    [
      'malformed framing',
      'POST https://api.example.com/ HTTP/1.1\r\nHost: api.example.com\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n',
      400,
      'malformed_request',
    ],
    ['bytes that are no HTTP', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03', 400, 'malformed_request'],
  ] as const;
  test.each(refused)('refuses %s', async (_name, bytes, status, code) => {
    const { proxy, service, audit, expectNoCanary } = rig();
    const agent = await proxy();
    agent.send(bytes);
    const response = await agent.response();
    expect(response?.status).toBe(status);
    const [event] = await audit(1);
    expect(event?.error).toBe(code);
    expect(event?.status).toBe(status);
    expect(service.connections()).toBe(0);
    await expectNoCanary(response?.body.toString());
  });

  test.each([
    ['other.example.com:443', /^no attached Provider claims other\.example\.com and egress is deny; attach /],
    [`${'a'.repeat(90)}@x:443`, /^"a{80}\?" is not one host name with an optional port$/],
  ])('says why it opens no way to %s where clients show it', async (path, reason) => {
    const { sidecar, audit } = rig();
    const port = sidecar.addresses.proxy[0]?.port;
    const request = http.request({ port, method: 'CONNECT', path, headers: { host: path } }).end();
    const [response] = await once(request, 'connect');
    request.destroy();
    expect(response.statusMessage).toMatch(reason);
    await audit(1);
  });

  test('says at which port to request a claimed host that was asked in clear', async () => {
    const { proxy, audit } = await startRig({
      providers: [httpProvider('api'), httpProvider('ported', '', 'ported.example.com:8443')],
    });
    for (const [asked, remedy] of [
      ['api.example.com', 'https://api.example.com'],
      ['api.example.com:8080', 'https://api.example.com'],
      ['ported.example.com:8443', 'https://ported.example.com:8443'],
    ]) {
      const agent = await proxy();
      agent.send(`GET http://${asked}/ HTTP/1.1\r\nHost: ${asked}\r\n\r\n`);
      const { error } = JSON.parse(String((await agent.response())?.body));
      expect(error.message).toMatch(new RegExp(`; request ${remedy} instead$`));
      await audit(1);
    }
  });

  test('judges absolute-form for a claimed host, again and again on one connection', async () => {
    const { sidecar, audit, service } = await startRig();
    const agent = createLine(await dial(sidecar.addresses.proxy[0]?.port ?? 0));
    for (const [host, path] of [
      ['api.example.com', '/a'],
      ['api.github.com', '/repos/myorg/repo-a/issues'],
      ['API.example.com:443', '/b?c'],
    ]) {
      agent.send(
        `GET https://${host}${path} HTTP/1.1\r\nHost: ${host}\r\nProxy-Authorization: Basic eA==\r\n\r\n`,
      );
      expect((await agent.response())?.status).toBe(200);
    }
    expect(service.requests.map(({ target }) => target)).toEqual([
      '/a',
      '/repos/myorg/repo-a/issues',
      '/b?c',
    ]);
    expect(service.received().toString()).not.toMatch(/proxy-auth/i);
    await audit(3);
  });

  test('takes the first bytes of TLS together with CONNECT', async () => {
    const { sidecar, audit } = rig();
    // The client hello is caught, and sent behind CONNECT in one write.
    const pair = net.createServer().listen(0, '127.0.0.1');
    await once(pair, 'listening');
    const catcher = once(pair, 'connection');
    const client = await dial((pair.address() as net.AddressInfo).port);
    const handshake = secure(client, { ca: sidecar.ca.certificatePem, servername: 'api.example.com' });
    const [peer] = (await catcher) as [net.Socket];
    const [hello] = (await once(peer, 'data')) as [Buffer];
    const proxy = await dial(sidecar.addresses.proxy[0]?.port ?? 0);
    proxy.write(Buffer.concat([Buffer.from(connect('api.example.com:443')), hello]));
    let isFirst = true;
    proxy.on('data', (chunk: Buffer) => {
      const rest = isFirst ? chunk.subarray(chunk.indexOf('\r\n\r\n') + 4) : chunk;
      isFirst = false;
      if (rest.length > 0) peer.write(rest);
    });
    peer.on('data', (chunk: Buffer) => void proxy.write(chunk)).on('error', () => {});
    const agent = createLine(await handshake);
    agent.send('GET / HTTP/1.1\r\nHost: api.example.com\r\n\r\n');
    expect((await agent.response())?.status).toBe(200);
    pair.close();
    await audit(1);
  });

  test('closes a tunnel to a claimed host that carries no TLS, and says so (A12)', async () => {
    const { proxy, service, logs, admin, audit } = rig();
    const before = service.connections();
    const agent = await proxy();
    agent.send(connect('api.example.com:443'));
    await once(agent.socket, 'data');
    agent.send('GET / HTTP/1.1\r\nHost: api.example.com\r\n\r\n');
    await agent.rest();
    expect(service.connections()).toBe(before);
    expect(logs.join('\n')).toContain('api.example.com: an agent spoke plain HTTP; it must use https');
    expect((await admin('/metrics')).text).toMatch(/pai_handshake_failures_total [1-9]/);
    expect(await audit(1)).toMatchObject([{ decision: 'refuse', host: 'api.example.com', status: 0 }]);
  });
});

describe('egress: tunnel', () => {
  async function tunnelRig() {
    const echo = net
      .createServer((socket) => socket.on('error', () => {}).pipe(socket))
      .listen(0, '127.0.0.1');
    await once(echo, 'listening');
    const web = await startService(undefined);
    const at = (port: number) => ({ address: '127.0.0.1', port });
    const rig = await startRig({
      sidecar: {
        egress: 'tunnel',
        overrides: new Map([
          ['echo.example.com', at((echo.address() as net.AddressInfo).port)],
          ['web.example.com', at(web.port)],
        ]),
      },
    });
    echo.unref();
    return { rig, web };
  }

  // Node's fetch connects to port 80 for http.
  test.each([
    ['echo.example.com:443', 'echo.example.com'],
    ['echo.example.com:80', 'echo.example.com:80'],
  ])('carries bytes to %s and back without a credential, and is one line', async (authority, host) => {
    const { rig } = await tunnelRig();
    const agent = await rig.proxy();
    agent.send(`${connect(authority)}early`);
    let text = '';
    agent.socket.on('data', (chunk: Buffer) => {
      text += chunk;
    });
    await vi.waitFor(() => expect(text).toContain('\r\n\r\nearly'));
    agent.send('more');
    await vi.waitFor(() => expect(text).toContain('earlymore'));
    agent.socket.end();
    const [event] = await rig.audit(1);
    expect(event).toMatchObject({
      decision: 'tunnel',
      host,
      bytes_in: 9,
      bytes_out: 9,
      status: 200,
    });
    await rig.expectNoCanary(text);
  });

  test.each([
    ['another port', connect('echo.example.com:22'), 403, 'egress_denied'],
    ['port 80 of a claimed host (A11)', connect('api.example.com:80'), 403, 'plain_http_refused'],
    ['loopback (A13)', connect('127.0.0.1:443'), 403, 'destination_forbidden'],
    [
      'metadata in clear',
      'GET http://169.254.169.254/latest HTTP/1.1\r\nHost: 169.254.169.254\r\n\r\n',
      403,
      'destination_forbidden',
    ],
    [
      'a claimed host in clear',
      'GET http://api.example.com/ HTTP/1.1\r\nHost: web.example.com\r\n\r\n',
      403,
      'plain_http_refused',
    ],
    [
      'another Host in clear (A4)',
      'GET http://web.example.com/ HTTP/1.1\r\nHost: api.example.com\r\n\r\n',
      421,
      'misdirected_request',
    ],
    [
      'another port in clear',
      'GET http://web.example.com:8080/ HTTP/1.1\r\nHost: web.example.com\r\n\r\n',
      403,
      'egress_denied',
    ],
  ])('refuses %s', async (_name, bytes, status, code) => {
    const { rig, web } = await tunnelRig();
    const agent = await rig.proxy();
    agent.send(bytes);
    expect((await agent.response())?.status).toBe(status);
    const [event] = await rig.audit(1);
    expect(event).toMatchObject({ decision: 'refuse', error: code });
    expect(web.connections()).toBe(0);
  });

  test('passes a request in clear on, to the host of its target, framed as it came', async () => {
    const { rig, web } = await tunnelRig();
    const agent = await rig.proxy();
    agent.send(
      'GET http://web.example.com/a?b HTTP/1.1\r\nHost: web.example.com\r\nProxy-Authorization: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n',
    );
    expect((await agent.response())?.body.toString()).toBe('ok');
    expect(web.violations).toEqual([]);
    expect(web.requests).toMatchObject([{ method: 'GET', target: '/a?b' }]);
    expect(web.requests[0]?.body.toString()).toBe('hello');
    expect(web.requests[0]?.fields).toContainEqual(['Host', 'web.example.com']);
    expect(web.received().toString()).not.toMatch(/proxy-auth|api\.example/i);
    const [event] = await rig.audit(1);
    expect(event).toMatchObject({ decision: 'tunnel', status: 200 });
    await rig.expectNoCanary();
  });

  test('survives an agent that leaves while its request in clear is answered', async () => {
    const { rig } = await tunnelRig();
    const agent = await rig.proxy();
    agent.send(
      'POST http://web.example.com/ HTTP/1.1\r\nHost: web.example.com\r\nContent-Length: 50\r\n\r\nhalf',
    );
    await vi.waitFor(async () => expect(agent.isClosed()).toBe(false));
    agent.socket.destroy();
    await rig.audit(1);
  });

  test.each([443, 80])(
    'ends a tunnel to port %i of a host that a Provider claims by now, and no other',
    async (port) => {
      const { rig } = await tunnelRig();
      const [one, other] = [await rig.proxy(), await rig.proxy()];
      for (const [agent, host] of [
        [one, 'echo.example.com'],
        [other, 'web.example.com'],
      ] as const) {
        agent.send(connect(`${host}:${port}`));
        expect((await agent.response('HEAD'))?.status).toBe(200);
      }
      await rig.apply(httpProvider('echo'));
      await vi.waitFor(() => expect(one.isClosed()).toBe(true));
      expect(other.isClosed()).toBe(false);
      const [event] = await rig.audit(1);
      expect(event).toMatchObject({ host: expect.stringMatching(/^echo\.example\.com/), decision: 'tunnel' });
      other.socket.destroy();
      await rig.audit(1);
    },
  );

  test('says how to request https of a host that nobody claims', async () => {
    const { rig } = await tunnelRig();
    const agent = await rig.proxy();
    agent.send('GET https://echo.example.com/ HTTP/1.1\r\nHost: echo.example.com\r\n\r\n');
    const response = await agent.response();
    expect(response?.status).toBe(403);
    expect(JSON.parse(String(response?.body)).error.message).toBe(
      'no attached Provider claims echo.example.com, and what no Provider claims is carried unread; request it by CONNECT',
    );
    await rig.audit(1);
  });

  test('opens no tunnel while the audit log cannot be written (L7)', async () => {
    const echo = net.createServer().listen(0, '127.0.0.1').unref();
    await once(echo, 'listening');
    const overrides = new Map([
      ['echo.example.com', { address: '127.0.0.1', port: (echo.address() as net.AddressInfo).port }],
    ]);
    const rig = await startRig({ sidecar: { egress: 'tunnel', overrides, auditLog: '/dev/full' } });
    await rig.ask({});
    await vi.waitFor(async () => expect((await rig.admin('/readyz')).status).toBe(503));
    const agent = await rig.proxy();
    agent.send(connect('echo.example.com:443'));
    const response = await agent.response();
    expect([response?.status, JSON.parse(String(response?.body)).error.code]).toEqual([
      503,
      'audit_unavailable',
    ]);
  });
});
