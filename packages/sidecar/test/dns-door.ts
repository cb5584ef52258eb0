import { createSocket } from 'node:dgram';
import { Resolver } from 'node:dns/promises';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer } from 'node:net';
import { type Answer, type DecodedPacket, decode, encode, RECURSION_DESIRED } from 'dns-packet';
import { onTestFinished } from 'vitest';
import { createDnsDoor, type DnsDoorOptions } from '../src/doors/dns.ts';
import { readQuery } from '../src/doors/dns-message.ts';

/** The hosts that the doors of these tests claim. */
export const claims = (host: string) => host === 'api.github.com' || /^[^.]+\.s3\.example$/.test(host);

/** A door on a free port, and a resolver that asks it; both end with the test. */
export async function startDoor(options: Partial<DnsDoorOptions> = {}) {
  const door = createDnsDoor({
    listen: { address: '127.0.0.1', port: 0 },
    upstream: [],
    claims,
    answers: () => ({ v4: '127.0.0.1', v6: '::1' }),
    ...options,
  });
  const { address, port } = await door.start();
  onTestFinished(() => door.close());
  const client = new Resolver({ timeout: 4_000, tries: 1 });
  client.setServers([`${address}:${port}`]);
  return { door, port, client };
}

interface Asked {
  readonly name: string;
  readonly type: string | number;
  readonly id?: number;
}

/** A query as its bytes; a numeric type for those the codec has no name for. */
export function queryOf({ name, type, id = 7 }: Asked, additionals: readonly Answer[] = []): Buffer {
  const known = typeof type === 'string' ? type : 'A';
  const packet = encode({
    type: 'query',
    id,
    flags: RECURSION_DESIRED,
    questions: [{ name, type: known as 'A' }],
    additionals: [...additionals],
  });
  if (typeof type === 'number') packet.writeUInt16BE(type, packet.length - 4);
  return packet;
}

/** The next datagram the door sends back for `packet`. */
export async function askUdp(port: number, packet: Buffer): Promise<Buffer> {
  const socket = createSocket('udp4');
  onTestFinished(() => void socket.close());
  socket.send(packet, port, '127.0.0.1');
  const [answer] = (await once(socket, 'message')) as [Buffer];
  return answer;
}

/** The messages that come back on one connection for `packets`, in order, when there are as many. */
export async function askTcp(port: number, packets: readonly Buffer[]): Promise<DecodedPacket[]> {
  const socket = connect(port, '127.0.0.1');
  onTestFinished(() => void socket.destroy());
  socket.write(Buffer.concat(packets));
  let read = Buffer.alloc(0);
  const answers: DecodedPacket[] = [];
  for await (const chunk of socket) {
    read = Buffer.concat([read, chunk as Buffer]);
    while (read.length >= 2 && read.length >= 2 + read.readUInt16BE(0)) {
      answers.push(decode(read.subarray(2, 2 + read.readUInt16BE(0))));
      read = read.subarray(2 + read.readUInt16BE(0));
    }
    if (answers.length >= packets.length) break;
  }
  return answers;
}

export function queryFor(name: string) {
  const query = readQuery(queryOf({ name, type: 'A' }));
  if (query === undefined || typeof query === 'number') throw new Error('not a query');
  return query;
}

export async function takeTcp(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  return (server.address() as AddressInfo).port;
}

export async function takeUdp(): Promise<number> {
  const socket = createSocket('udp4').bind(0, '127.0.0.1');
  await once(socket, 'listening');
  onTestFinished(() => void socket.close());
  return socket.address().port;
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
