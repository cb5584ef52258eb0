import { once } from 'node:events';
import net, { type AddressInfo } from 'node:net';
import tls from 'node:tls';

/** The ClientHello of a real client, in its one record. */
export async function captureHello(options: tls.ConnectionOptions): Promise<Buffer> {
  const server = net.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const accepted = once(server, 'connection');
  const client = tls.connect({ ...options, host: '127.0.0.1', port: (server.address() as AddressInfo).port });
  client.on('error', () => {});
  const [socket] = (await accepted) as [net.Socket];
  const [hello] = (await once(socket, 'data')) as [Buffer];
  client.destroy();
  socket.destroy();
  server.close();
  return hello;
}

/** A number in `width` bytes, then the bytes it counts. */
export function vector(width: number, content: Buffer | string): Buffer {
  const bytes = Buffer.from(content as string, 'latin1');
  const length = Buffer.alloc(width);
  length.writeUIntBE(bytes.length, 0, width);
  return Buffer.concat([length, bytes]);
}

/** A TLS record. */
export function record(content: Buffer, type = 22): Buffer {
  return Buffer.concat([Buffer.from([type, 3, 1]), vector(2, content)]);
}

/** An entry of a server name list. */
export function nameEntry(name: string, type = 0): Buffer {
  return Buffer.concat([Buffer.from([type]), vector(2, name)]);
}

/** The `server_name` extension with these entries. */
export function serverNames(...entries: readonly Buffer[]): Buffer {
  return extension(0, vector(2, Buffer.concat(entries)));
}

/** An extension of any type. */
export function extension(type: number, data: Buffer): Buffer {
  const head = Buffer.alloc(2);
  head.writeUInt16BE(type);
  return Buffer.concat([head, vector(2, data)]);
}

/** A ClientHello message with these extensions; undefined is a hello without any field for them. */
export function helloMessage(extensions: readonly Buffer[] | undefined, type = 1): Buffer {
  const body = [
    Buffer.from([3, 3]),
    Buffer.alloc(32, 7),
    vector(1, ''),
    vector(2, Buffer.from([0x13, 1])),
    vector(1, Buffer.from([0])),
    ...(extensions === undefined ? [] : [vector(2, Buffer.concat(extensions))]),
  ];
  return Buffer.concat([Buffer.from([type]), vector(3, Buffer.concat(body))]);
}

/** A message cut into records of `size` bytes of content. */
export function fragmented(message: Buffer, size: number): Buffer {
  const parts: Buffer[] = [];
  for (let at = 0; at < message.length; at += size) parts.push(record(message.subarray(at, at + size)));
  return Buffer.concat(parts);
}
