import { createSocket } from 'node:dgram';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import {
  type Answer,
  AUTHORITATIVE_ANSWER,
  type DecodedPacket,
  decode,
  encode,
  RECURSION_AVAILABLE,
} from 'dns-packet';
import { onTestFinished } from 'vitest';

interface Asked {
  readonly name: string;
  readonly type: string;
  readonly transport: 'udp' | 'tcp';
  readonly packet: Buffer;
}

/** A real DNS server for one test, on UDP and TCP. `reply` gives the bytes to send for a query, or none. */
export async function startDnsServer(
  reply: (query: DecodedPacket, packet: Buffer) => readonly Buffer[] | Promise<readonly Buffer[]>,
) {
  const asked: Asked[] = [];
  const note = (packet: Buffer, transport: 'udp' | 'tcp') => {
    const query = decode(packet);
    const [question] = query.questions ?? [];
    asked.push({ name: question?.name ?? '', type: question?.type ?? '', transport, packet });
    return reply(query, packet);
  };
  const connections = new Set<Socket>();
  const tcp = createServer((socket) => {
    connections.add(socket.on('error', () => {}));
    let read = Buffer.alloc(0);
    socket.on('data', async (chunk: Buffer) => {
      read = Buffer.concat([read, chunk]);
      if (read.length < 2 || read.length < 2 + read.readUInt16BE(0)) return;
      for (const answer of await note(read.subarray(2), 'tcp')) {
        const length = Buffer.alloc(2);
        length.writeUInt16BE(answer.length);
        socket.write(Buffer.concat([length, answer]));
      }
    });
  });
  await new Promise<void>((resolve) => tcp.listen(0, '127.0.0.1', resolve));
  const { port } = tcp.address() as AddressInfo;
  const udp = createSocket('udp4');
  udp.on('message', async (packet, from) => {
    for (const answer of await note(packet, 'udp')) udp.send(answer, from.port, from.address);
  });
  await new Promise<void>((resolve) => udp.bind(port, '127.0.0.1', resolve));
  onTestFinished(() => {
    udp.close();
    tcp.close();
    for (const socket of connections) socket.destroy();
  });
  return { address: '127.0.0.1', port, server: `127.0.0.1:${port}`, asked, udp };
}

/** A response to `query` with these records. */
export function answering(query: DecodedPacket, answers: readonly Answer[], rcode = 0): Buffer {
  return encode({
    type: 'response',
    id: query.id ?? 0,
    flags: AUTHORITATIVE_ANSWER | RECURSION_AVAILABLE | rcode,
    questions: query.questions ?? [],
    answers: [...answers],
  });
}
