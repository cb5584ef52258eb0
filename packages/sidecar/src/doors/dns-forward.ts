import { randomInt } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { connect, isIPv6 } from 'node:net';
import { createFrameReader, framed } from './dns-frame.ts';
import { type DnsQuery, failure, isResponseTo, rcode } from './dns-message.ts';

/** Where a DNS server listens. */
export interface DnsServer {
  readonly address: string;
  readonly port: number;
}

/** Passes queries on and gives their responses, both as the bytes they came as but for the id. */
export interface DnsForwarder {
  /** Asks each server in turn, 3 seconds each; SERVFAIL when none answers, undefined when too many are on their way. */
  forward(query: DnsQuery, transport: 'udp' | 'tcp'): Promise<Buffer | undefined>;
  /** Ends what is on its way. */
  close(): void;
}

/** A forwarder with at most `capacity` queries on their way at once, which waits `patience` milliseconds for a server. */
export function createDnsForwarder(
  servers: readonly DnsServer[],
  { capacity = 1_000, patience = 3_000 }: { capacity?: number; patience?: number } = {},
): DnsForwarder {
  const cancels = new Set<() => void>();
  let inFlight = 0;
  let isClosed = false;

  const ask = (query: DnsQuery, server: DnsServer, transport: 'udp' | 'tcp') =>
    new Promise<Buffer | undefined>((resolve) => {
      const settle = (response?: Buffer) => {
        clearTimeout(timer);
        cancels.delete(cancel);
        stop();
        resolve(response);
      };
      const cancel = () => settle();
      const timer = setTimeout(cancel, patience);
      cancels.add(cancel);
      const stop = (transport === 'udp' ? askByUdp : askByTcp)(query, server, settle);
    });

  const askEach = async (query: DnsQuery, transport: 'udp' | 'tcp') => {
    for (const server of servers) {
      if (isClosed) break;
      const response = await ask(query, server, transport);
      if (response !== undefined) return response;
    }
    return failure(query.packet, rcode.serverFailure, query.end);
  };

  return {
    forward: async (query, transport) => {
      if (inFlight >= capacity) return undefined;
      inFlight += 1;
      try {
        return await askEach(query, transport);
      } finally {
        inFlight -= 1;
      }
    },
    close: () => {
      isClosed = true;
      for (const cancel of cancels) cancel();
    },
  };
}

/** Sends a query; calls `settle` later, with the response or without one, and gives a function that stops it. */
type Ask = (query: DnsQuery, server: DnsServer, settle: (response?: Buffer) => void) => () => void;

/** A fresh socket and a fresh id for each query: neither can be guessed, and the kernel drops what others send. */
const askByUdp: Ask = (query, server, settle) => {
  const { packet, accept } = disguise(query);
  const socket = createSocket(isIPv6(server.address) ? 'udp6' : 'udp4');
  let isStopped = false;
  socket.on('error', () => settle());
  socket.on('message', (message) => {
    const response = accept(message);
    if (response !== undefined) settle(response);
  });
  // Called with what went wrong too, such as a network that has no way there.
  socket.connect(server.port, server.address, (error?: Error) => {
    if (error !== undefined) settle();
    else if (!isStopped) socket.send(packet);
  });
  return () => {
    if (isStopped) return;
    isStopped = true;
    socket.close();
  };
};

const askByTcp: Ask = (query, server, settle) => {
  const { packet, accept } = disguise(query);
  const socket = connect({ host: server.address, port: server.port });
  const take = createFrameReader((message) => settle(accept(message)));
  socket.on('connect', () => socket.write(framed(packet)));
  socket.on('data', take);
  socket.on('error', () => settle());
  socket.on('close', () => settle());
  return () => socket.destroy();
};

/** The query under an id of our own, and a check that gives its response back under the agent's. */
function disguise(query: DnsQuery) {
  const id = randomInt(0x1_0000);
  const packet = Buffer.from(query.packet);
  packet.writeUInt16BE(id, 0);
  return {
    packet,
    accept: (message: Buffer): Buffer | undefined => {
      if (!isResponseTo(message, query) || message.readUInt16BE(0) !== id) return undefined;
      const response = Buffer.from(message);
      query.packet.copy(response, 0, 0, 2);
      return response;
    },
  };
}
