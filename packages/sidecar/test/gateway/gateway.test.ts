import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import type { GatewayOptions } from '../../src/gateway/gateway.ts';
import { canaries } from '../engine/rig.ts';
import { reply } from '../engine/service.ts';
import { outsideProvider, startGatewayRig } from './rig.ts';

const field = (got: { headers: readonly (readonly [string, string])[] }, name: string) =>
  got.headers.find(([key]) => key === name)?.[1];

describe('a request with a key', () => {
  test('reaches the service with the credential, and the audit line has the key’s name', async () => {
    const rig = await startGatewayRig();
    const key = await rig.key('laptop', ['api']);
    const got = await rig.ask({ key, method: 'POST', path: '/ext/provider/api/a%2Fb?x=1', body: 'hello' });
    expect(got.status).toBe(200);
    const [received] = rig.service.requests;
    expect(received?.startLine).toBe('POST /a%2Fb?x=1 HTTP/1.1');
    expect(received?.fields.filter(([name]) => /^(host|authorization)$/i.test(name))).toEqual([
      ['Host', 'api.example.com'],
      ['authorization', `Bearer ${canaries.api}`],
    ]);
    expect(JSON.stringify(received)).not.toContain('pak_');
    expect(await rig.audit(1)).toMatchObject([
      {
        agent: 'access-key/laptop',
        provider: 'api',
        host: 'api.example.com',
        path: '/a%2Fb',
        decision: 'allow',
      },
    ]);
  });

  test('is judged by the Provider’s policy', async () => {
    const rig = await startGatewayRig();
    const key = await rig.key('laptop', ['api']);
    expect(await rig.ask({ key, path: '/ext/provider/api/forbidden' })).toMatchObject({ status: 403 });
    expect(rig.service.requests).toEqual([]);
    expect(await rig.audit(1)).toMatchObject([{ agent: 'access-key/laptop', decision: 'deny' }]);
  });

  test.each([
    ['Authorization', (key: string) => `bearer ${key}`],
    ['Authorization', (key: string) => `token ${key}`],
    ['X-Pai-Access-Key', (key: string) => key],
  ])('may have it in %s', async (name, format) => {
    const rig = await startGatewayRig();
    const key = await rig.key('laptop', ['api']);
    const got = await rig.ask({ path: '/ext/provider/api/x', headers: [[name, format(key)]] });
    expect(got.status).toBe(200);
    expect(JSON.stringify(rig.service.requests)).not.toContain(key);
  });
});

describe('answers lead back to the gateway', () => {
  const sent = [
    ['Location', 'https://api.example.com/a?b=c#d', 'ORIGIN/ext/provider/api/a?b=c#d'],
    ['Location', '/a', 'ORIGIN/ext/provider/api/a'],
    ['Location', '../b', 'ORIGIN/ext/provider/api/b'],
    ['Location', '//api.example.com/a', 'ORIGIN/ext/provider/api/a'],
    ['Location', 'https://elsewhere.example.org/a', 'https://elsewhere.example.org/a'],
    ['Location', 'http://api.example.com/a', 'http://api.example.com/a'],
    ['Content-Location', '/a', 'ORIGIN/ext/provider/api/a'],
    ['Operation-Location', 'https://api.example.com/a', 'ORIGIN/ext/provider/api/a'],
    ['Azure-AsyncOperation', 'https://api.example.com/a', 'ORIGIN/ext/provider/api/a'],
    [
      'Link',
      '<https://api.example.com/x?page=2>; rel="next", <https://other.example.org/>; rel="about"',
      '<ORIGIN/ext/provider/api/x?page=2>; rel="next", <https://other.example.org/>; rel="about"',
    ],
  ] as const;

  const answering = (...fields: string[]) =>
    startGatewayRig({
      answer: (_, socket) => reply(socket, `HTTP/1.1 200 OK\r\n${fields.join('\r\n')}\r\nContent-Length: 0`),
    });

  test.each(sent)('%s: %s', async (name, value, shown) => {
    const rig = await startGatewayRig({
      answer: (_, socket) => reply(socket, `HTTP/1.1 200 OK\r\n${name}: ${value}\r\nContent-Length: 0`),
    });
    const key = await rig.key('laptop', ['api']);
    const got = await rig.ask({ key, path: '/ext/provider/api/here/x' });
    expect(field(got, name.toLowerCase())).toBe(shown.replaceAll('ORIGIN', rig.origin));
  });

  test('one that leads elsewhere is left out for a key that clients would take along', async () => {
    const rig = await startGatewayRig({
      answer: (_, socket) =>
        reply(socket, 'HTTP/1.1 302 Found\r\nLocation: https://elsewhere.example.org/\r\nContent-Length: 0'),
    });
    const key = await rig.key('laptop', ['api']);
    const got = await rig.ask({ path: '/ext/provider/api/x', headers: [['X-Pai-Access-Key', key]] });
    expect([got.status, field(got, 'location')]).toEqual([302, undefined]);
  });

  test.each([
    ['<https://elsewhere.example.org/>; rel="next"', undefined],
    ['</a>; rel="next", <https://elsewhere.example.org/>; rel="next"', undefined],
    ['</a>; rel="next"', '<ORIGIN/ext/provider/api/a>; rel="next"'],
  ])('and so is %s', async (link, shown) => {
    const rig = await answering(`Link: ${link}`);
    const key = await rig.key('laptop', ['api']);
    const got = await rig.ask({ path: '/ext/provider/api/x', headers: [['X-Pai-Access-Key', key]] });
    expect(field(got, 'link')).toBe(shown?.replace('ORIGIN', rig.origin));
  });

  test.each([
    ['s=1', 's=1; Path=/ext/provider/api'],
    ['s=1; Path=/; Secure; HttpOnly', 's=1; Secure; HttpOnly; Path=/ext/provider/api'],
    ['s=1; path=/v1; DOMAIN=.example.com', 's=1; Path=/ext/provider/api/v1'],
    ['s=1;Path=/a;Path = /b/; Max-Age=9', 's=1; Max-Age=9; Path=/ext/provider/api/b'],
    ['s=1; Path=../other; Domain', 's=1; Path=/ext/provider/api'],
  ])('a cookie is for its own service: %s', async (cookie, shown) => {
    const rig = await answering(`Set-Cookie: ${cookie}`);
    const key = await rig.key('laptop', ['api']);
    const got = await rig.ask({ key, path: '/ext/provider/api/x' });
    expect(field(got, 'set-cookie')).toBe(shown);
  });

  test('no answer lets a web page read it', async () => {
    const rig = await answering('Access-Control-Allow-Origin: *', 'access-control-allow-credentials: true');
    const key = await rig.key('laptop', ['api']);
    const got = await rig.ask({ key, path: '/ext/provider/api/x' });
    expect(got.headers.filter(([name]) => name.startsWith('access-control'))).toEqual([]);
  });

  test('another host of the Provider has its name in the path', async () => {
    const rig = await startGatewayRig({
      providers: [outsideProvider('api', '{enabled: true}', '*.example.com')],
      answer: (_, socket) =>
        reply(socket, 'HTTP/1.1 302 Found\r\nLocation: https://two.example.com/y\r\nContent-Length: 0'),
    });
    const key = await rig.key('laptop', ['api']);
    const got = await rig.ask({ key, path: '/ext/provider/api@one.example.com/x' });
    expect(field(got, 'location')).toBe(`${rig.origin}/ext/provider/api@two.example.com/y`);
    expect(rig.service.requests.map(({ fields }) => fields.find(([name]) => name === 'Host')?.[1])).toEqual([
      'one.example.com',
    ]);
    expect((await rig.ask({ key, path: '/ext/provider/api/x' })).status).toBe(404);
  });
});

describe('a stream that runs', () => {
  /** Begins a response that never ends. */
  async function startStream(spec: object = {}, gateway: Partial<GatewayOptions> = {}) {
    const rig = await startGatewayRig({
      gateway,
      answer: (_, socket) => {
        socket.write(
          'HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n',
        );
        socket.write('3\r\n: \n\r\n');
      },
    });
    const key = await rig.key('laptop', ['api'], spec);
    const other = await rig.key('other', ['api']);
    const begin = async (bearer: string) => {
      const line = await rig.line();
      line.send(
        `GET /ext/provider/api/x HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${bearer}\r\n\r\n`,
      );
      const begun = await new Promise<Buffer>((resolve) => line.socket.once('data', resolve));
      expect(begun.toString()).toMatch(/^HTTP\/1\.1 200 /);
      return line;
    };
    const lines = [await begin(key), await begin(other)] as const;
    expect(lines.map((line) => line.isClosed())).toEqual([false, false]);
    return { rig, key, lines };
  }
  const until = (isDone: () => boolean) => vi.waitFor(() => expect(isDone()).toBe(true), { interval: 10 });

  test('is cut off when its key is revoked; the others go on', async () => {
    const { rig, key, lines } = await startStream();
    await rig.revoke('laptop');
    await until(() => lines[0].isClosed());
    expect(lines[1].isClosed()).toBe(false);
    const [event] = await rig.audit(1);
    expect(event).toMatchObject({
      agent: 'access-key/laptop',
      decision: 'allow',
      error: 'access_key_refused',
    });
    expect((await rig.ask({ key, path: '/ext/provider/api/x' })).status).toBe(401);
  });

  test('is cut off when its key expires', async () => {
    const hour = 3_600_000;
    let ahead = 0;
    const expires = new Date(Date.now() + hour).toISOString();
    const { rig, key, lines } = await startStream({ expires }, { now: () => Date.now() + ahead });
    ahead = hour;
    await until(() => lines[0].isClosed());
    expect(lines[1].isClosed()).toBe(false);
    expect((await rig.ask({ key, path: '/ext/provider/api/x' })).status).toBe(401);
  });

  test('is cut off when its key opens the Provider no longer', async () => {
    const { rig, lines } = await startStream();
    await rig.key('laptop', ['else']);
    await until(() => lines[0].isClosed());
    expect(lines[1].isClosed()).toBe(false);
  });

  test('is cut off when the Provider is closed to the outside', async () => {
    const { rig, lines } = await startStream();
    await rig.apply(outsideProvider('api', '{enabled: false}'));
    await until(() => lines.every((line) => line.isClosed()));
    expect(await rig.audit(2)).toMatchObject([
      { error: 'provider_detached' },
      { error: 'provider_detached' },
    ]);
  });
});

test('a connection that switched protocols is cut off when its key is revoked', async () => {
  const switching = outsideProvider('api').replace(
    '  externalAccess',
    '  config: {upgrades: [websocket]}\n  externalAccess',
  );
  const rig = await startGatewayRig({
    providers: [switching],
    answer({ fields }, socket) {
      const [, nonce = ''] = fields.find(([name]) => name.toLowerCase() === 'sec-websocket-key') ?? [];
      const accept = createHash('sha1')
        .update(`${nonce}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`)
        .digest('base64');
      const head =
        'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSet-Cookie: s=1; Path=/';
      reply(socket, `${head}\r\nSec-WebSocket-Accept: ${accept}`);
    },
  });
  const key = await rig.key('laptop', ['api']);
  const line = await rig.line();
  const asking =
    'Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==';
  line.send(
    `GET /ext/provider/api/x HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${key}\r\n${asking}\r\n\r\n`,
  );
  const head = await new Promise((resolve) => line.socket.once('data', resolve));
  expect(String(head)).toMatch(/^HTTP\/1\.1 101 /);
  expect(String(head)).toContain('Set-Cookie: s=1; Path=/ext/provider/api\r\n');
  await rig.revoke('laptop');
  await vi.waitFor(() => expect(line.isClosed()).toBe(true));
  expect(await rig.audit(1)).toMatchObject([{ status: 101, error: 'access_key_refused' }]);
});

test('a key whose file is broken opens nothing, and the others go on', async () => {
  const rig = await startGatewayRig();
  const [one, two] = [await rig.key('one', ['api']), await rig.key('two', ['api'])];
  await writeFile(join(rig.home, 'access-keys/default/one.yaml'), 'kind: [');
  await vi.waitFor(async () =>
    expect((await rig.ask({ key: one, path: '/ext/provider/api/x' })).status).toBe(401),
  );
  expect((await rig.ask({ key: two, path: '/ext/provider/api/x' })).status).toBe(200);
  expect(rig.logs.join('\n')).toContain('an access key is refused');
});

describe('limits of a day', () => {
  test('are kept over a restart, and end at midnight UTC', async () => {
    let time = Date.UTC(2027, 0, 31, 23, 59, 50);
    const now = () => time;
    const rig = await startGatewayRig({ gateway: { now } });
    const key = await rig.key('laptop', ['api'], { maxRequestsPerDay: 2 });
    const get = async () => (await rig.ask({ key, path: '/ext/provider/api/x' })).status;
    expect([await get(), await get(), await get()]).toEqual([200, 200, 429]);
    const got = await rig.ask({ key, path: '/ext/provider/api/x' });
    expect(field(got, 'retry-after')).toBe('10');
    expect(got.body).toContain('the access key laptop has had its 2 requests of today');
    time += 10_000;
    expect([await get(), await get(), await get()]).toEqual([200, 200, 429]);
    expect(rig.service.requests).toHaveLength(4);
  });

  test('hold for a Provider whoever asks, beside those of the key', async () => {
    const rig = await startGatewayRig({
      providers: [outsideProvider('api', '{enabled: true, maxRequestsPerDay: 3}')],
    });
    const keys = [await rig.key('one', ['api'], { maxRequestsPerDay: 2 }), await rig.key('two', ['api'])];
    const get = async (i: number) => {
      const { status, body } = await rig.ask({ key: keys[i] ?? '', path: '/ext/provider/api/x' });
      return status === 200 ? 200 : /the (?:access key \w+|Provider \w+)/.exec(body)?.[0];
    };
    expect([await get(0), await get(0), await get(0), await get(1), await get(1), await get(0)]).toEqual([
      200,
      200,
      'the access key one',
      200,
      'the Provider api',
      'the access key one',
    ]);
  });
});
