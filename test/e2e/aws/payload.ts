import { createHash, type Hash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { createChunkReader } from './chunks.ts';
import type { Refusal, Signed } from './signature.ts';

/** What the declared form of a content asks of the bytes that arrive. */
export interface PayloadReader {
  /** Gives the object's own bytes among them. Throws a `Refusal`. */
  write(chunk: Buffer): Iterable<Buffer>;
  /** Throws a `Refusal` when a hash, a length or a signature does not hold. */
  end(): void;
}

type Headers = ReadonlyMap<string, string>;

const refusal = (code: string, message: string): Refusal => ({ status: 400, code, message });

/** Reads by `x-amz-content-sha256`: a hash, `UNSIGNED-PAYLOAD`, or one of the three kinds of `STREAMING-…` in chunks. */
export function createPayloadReader(signed: Signed, headers: Headers): PayloadReader {
  const { payload } = signed;
  const checks = createChecks(headers);
  const plain = /^[0-9a-f]{64}$/.test(payload);
  if (!plain && payload !== 'UNSIGNED-PAYLOAD') return createChunkReader(signed, headers, checks);
  const hash = plain ? createHash('sha256') : undefined;
  return {
    *write(chunk) {
      hash?.update(chunk);
      checks.write(chunk);
      yield chunk;
    },
    end() {
      if (hash !== undefined && hash.digest('hex') !== payload)
        throw refusal('XAmzContentSHA256Mismatch', 'the provided hash is not that of the content');
      checks.end(headers);
    },
  };
}

/** Of the object's own bytes. `end` throws a `Refusal`. */
export interface Checks {
  write(chunk: Buffer): void;
  end(said: Headers): void;
}

/** Content-MD5 and `x-amz-checksum-…`, of the head or the trailer. CRC-32C and CRC-64 are taken at their word. */
function createChecks(headers: Headers): Checks {
  const names = [...headers.keys(), headers.get('x-amz-trailer') ?? ''];
  const wants = (name: string) => names.includes(name);
  const hashes: [name: string, hash: Hash][] = [];
  if (wants('content-md5')) hashes.push(['content-md5', createHash('md5')]);
  for (const name of ['sha1', 'sha256'] as const)
    if (wants(`x-amz-checksum-${name}`)) hashes.push([`x-amz-checksum-${name}`, createHash(name)]);
  let crc = wants('x-amz-checksum-crc32') ? 0 : undefined;
  return {
    write(chunk) {
      for (const [, hash] of hashes) hash.update(chunk);
      if (crc !== undefined) crc = crc32(chunk, crc);
    },
    end(said) {
      const found = hashes.map(([name, hash]) => [name, hash.digest('base64')]);
      if (crc !== undefined) {
        const bytes = Buffer.alloc(4);
        bytes.writeUInt32BE(crc);
        found.push(['x-amz-checksum-crc32', bytes.toString('base64')]);
      }
      for (const [name = '', value] of found) {
        const claimed = said.get(name) ?? headers.get(name);
        if (claimed !== value) throw refusal('BadDigest', `${name} is ${claimed}, of the content ${value}`);
      }
    },
  };
}
