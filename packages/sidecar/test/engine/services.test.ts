import { generateKeyPairSync } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import type { Socket } from 'node:net';
import net from 'node:net';
import { encode } from 'dns-packet';
import { describe, expect, test, vi } from 'vitest';
import { createLeafSigner, publicKeyInfo, signCa } from '../../src/certificate.ts';
import { createConnect } from '../../src/upstream/connect.ts';
import { createTrust } from '../../src/upstream/trust.ts';
import { startDnsServer } from '../dns-upstream.ts';
import { httpProvider, startRig } from './rig.ts';
import { reply, startService } from './service.ts';

const host = 'Host: api.example.com\r\n';
const get = `GET / HTTP/1.1\r\n${host}\r\n`;

/** A rig whose api.example.com leads to `port`. */
const rigTo = (port: number, extra = {}) =>
  startRig({
    sidecar: { overrides: new Map([['api.example.com', { address: '127.0.0.1', port }]]), ...extra },
  });

describe('a service that cannot be trusted or reached gets no byte of a request (L6)', () => {
  const day = 86_400_000;
  function issuer() {
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    return { name: 'Another CA', privateKey, publicKey: publicKeyInfo(publicKey) };
  }
  function identityOf(name: string, from: number, to: number) {
    const ca = issuer();
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const cert = createLeafSigner(ca, publicKeyInfo(publicKey))(name, { from, to });
    const key = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
    return { cert, key, ca: signCa(ca, { from: Date.now() - 9 * day, to: Date.now() + day }) };
  }
  const now = Date.now();
  test.each([
    ['another name', identityOf('other.example.com', now - day, now + day), true],
    ['an unknown CA', identityOf('api.example.com', now - day, now + day), false],
    ['an expired certificate', identityOf('api.example.com', now - 2 * day, now - day), true],
    ['a certificate of the future', identityOf('api.example.com', now + day / 2, now + day), true],
  ])('%s', async (_name, { cert, key, ca }, isKnown) => {
    const service = await startService({ cert, key });
    const rig = await rigTo(service.port);
    if (isKnown) {
      const file = `${rig.home}-ca.pem`;
      await writeFile(file, ca);
      const trusting = await rigTo(service.port, { upstreamCa: file });
      const got = await trusting.ask({ method: 'POST', body: 'x' });
      expect(JSON.parse(got.body).error.code).toBe('upstream_untrusted');
      await trusting.audit(1);
    }
    const got = await rig.ask({});
    expect(got.status).toBe(502);
    expect(JSON.parse(got.body).error.code).toBe('upstream_untrusted');
    expect(service.received().length).toBe(0);
    const [event] = await rig.audit(1);
    expect(event).toMatchObject({ decision: 'allow', status: 502, error: 'upstream_untrusted' });
    await rig.expectNoCanary(got);
  });

  const hostile: readonly (readonly [string, (socket: Socket) => void, string])[] = [
    ['plain HTTP', (socket: Socket) => void socket.end('HTTP/1.1 200 OK\r\n\r\n'), 'upstream_untrusted'],
    ['a reset', (socket: Socket) => void socket.resetAndDestroy(), 'upstream_unreachable'],
    ['a close', (socket: Socket) => void socket.end(), 'upstream_unreachable'],
  ];
  test.each(hostile)('%s', async (_name, onConnection, code) => {
    const bytes: Buffer[] = [];
    const service = await startService(undefined, {
      onConnection,
      onData: (chunk) => Boolean(bytes.push(chunk)),
    });
    const rig = await rigTo(service.port);
    const got = await rig.ask({});
    expect(JSON.parse(got.body).error.code).toBe(code);
    expect(got.status).toBe(502);
    expect(Buffer.concat(bytes).toString('latin1')).not.toContain('GET');
    expect(got.body).not.toContain('127.0.0.1');
    await rig.audit(1);
    await rig.expectNoCanary(got);
  });

  test('nothing listens there', async () => {
    const service = await startService(undefined);
    const closed = net.createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => closed.once('listening', resolve));
    const { port } = closed.address() as { port: number };
    await new Promise((resolve) => closed.close(resolve));
    const rig = await rigTo(port);
    const got = await rig.ask({});
    expect(JSON.parse(got.body).error).toMatchObject({ code: 'upstream_unreachable' });
    expect(got.body).not.toContain('127.0.0.1');
    expect(service.connections()).toBe(0);
    await rig.audit(1);
  });

  test("what it was asked is refused in the service's own shape, where its type has one", async () => {
    const closed = net.createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => closed.once('listening', resolve));
    const { port } = closed.address() as { port: number };
    await new Promise((resolve) => closed.close(resolve));
    const overrides = new Map([['api.github.com', { address: '127.0.0.1', port }]]);
    const rig = await startRig({ sidecar: { overrides } });
    const ask = { sni: 'api.github.com', authority: 'api.github.com' };
    const path = '/repos/myorg/repo-a/issues';
    const got = await rig.ask({ ...ask, path });
    const [event] = await rig.audit(1);
    expect(event).toMatchObject({ decision: 'allow', error: 'upstream_unreachable', status: 502 });
    expect(got.status).toBe(502);
    expect(JSON.parse(got.body)).toEqual({
      message: event?.reason,
      documentation_url: 'https://docs.github.com/rest',
      status: '502',
    });
    expect(Object.fromEntries(got.headers)).toMatchObject({
      'x-pai-decision': 'refuse',
      'x-pai-rule': 'upstream_unreachable',
      'x-pai-request-id': event?.request_id,
    });
    const head = await rig.ask({ ...ask, method: 'HEAD', path });
    expect([head.status, head.body]).toEqual([502, '']);
  });

  test('a handshake that takes too long is a timeout', async () => {
    const service = await startService(undefined, { onData: () => true });
    const connect = createConnect({ secureContext: createTrust(), timeout: 100 });
    const place = { address: '127.0.0.1', port: service.port };
    const calling = connect({ host: 'api.example.com', port: 443 }, [place], 'http/1.1');
    await expect(calling).rejects.toMatchObject({ code: 'upstream_timeout', status: 504 });
  });
});

describe('addresses that are never dialled', () => {
  test.each(['127.0.0.1', '0.0.0.0', '10.0.0.1', '169.254.169.254', '100.100.100.200', '168.63.129.16'])(
    'a name that leads to %s is refused, and the error does not say where (D1, D4)',
    async (address) => {
      const server = await startDnsServer((query) => [
        Buffer.from(
          encode({
            type: 'response',
            id: query.id ?? 0,
            flags: 0x180,
            questions: query.questions ?? [],
            answers:
              query.questions?.[0]?.type === 'A'
                ? [{ type: 'A', name: 'one.wild.example.com', ttl: 1, data: address }]
                : [],
          }),
        ),
      ]);
      const rig = await startRig({
        providers: [httpProvider('wild', '', '*.wild.example.com')],
        sidecar: { overrides: new Map(), dnsUpstream: [{ address: '127.0.0.1', port: server.port }] },
      });
      const got = await rig.ask({ sni: 'one.wild.example.com' });
      expect(got.status).toBe(403);
      expect(JSON.parse(got.body).error.code).toBe('destination_forbidden');
      expect(got.body).not.toContain(address);
      const [event] = await rig.audit(1);
      expect(event).toMatchObject({ error: 'destination_forbidden', status: 403 });
    },
  );
});

test('a host that was declared may be private, but never loopback (D6)', async () => {
  const server = await startDnsServer((query) => [
    Buffer.from(
      encode({
        type: 'response',
        id: query.id ?? 0,
        flags: 0x180,
        questions: query.questions ?? [],
        answers: [{ type: 'A', name: 'api.example.com', ttl: 1, data: '127.0.0.1' }],
      }),
    ),
  ]);
  const dnsUpstream = [{ address: '127.0.0.1', port: server.port }];
  const rig = await startRig({ sidecar: { overrides: new Map(), dnsUpstream } });
  expect(JSON.parse((await rig.ask({})).body).error.code).toBe('destination_forbidden');
  await rig.audit(1);
});

describe('connections to the service', () => {
  test('are used again', async () => {
    const rig = await startRig();
    const agent = await rig.line();
    for (let i = 0; i < 5; i += 1) {
      agent.send(get);
      await agent.response();
    }
    expect(rig.service.requests.map(({ connection }) => connection)).toEqual([0, 0, 0, 0, 0]);
    await rig.audit(5);
  });

  test.each([
    ['keeps them a second', 'HTTP/1.1 200 OK\r\nKeep-Alive: timeout=1'],
    ['keeps them no second', 'HTTP/1.1 200 OK\r\nKeep-Alive: timeout=0'],
    ['only seems to keep them', 'HTTP/1.0 200 OK\r\nConnection: no-keep-alive'],
  ])('are not kept for a service that %s', async (_name, head) => {
    const rig = await startRig({
      answer: (_request, socket) => reply(socket, `${head}\r\nContent-Length: 0`),
    });
    await rig.ask({});
    await vi.waitFor(() => expect(rig.service.open()).toBe(0));
    await rig.audit(1);
  });

  test('are not used again after Connection: close, nor after bytes that nobody asked for', async () => {
    let extra = 'Connection: close\r\n';
    const rig = await startRig({
      answer: (_request, socket) => {
        reply(
          socket,
          `HTTP/1.1 200 OK\r\n${extra}Content-Length: 2`,
          extra === '' ? 'okHTTP/1.1 200 OK\r\n\r\n' : 'ok',
        );
      },
    });
    const agent = await rig.line();
    for (const next of ['', 'x: y\r\n', 'x: y\r\n']) {
      agent.send(get);
      expect((await agent.response())?.body.toString()).toBe('ok');
      await vi.waitFor(() => expect(rig.service.open()).toBe(next === 'x: y\r\n' && extra !== '' ? 1 : 0));
      extra = next;
    }
    expect(rig.service.requests.map(({ connection }) => connection)).toEqual([0, 1, 2]);
    await rig.audit(3);
  });

  test.each([
    ['end', 'GET', undefined, 200, 3],
    ['reset', 'GET', undefined, 200, 3],
    ['end', 'POST', 'x', 502, 2],
    ['end', 'POST', '', 502, 2],
    ['end', 'DELETE', undefined, 502, 2],
  ] as const)(
    'that turn out to be closed (%s): %s %s ends with %i after %i requests in all',
    async (how, method, body, status, total) => {
      const seen: string[] = [];
      const rig = await startRig({
        answer: (request, socket) => {
          seen.push(request.method);
          if (request.connection === 0 && seen.length === 2)
            return void (how === 'end' ? socket.end() : socket.destroy());
          reply(socket, 'HTTP/1.1 200 OK\r\nContent-Length: 2', 'ok');
        },
      });
      await rig.ask({});
      const got = await rig.ask({ method, ...(body !== undefined && { body }) });
      expect(got.status).toBe(status);
      expect(seen).toHaveLength(total);
      await rig.audit(2);
    },
  );

  test('that the service closed while they were idle are not used', async () => {
    const sockets: Socket[] = [];
    const rig = await startRig({ onConnection: (socket) => void sockets.push(socket) });
    for (const method of ['GET', 'POST', 'POST']) {
      expect((await rig.ask({ method })).status).toBe(200);
      for (const socket of sockets) socket.end();
      await vi.waitFor(() => expect(rig.service.open()).toBe(0));
    }
    expect(rig.service.connections()).toBe(3);
    await rig.audit(3);
  });

  test('a new one that closes without an answer is not tried again', async () => {
    const rig = await startRig({ answer: (_request, socket) => void socket.end() });
    expect((await rig.ask({})).status).toBe(502);
    expect(rig.service.connections()).toBe(1);
    const [event] = await rig.audit(1);
    expect(event).toMatchObject({ error: 'upstream_unreachable', status: 502 });
  });

  test('that break in the middle of a response are not answered from another one', async () => {
    let count = 0;
    const rig = await startRig({
      answer: (_request, socket) => {
        count += 1;
        if (count === 2) return void socket.end('HTTP/1.1 2');
        reply(socket, 'HTTP/1.1 200 OK\r\nContent-Length: 0');
      },
    });
    await rig.ask({});
    const got = await rig.ask({});
    expect(JSON.parse(got.body).error.code).toBe('upstream_protocol');
    expect(count).toBe(2);
    await rig.audit(2);
  });

  test('a resend that fails too is one answer and one line', async () => {
    let count = 0;
    const rig = await startRig({
      answer: (_request, socket) => {
        count += 1;
        if (count > 1) return void socket.end();
        reply(socket, 'HTTP/1.1 200 OK\r\nContent-Length: 0');
      },
    });
    await rig.ask({});
    expect((await rig.ask({})).status).toBe(502);
    expect(count).toBe(3);
    await rig.audit(2);
  });
});
