import type { Gunzip } from 'node:zlib';
import { type AgentRequest, type Body, getHeaders, PaiError } from '@pai/core';

/**
 * Reads content ahead, decoded, until `isEnough` says so; it gets everything from the beginning each time, and all of
 * it stays in the body. Throws `malformed_request` when the content ends or has more than `limit` bytes before that, or
 * has another encoding than gzip.
 */
export async function readAhead(
  { headers, body }: Pick<AgentRequest, 'headers' | 'body'>,
  limit: number,
  isEnough: (bytes: Buffer) => boolean,
): Promise<void> {
  const encoding = getHeaders(headers, 'content-encoding').join(',').trim().toLowerCase();
  if (encoding === 'gzip' || encoding === 'x-gzip') return readGzip(body, limit, isEnough);
  if (encoding !== '' && encoding !== 'identity') {
    throw unreadable('is encoded in a way that is not read; send it plain');
  }
  const read = await body.peek(limit, isEnough);
  if (!isEnough(read)) throw tooShort(read.length, limit);
}

async function readGzip(body: Body, limit: number, isEnough: (bytes: Buffer) => boolean): Promise<void> {
  // Most sidecars never load it.
  const gunzip = process.getBuiltinModule('node:zlib').createGunzip();
  let decoded: Buffer = Buffer.alloc(0);
  gunzip.on('data', (chunk: Buffer) => {
    if (decoded.length <= limit) decoded = Buffer.concat([decoded, chunk]);
  });
  gunzip.on('error', () => undefined);
  let size = 0;
  try {
    while (decoded.length <= limit) {
      const read = await body.peek(limit, (bytes) => bytes.length > size);
      if (read.length === size) break;
      await write(gunzip, read.subarray(size));
      size = read.length;
      if (isEnough(decoded)) return;
    }
  } finally {
    gunzip.destroy();
  }
  throw tooShort(decoded.length, limit);
}

function write(gunzip: Gunzip, chunk: Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    const fail = () => reject(unreadable('is not the gzip it says it is'));
    gunzip.once('error', fail);
    gunzip.write(chunk, (error) => {
      gunzip.off('error', fail);
      if (error) fail();
      else resolve();
    });
  });
}

function tooShort(length: number, limit: number): PaiError {
  return length > limit
    ? unreadable(`has more than ${limit} bytes before its pack; push fewer references at a time`)
    : unreadable('ends before its list of commands does');
}

function unreadable(why: string): PaiError {
  return new PaiError('malformed_request', `the push ${why}`);
}
