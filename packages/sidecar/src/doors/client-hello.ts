import { isIP } from 'node:net';
import { PaiError, parseAuthority } from '@pai/core';

/** What a ClientHello says in clear. With Encrypted Client Hello the name is the outer one. */
export interface ClientHello {
  /** The one DNS name of its `server_name`, lower case and without a trailing dot; undefined when it has none. */
  readonly serverName: string | undefined;
}

/** Most bytes of a ClientHello, record headers included, and most records it may be cut into. */
const maxBytes = 16 * 1024;
const maxRecords = 64;

const handshakeRecord = 22;
const clientHelloType = 1;
const serverNameExtension = 0;
const hostNameType = 0;

/**
 * Reads the ClientHello that `bytes` begin with (RFC 8446 sections 4.1.2 and 5.1, RFC 6066 section 3). Gives how many
 * bytes there must be before another look is worth it while it is not whole. Throws `malformed_request` for everything
 * that two readers could take for two things.
 */
export function readClientHello(bytes: Buffer): ClientHello | number {
  const fragments: Buffer[] = [];
  let have = 0;
  for (let at = 0, records = 0; ; records += 1) {
    if (records >= maxRecords) throw malformed(`is cut into more than ${maxRecords} records`);
    if (bytes.length < at + 1) return at + 1;
    if (bytes[at] !== handshakeRecord) throw malformed('is not a TLS handshake');
    if (bytes.length < at + 5) return at + 5;
    const length = bytes.readUInt16BE(at + 3);
    if (bytes[at + 1] !== 3 || length === 0) throw malformed('has a record that is not TLS');
    const end = at + 5 + length;
    if (end > maxBytes) throw malformed(`is larger than ${maxBytes} bytes`);
    if (bytes.length < end) return end;
    fragments.push(bytes.subarray(at + 5, end));
    have += length;
    at = end;
    if (have < 4) continue;
    const message = Buffer.concat(fragments);
    if (message[0] !== clientHelloType) throw malformed('is another handshake message');
    const size = 4 + message.readUIntBE(1, 3);
    if (size > maxBytes) throw malformed(`is larger than ${maxBytes} bytes`);
    if (have > size) throw malformed('is followed by another message in its record');
    if (have === size) return readBody(createReader(message.subarray(4)));
  }
}

function readBody(body: Reader): ClientHello {
  body.skip(2 + 32);
  body.vector(1);
  body.vector(2);
  body.vector(1);
  if (body.isDone()) return { serverName: undefined };
  const extensions = createReader(body.vector(2));
  if (!body.isDone()) throw malformed('goes on after its extensions');
  const seen = new Set<number>();
  let serverName: string | undefined;
  while (!extensions.isDone()) {
    const type = extensions.number(2);
    if (seen.has(type)) throw malformed('has an extension twice');
    seen.add(type);
    const data = extensions.vector(2);
    if (type === serverNameExtension) serverName = readServerName(createReader(data));
  }
  return { serverName };
}

function readServerName(data: Reader): string {
  const list = createReader(data.vector(2));
  const type = list.number(1);
  const name = list.vector(2).toString('latin1');
  if (type !== hostNameType || !list.isDone() || !data.isDone())
    throw malformed('has a server name that is not exactly one host name');
  const { host } = parseAuthority(name, 443);
  if (name.includes(':') || isIP(host) > 0) throw malformed('has a server name that is no DNS name');
  return host;
}

/** Reads numbers and length-prefixed vectors (RFC 8446 section 3.4). Throws where they run over the end. */
interface Reader {
  skip(length: number): void;
  number(width: 1 | 2): number;
  vector(width: 1 | 2): Buffer;
  isDone(): boolean;
}

function createReader(bytes: Buffer): Reader {
  let at = 0;
  const take = (length: number) => {
    if (at + length > bytes.length) throw malformed('has a length that runs over its end');
    at += length;
    return bytes.subarray(at - length, at);
  };
  const number = (width: 1 | 2) => take(width).readUIntBE(0, width);
  return {
    skip: (length) => void take(length),
    number,
    vector: (width) => take(number(width)),
    isDone: () => at === bytes.length,
  };
}

function malformed(what: string): PaiError {
  return new PaiError(
    'malformed_request',
    `the beginning of the connection ${what}; open it with TLS 1.2 or 1.3`,
  );
}
