import { isIPv4 } from 'node:net';
import { decode } from 'dns-packet';
import { ipv6Bytes } from '../ipv6.ts';

/** What a DNS query asks (RFC 1035 section 4.1), as far as the door must know. */
export interface DnsQuery {
  readonly packet: Buffer;
  /** Lower case, no trailing dot. */
  readonly name: string;
  /** RR type: 1 is A, 28 AAAA, 64 SVCB, 65 HTTPS. */
  readonly type: number;
  /** Offset at which the question ends. */
  readonly end: number;
}

const headerLength = 12;

/** RR types (RFC 1035, 3596, 9460) that the door tells apart. */
export const rrType = { a: 1, aaaa: 28, opt: 41, svcb: 64, https: 65 } as const;

/** Response codes (RFC 1035 section 4.1.1). */
export const rcode = { noError: 0, formatError: 1, serverFailure: 2, notImplemented: 4 } as const;

/**
 * Reads a query. `undefined` is what deserves no answer (a response, or less than a header); a number is the response
 * code it deserves at once.
 */
export function readQuery(packet: Buffer): DnsQuery | number | undefined {
  if (packet.length < headerLength || ((packet[2] ?? 0) & 0x80) !== 0) return undefined;
  if (((packet[2] ?? 0) & 0x78) !== 0) return rcode.notImplemented;
  if (packet.readUInt16BE(4) !== 1) return rcode.formatError;
  const alone = Buffer.from(packet);
  alone.fill(0, 6, headerLength);
  try {
    const name = decode(alone).questions?.[0]?.name ?? '';
    const end = decode.bytes;
    return { packet, name: name.toLowerCase().replace(/\.$/, ''), type: packet.readUInt16BE(end - 4), end };
  } catch {
    return rcode.formatError;
  }
}

/**
 * The authoritative answer to `query`: the address as its A or AAAA record, or none (NODATA). The question is repeated
 * byte for byte, its case included.
 */
export function authoritativeAnswer(query: DnsQuery, address: string | undefined): Buffer {
  const record = address === undefined ? [] : [recordOf(address)];
  const option = hasEdns(query) ? [ourEdns] : [];
  const header = headerOf(query.packet, rcode.noError, { isAuthoritative: true });
  header.writeUInt16BE(1, 4);
  header.writeUInt16BE(record.length, 6);
  header.writeUInt16BE(option.length, 10);
  return Buffer.concat([header, query.packet.subarray(headerLength, query.end), ...record, ...option]);
}

/** A response to `packet`, which has a header at least, of a response code only; with its question where that was read. */
export function failure(packet: Buffer, code: number, questionEnd: number = headerLength): Buffer {
  const header = headerOf(packet, code, { isAuthoritative: false });
  header.writeUInt16BE(questionEnd > headerLength ? 1 : 0, 4);
  return Buffer.concat([header, packet.subarray(headerLength, questionEnd)]);
}

/** Whether `response` repeats the question that `query` asked, names compared without case. */
export function isResponseTo(response: Buffer, { packet, end }: DnsQuery): boolean {
  if (response.length < headerLength || ((response[2] ?? 0) & 0x80) === 0) return false;
  if (response.readUInt16BE(4) === 0) return ((response[3] ?? 0) & 0x0f) !== rcode.noError;
  if (response.readUInt16BE(4) !== 1 || response.length < end) return false;
  const nameOf = (message: Buffer) => message.toString('latin1', headerLength, end - 4).toLowerCase();
  const isSameKind = response.subarray(end - 4, end).equals(packet.subarray(end - 4, end));
  return isSameKind && nameOf(response) === nameOf(packet);
}

/** Seconds. Short, because the next configuration may claim other hosts. */
const timeToLive = 5;

/** An OPT record (RFC 6891): 1232 bytes over UDP, version 0, no options. */
const ourEdns = Buffer.from([0, 0, rrType.opt, 0x04, 0xd0, 0, 0, 0, 0, 0, 0]);

function headerOf(packet: Buffer, code: number, { isAuthoritative }: { isAuthoritative: boolean }): Buffer {
  const header = Buffer.alloc(headerLength);
  packet.copy(header, 0, 0, 2);
  const asked = packet[2] ?? 0;
  header[2] = 0x80 | (asked & 0x79) | (isAuthoritative ? 0x04 : 0);
  header[3] = 0x80 | code;
  return header;
}

function recordOf(address: string): Buffer {
  const isFour = isIPv4(address);
  const data = isFour ? Buffer.from(address.split('.').map(Number)) : ipv6Bytes(address);
  const head = Buffer.alloc(12);
  head.writeUInt16BE(0xc0_0c, 0);
  head.writeUInt16BE(isFour ? rrType.a : rrType.aaaa, 2);
  head.writeUInt16BE(1, 4);
  head.writeUInt32BE(timeToLive, 6);
  head.writeUInt16BE(data.length, 10);
  return Buffer.concat([head, data]);
}

/** Whether the record after the question is OPT, where stub resolvers put it. */
function hasEdns({ packet, end }: DnsQuery): boolean {
  const rest = packet.subarray(end);
  return (
    packet.readUInt16BE(10) > 0 && rest.length >= 11 && rest[0] === 0 && rest.readUInt16BE(1) === rrType.opt
  );
}
