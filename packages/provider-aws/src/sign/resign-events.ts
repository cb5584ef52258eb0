import { hash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { PaiError } from '@pai/core';
import { hashText } from './hash.ts';
import type { Resigner } from './resign-chunks.ts';
import type { Signature } from './signer.ts';

/** Bytes before the headers of a message: its length, that of its headers, and the CRC of both. */
const preludeLength = 12;
const crcLength = 4;
/** Most bytes of a message, as the format has it. */
const mostInMessage = 16 * 1024 * 1024;

/** `:date`, a timestamp of milliseconds. */
const dateHead = Buffer.from('\x05:date\x08', 'latin1');
const dateLength = dateHead.length + 8;
/** `:chunk-signature`, 32 bytes. */
const signatureHead = Buffer.from('\x10:chunk-signature\x06\x00\x20', 'latin1');
const headersLength = dateLength + signatureHead.length + 32;

/**
 * Signs the messages of an event stream anew, and gives them the time of now (Amazon Transcribe Developer Guide, "Event
 * stream encoding"). It holds one message. Throws `malformed_request` for a message that is not exactly a signed one.
 */
export function createEventResigner({ text, next }: Pick<Signature, 'text' | 'next'>): Resigner {
  let last = text;
  let prelude = Buffer.alloc(0);
  let message: Buffer | undefined;
  let filled = 0;

  const resign = (bytes: Buffer): Buffer => {
    const { date, signature, payload } = readMessage(bytes);
    const { time, date: stamp, key } = next();
    bytes.writeBigInt64BE(BigInt(time), date + dateHead.length);
    const hashed = hashText(bytes.toString('latin1', date, date + dateLength));
    const content = `${hashed}\n${hash('sha256', payload, 'hex')}`;
    last = key.sign(`${key.algorithm}-PAYLOAD\n${stamp}\n${key.scope}\n${last}\n${content}`);
    bytes.write(last, signature + signatureHead.length, 'hex');
    bytes.writeUInt32BE(crc32(bytes.subarray(0, -crcLength)), bytes.length - crcLength);
    return bytes;
  };
  const take = (bytes: Buffer, at: number): number => {
    if (message !== undefined) {
      const copied = bytes.copy(message, filled, at);
      filled += copied;
      return at + copied;
    }
    const end = Math.min(bytes.length, at + preludeLength - prelude.length);
    prelude = Buffer.concat([prelude, bytes.subarray(at, end)]);
    if (prelude.length === preludeLength) {
      message = Buffer.allocUnsafeSlow(readLength(prelude));
      filled = prelude.copy(message);
      prelude = Buffer.alloc(0);
    }
    return end;
  };
  return {
    push(bytes) {
      const complete: Buffer[] = [];
      for (let at = 0; at < bytes.length; ) {
        at = take(bytes, at);
        if (message === undefined || filled < message.length) continue;
        complete.push(resign(message));
        message = undefined;
      }
      return complete;
    },
    end() {
      if (message !== undefined || prelude.length > 0) throw malformed('it ends within a message');
    },
  };
}

function readLength(prelude: Buffer): number {
  const length = prelude.readUInt32BE(0);
  if (crc32(prelude.subarray(0, 8)) !== prelude.readUInt32BE(8))
    throw malformed('a message has a wrong checksum');
  if (length > mostInMessage) throw malformed('a message is larger than 16 MiB');
  if (prelude.readUInt32BE(4) !== headersLength || length < preludeLength + headersLength + crcLength)
    throw malformed('a message has other headers than :date and :chunk-signature');
  return length;
}

/** Where the two headers of a signed message begin, which stand in either order, and its payload. */
function readMessage(bytes: Buffer): {
  readonly date: number;
  readonly signature: number;
  readonly payload: Buffer;
} {
  if (crc32(bytes.subarray(0, -crcLength)) !== bytes.readUInt32BE(bytes.length - crcLength))
    throw malformed('a message has a wrong checksum');
  const isFirst = (head: Buffer) => bytes.subarray(preludeLength, preludeLength + head.length).equals(head);
  const isDateFirst = isFirst(dateHead);
  const date = isDateFirst ? preludeLength : preludeLength + headersLength - dateLength;
  const signature = isDateFirst ? preludeLength + dateLength : preludeLength;
  const isSigned =
    bytes.subarray(date, date + dateHead.length).equals(dateHead) &&
    bytes.subarray(signature, signature + signatureHead.length).equals(signatureHead);
  if (!isSigned) throw malformed('a message has other headers than :date and :chunk-signature');
  return { date, signature, payload: bytes.subarray(preludeLength + headersLength, -crcLength) };
}

function malformed(why: string): PaiError {
  return new PaiError('malformed_request', `the event stream cannot be signed: ${why}`);
}
