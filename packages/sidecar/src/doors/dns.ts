import { createSocket, type Socket as UdpSocket } from 'node:dgram';
import { createServer, isIPv6, type Server, type Socket } from 'node:net';
import { networkInterfaces } from 'node:os';
import { PaiError } from '@pai/core';
import { createDnsForwarder, type DnsServer } from './dns-forward.ts';
import { createFrameReader, framed } from './dns-frame.ts';
import { authoritativeAnswer, type DnsQuery, failure, readQuery, rrType } from './dns-message.ts';

/** What the DNS door needs to know. */
export interface DnsDoorOptions {
  /** Port 0 takes any that is free on UDP and TCP. */
  readonly listen: DnsServer;
  /** Servers for every other name, in the order they are asked. */
  readonly upstream: readonly DnsServer[];
  /** Whether a Provider answers for this host (lower case, no trailing dot), on any port. Asked for every query. */
  readonly claims: (host: string) => boolean;
  /** The sidecar's own addresses, which claimed hosts lead to. */
  readonly answers: () => { readonly v4?: string; readonly v6?: string };
}

/** The DNS server that leads agents to the sidecar. */
export interface DnsDoor {
  /** Opens both transports and gives where. Throws `address_in_use`, and `usage` when it would forward to itself. */
  start(): Promise<DnsServer>;
  close(): Promise<void>;
}

/**
 * Answers for claimed hosts itself, with nothing but addresses (no HTTPS or SVCB record, so neither ECH nor HTTP/3),
 * and passes every other query on.
 */
export function createDnsDoor({ listen, upstream, claims, answers }: DnsDoorOptions): DnsDoor {
  const forwarder = createDnsForwarder(upstream);
  const connections = new Set<Socket>();
  let open: Listeners | undefined;

  const reply = async (packet: Buffer, transport: 'udp' | 'tcp'): Promise<Buffer | undefined> => {
    const query = readQuery(packet);
    if (query === undefined) return undefined;
    if (typeof query === 'number') return failure(packet, query);
    if (hostsOf(query).some(claims)) return authoritativeAnswer(query, addressFor(query.type, answers()));
    return forwarder.forward(query, transport);
  };

  return {
    start: async () => {
      open = await listenOn(listen);
      const bound = { address: listen.address, port: open.port };
      const loop = upstream.find((server) => isSame(server, bound));
      if (loop !== undefined) {
        await shut(open);
        open = undefined;
        throw new PaiError(
          'usage',
          `dns door: the upstream ${loop.address}:${loop.port} is this door itself; name another server with --dns-upstream`,
        );
      }
      serveUdp(open.udp, reply, () => open !== undefined);
      serveTcp(open.tcp, reply, connections);
      return bound;
    },
    close: async () => {
      const listeners = open;
      open = undefined;
      forwarder.close();
      for (const socket of connections) socket.destroy();
      if (listeners !== undefined) await shut(listeners);
    },
  };
}

/** Service binding names put labels such as `_8443._https` in front of the host (RFC 9460 section 2.3). */
function hostsOf({ name, type }: DnsQuery): string[] {
  const isBinding = type === rrType.svcb || type === rrType.https;
  return isBinding ? [name, name.replace(/^(?:_[^.]*\.)+/, '')] : [name];
}

function addressFor(type: number, { v4, v6 }: { v4?: string; v6?: string }): string | undefined {
  if (type === rrType.a) return v4;
  return type === rrType.aaaa ? v6 : undefined;
}

type Reply = (packet: Buffer, transport: 'udp' | 'tcp') => Promise<Buffer | undefined>;

function serveUdp(socket: UdpSocket, reply: Reply, isOpen: () => boolean): void {
  socket.on('error', () => {});
  socket.on('message', async (packet, from) => {
    const response = await reply(packet, 'udp');
    if (response === undefined || !isOpen() || from.port === 0) return;
    socket.send(response, from.port, from.address, () => {});
  });
}

/** Milliseconds a connection may be silent, and bytes of answers it may leave unread. */
const idleLimit = 10_000;
const unreadLimit = 256 * 1_024;

function serveTcp(server: Server, reply: Reply, connections: Set<Socket>): void {
  server.on('connection', (socket) => {
    connections.add(socket);
    const take = createFrameReader(async (message) => {
      const response = await reply(message, 'tcp');
      if (response === undefined || socket.writableLength > unreadLimit) socket.destroy();
      else if (socket.writable) socket.write(framed(response));
    });
    socket.setTimeout(idleLimit, () => socket.destroy());
    socket.on('data', take).on('error', () => {});
    socket.on('close', () => connections.delete(socket));
  });
}

interface Listeners {
  readonly udp: UdpSocket;
  readonly tcp: Server;
  readonly port: number;
}

/** Both transports on one port. A port that is free on TCP may be taken on UDP, so that port 0 is tried a few times. */
async function listenOn({ address, port }: DnsServer, attempts = 5): Promise<Listeners> {
  const tcp = createServer({ noDelay: true });
  tcp.maxConnections = 256;
  const udp = createSocket(isIPv6(address) ? 'udp6' : 'udp4');
  try {
    await listening(tcp, () => tcp.listen(port, address));
    const bound = tcp.address();
    const taken = typeof bound === 'object' && bound !== null ? bound.port : port;
    await listening(udp, () => udp.bind(taken, address));
    return { tcp, udp, port: taken };
  } catch (thrown) {
    await shut({ tcp, udp, port });
    const { code } = thrown as NodeJS.ErrnoException;
    if (port === 0 && code === 'EADDRINUSE' && attempts > 1) return listenOn({ address, port }, attempts - 1);
    throw notOpened({ address, port }, code, thrown);
  }
}

function listening(emitter: Server | UdpSocket, open: () => void): Promise<void> {
  return new Promise((resolve, reject) => {
    emitter.once('error', reject).once('listening', () => {
      emitter.off('error', reject);
      resolve();
    });
    open();
  });
}

async function shut({ tcp, udp }: Listeners): Promise<void> {
  await Promise.all([
    new Promise<void>((resolve) => tcp.close(() => resolve())),
    new Promise<void>((resolve) => {
      udp.close(() => resolve());
    }),
  ]);
}

function notOpened({ address, port }: DnsServer, code: string | undefined, cause: unknown): PaiError {
  const why =
    code === 'EACCES'
      ? 'needs privilege; choose a port above 1023, or grant CAP_NET_BIND_SERVICE'
      : code === 'EADDRINUSE'
        ? 'is taken; stop what listens there, or choose another with --dns'
        : `cannot be opened (${code}); choose another with --dns`;
  return new PaiError('address_in_use', `dns door: ${address}:${port} ${why}`, { cause });
}

/** Whether a server is the door that listens on `bound`; an unspecified address is every one of the machine's. */
function isSame(server: DnsServer, bound: DnsServer): boolean {
  if (server.port !== bound.port) return false;
  if (server.address === bound.address || isUnspecified(server.address)) return true;
  return isUnspecified(bound.address) && isOfThisMachine(server.address);
}

function isUnspecified(address: string): boolean {
  return address === '0.0.0.0' || address === '::';
}

function isOfThisMachine(address: string): boolean {
  const own = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
  return address.startsWith('127.') || own.some((mine) => mine.address === address);
}
