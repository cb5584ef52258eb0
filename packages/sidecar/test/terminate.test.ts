import { once } from 'node:events';
import net, { type AddressInfo } from 'node:net';
import tls from 'node:tls';
import type { Authority } from '@pai/core';
import { afterEach, describe, expect, test } from 'vitest';
import { loadCa } from '../src/ca.ts';
import {
  type ConnectionAuthorities,
  createTerminator,
  type TerminateOptions,
  type Terminator,
} from '../src/terminate.ts';

const ca = loadCa();
const closers: (() => void)[] = [];
afterEach(() => {
  for (const close of closers.splice(0)) close();
});

interface Served {
  readonly port: number;
  readonly terminator: Terminator;
  readonly authorities: ConnectionAuthorities;
  /** Codes of handshakes that failed. */
  readonly failures: (string | undefined)[];
  readonly secured: tls.TLSSocket[];
  readonly raw: net.Socket[];
}

interface ServeOptions extends Partial<Pick<TerminateOptions, 'handshakeDeadline' | 'contextFor'>> {
  /** Where connections say that they came in. */
  readonly localAddress?: string;
  /** What the door says of all of them. */
  readonly isNearby?: boolean;
  /** What CONNECT named for all of them. */
  readonly expected?: Authority;
}

async function serve({ localAddress, isNearby, expected, ...options }: ServeOptions = {}): Promise<Served> {
  const authorities: ConnectionAuthorities = new WeakMap();
  const failures: (string | undefined)[] = [];
  const secured: tls.TLSSocket[] = [];
  const raw: net.Socket[] = [];
  const terminator = createTerminator({
    contextFor: (name) => ca.leafFor(name).secureContext,
    fallbackFor: ca.leafFor,
    authorities,
    serve: (socket) => {
      secured.push(socket);
      socket.on('data', (bytes) => socket.write(bytes)).on('end', () => socket.end());
    },
    ...options,
    onHandshakeError: (_arrival, { code }) => failures.push(code),
  });
  const server = net.createServer((socket) => {
    raw.push(socket);
    if (localAddress !== undefined) Object.defineProperty(socket, 'localAddress', { value: localAddress });
    socket.on('error', () => socket.destroy());
    terminator.accept(socket, {
      portOf: () => 443,
      alias: 8443,
      ...(isNearby !== undefined && { isNearby }),
      ...(expected !== undefined && { expected }),
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  closers.push(() => {
    server.close();
    terminator.destroy();
  });
  return { port: (server.address() as AddressInfo).port, terminator, authorities, failures, secured, raw };
}

const unnamed = () => {
  throw Object.assign(new Error('no such name'), { code: 'ERR_UNNAMED' });
};

/** The first bytes of a ClientHello. */
const hello = Buffer.concat([Buffer.of(22, 3, 1, 2, 0, 1, 0, 1, 252, 3, 3), Buffer.alloc(20)]);

async function closed(raw: readonly net.Socket[]): Promise<void> {
  await expect.poll(() => raw.length > 0 && raw.every(({ destroyed }) => destroyed)).toBe(true);
  // What is told of an end is told within a few turns.
  for (let i = 0; i < 5; i += 1) await new Promise(setImmediate);
}

describe('a handshake that fails', () => {
  const ways: readonly [string, (socket: net.Socket) => void, (string | undefined)[]][] = [
    ['is not told when the client leaves before it has said anything', (socket) => socket.end(), []],
    ['is not told when the client leaves in the middle of its hello', (socket) => socket.end(hello), []],
    ['is not told when the client resets', (socket) => setTimeout(() => socket.resetAndDestroy(), 20), []],
    [
      'is told when the client speaks HTTP',
      (socket) => socket.write('GET / HTTP/1.1\r\n\r\n'),
      ['ERR_SSL_HTTP_REQUEST'],
    ],
    ['is told when the client says nothing', () => {}, ['ERR_TLS_HANDSHAKE_TIMEOUT']],
  ];
  test.each(ways)('%s', async (_name, act, expected) => {
    const { port, failures, raw, secured } = await serve({ handshakeDeadline: 150 });
    const socket = net.connect(port, '127.0.0.1').on('error', () => {});
    socket.resume();
    await once(socket, 'connect');
    act(socket);
    await closed(raw);
    socket.destroy();
    expect(failures).toEqual(expected);
    expect(secured).toEqual([]);
  });

  test('is told when no certificate can be made for the name', async () => {
    const { port, failures, raw, secured } = await serve({ contextFor: unnamed });
    const socket = tls.connect({ port, host: '127.0.0.1', servername: 'api.example.com' });
    await once(socket, 'error');
    await closed(raw);
    expect(failures).toEqual(['ERR_UNNAMED']);
    expect(secured).toEqual([]);
  });
});

describe('a connection whose handshake is done', () => {
  test('is known by its server name, and what it negotiated', async () => {
    const { port, authorities, secured } = await serve();
    const socket = await shake({ port, servername: 'API.example.com', ALPNProtocols: ['http/1.1'] });
    expect(socket.alpnProtocol).toBe('http/1.1');
    expect(socket.getPeerCertificate().subjectaltname).toBe('DNS:api.example.com');
    await expect.poll(() => secured.length).toBe(1);
    expect(secured[0]).toHaveProperty('secureConnecting', false);
    expect(authorities.get(secured[0] as tls.TLSSocket)).toEqual({
      host: 'api.example.com',
      port: 443,
      alias: 8443,
    });
    socket.write('hello');
    const [echo] = await once(socket, 'data');
    expect(String(echo)).toBe('hello');
  });

  test('is known by its server name when a client of TLS 1.2 offers the session it had', async () => {
    const { port, authorities, secured } = await serve();
    const old = { port, servername: 'api.example.com', maxVersion: 'TLSv1.2' } as const;
    const first = await shake(old);
    const session = first.getSession();
    first.destroy();
    await shake({ ...old, ...(session !== undefined && { session }) });
    await expect.poll(() => secured.length).toBe(2);
    const known = secured.map((socket) => authorities.get(socket)?.host);
    expect(known).toEqual(['api.example.com', 'api.example.com']);
  });

  test('is known by its own server name, whatever the one before had', async () => {
    const { port, authorities, secured } = await serve();
    const names = ['a.example.com', 'A.example.com', 'b.example.com', undefined, 'a.example.com'];
    for (const servername of names) {
      const socket = await shake({ port, ...(servername !== undefined && { servername }) });
      const shown = servername?.toLowerCase() ?? 'localhost';
      expect(socket.getPeerCertificate().subjectaltname).toBe(`DNS:${shown}`);
    }
    await expect.poll(() => secured.length).toBe(names.length);
    const known = secured.map((socket) => authorities.get(socket)?.host);
    expect(known).toEqual(names.map((name) => name?.toLowerCase()));
  });

  test('has the fallback when it names no server', async () => {
    const { port, authorities, secured } = await serve();
    const socket = await shake({ port });
    expect(socket.getPeerCertificate().subjectaltname).toBe('DNS:localhost');
    await expect.poll(() => secured.length).toBe(1);
    expect(authorities.get(secured[0] as tls.TLSSocket)?.host).toBeUndefined();
  });

  test.each([true, false])('has the certificate of the address that CONNECT named', async (isNearby) => {
    const expected = { host: '10.9.9.9', port: 443 };
    const { port, authorities, secured } = await serve({ expected, isNearby });
    const socket = await shake({ port });
    expect(tls.checkServerIdentity('10.9.9.9', socket.getPeerCertificate())).toBeUndefined();
    await expect.poll(() => secured.length).toBe(1);
    expect(authorities.get(secured[0] as tls.TLSSocket)).toEqual(expected);
  });

  test('is closed, and no handshake failed, when what comes cannot be decrypted', async () => {
    const { port, failures, raw, secured } = await serve();
    const plain = net.connect(port, '127.0.0.1').on('error', () => {});
    await shake({ socket: plain, servername: 'api.example.com' });
    await expect.poll(() => secured.length).toBe(1);
    const errors: NodeJS.ErrnoException[] = [];
    secured[0]?.on('error', (error) => errors.push(error));
    plain.write(Buffer.concat([Buffer.of(23, 3, 3, 0, 32), Buffer.alloc(32)]));
    await closed(raw);
    expect(failures).toEqual([]);
    expect(errors.map(({ code }) => code)).toEqual(['ERR_SSL_DECRYPTION_FAILED_OR_BAD_RECORD_MAC']);
  });

  test('outlives the deadline of handshakes', async () => {
    const { port, failures } = await serve({ handshakeDeadline: 50 });
    const socket = await shake({ port, servername: 'api.example.com' });
    await new Promise((resolve) => setTimeout(resolve, 150));
    socket.write('hello');
    await once(socket, 'data');
    expect(failures).toEqual([]);
  });

  test('is cut off with all others', async () => {
    const { port, terminator, failures } = await serve();
    const socket = await shake({ port, servername: 'api.example.com' });
    terminator.destroy();
    await once(socket, 'close');
    expect(failures).toEqual([]);
  });
});

describe('what is negotiated', () => {
  const hasHybrid = Number(process.versions.openssl.slice(0, 3)) >= 3.5;

  test('is AES-128, and by X25519 alone on the machine itself', async () => {
    const { port } = await serve();
    const socket = await shake({ port, servername: 'api.example.com' });
    expect(socket.getCipher().standardName).toBe('TLS_AES_128_GCM_SHA256');
    expect(socket.getEphemeralKeyInfo()).toMatchObject({ name: 'X25519' });
  });

  test.runIf(hasHybrid)('is safe from quantum computers where it leaves the machine', async () => {
    const { port } = await serve({ localAddress: '192.0.2.1' });
    const socket = await shake({ port, servername: 'api.example.com' });
    expect(socket.getCipher().standardName).toBe('TLS_AES_128_GCM_SHA256');
    expect(socket.getEphemeralKeyInfo()).not.toMatchObject({ name: 'X25519' });
    const classic = await shake({ port, servername: 'api.example.com', ecdhCurve: 'X25519' });
    expect(classic.getEphemeralKeyInfo()).toMatchObject({ name: 'X25519' });
  });

  test.runIf(hasHybrid)('is chosen by what the door says of itself, where it does', async () => {
    const far = await serve({ localAddress: '192.0.2.1', isNearby: true });
    const socket = await shake({ port: far.port, servername: 'api.example.com' });
    expect(socket.getEphemeralKeyInfo()).toMatchObject({ name: 'X25519' });
  });

  test('is what a client has that knows one thing only', async () => {
    const { port } = await serve();
    for (const ecdhCurve of ['P-256', 'P-384', ...(hasHybrid ? ['X25519MLKEM768'] : [])]) {
      await shake({ port, servername: 'api.example.com', ecdhCurve });
    }
    for (const ciphers of ['TLS_AES_256_GCM_SHA384', 'TLS_CHACHA20_POLY1305_SHA256']) {
      const socket = await shake({ port, servername: 'api.example.com', ciphers });
      expect(socket.getCipher().standardName).toBe(ciphers);
    }
    const old = { port, servername: 'api.example.com', maxVersion: 'TLSv1.2' } as const;
    for (const suite of ['AES128-GCM-SHA256', 'AES256-GCM-SHA384', 'CHACHA20-POLY1305']) {
      const ciphers = `ECDHE-ECDSA-${suite}`;
      expect((await shake({ ...old, ciphers })).getCipher().name).toBe(ciphers);
    }
    const client = tls.connect({ port, host: '127.0.0.1', maxVersion: 'TLSv1.1', minVersion: 'TLSv1.1' });
    await once(client, 'error');
  });
});

/** A client's handshake, verified. */
async function shake(options: tls.ConnectionOptions): Promise<tls.TLSSocket> {
  const socket = tls.connect({ host: '127.0.0.1', ca: ca.certificatePem, ...trusting, ...options });
  closers.push(() => socket.destroy());
  await once(socket, 'secureConnect');
  socket.on('error', () => {});
  return socket;
}

const trusting = { checkServerIdentity: () => undefined };
