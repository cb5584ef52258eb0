import { randomUUID } from 'node:crypto';
import { close, createReadStream, open, unlink, write } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type Body, bodyOf, createBody, PaiError } from '@pai/core';

/** How much content is kept, and where. */
export interface SpoolOptions {
  /** Bytes that wait in memory. Default 1 MiB. */
  readonly held?: number;
  /** Bytes that are taken at all. Default 1 GiB. */
  readonly most?: number;
  /** Default the system's directory for temporary files. */
  readonly directory?: string;
}

/**
 * Reads content to its end and gives it again, with its length; `onChunk` gets every chunk. What memory should not hold
 * waits in a file that has no name any more. Rejects with `body_too_large`, and with what the content or the disk fails with.
 */
export async function spoolBody(
  body: Body,
  onChunk: (chunk: Buffer) => void,
  { held = 1024 * 1024, most = 1024 * 1024 * 1024, directory = tmpdir() }: SpoolOptions = {},
): Promise<Body> {
  const chunks: Buffer[] = [];
  let size = 0;
  let file: number | undefined;
  if ((body.length ?? 0) > most) throw tooLarge(most);
  try {
    for await (const chunk of body.stream() as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (size > most) throw tooLarge(most);
      onChunk(chunk);
      chunks.push(chunk);
      if (size <= held) continue;
      file ??= await openUnnamed(directory);
      for (const waiting of chunks.splice(0)) await writeAll(file, waiting);
    }
  } catch (thrown) {
    if (file !== undefined) close(file);
    throw thrown;
  }
  return file === undefined ? bodyOf(Buffer.concat(chunks)) : bodyOfFile(file, size);
}

/** Readable by its descriptor only, and gone with it. */
async function openUnnamed(directory: string): Promise<number> {
  const path = join(directory, `pai-${randomUUID()}`);
  try {
    const file = await promisify(open)(path, 'wx+', 0o600);
    await promisify(unlink)(path);
    return file;
  } catch (cause) {
    throw noRoom(cause);
  }
}

async function writeAll(file: number, chunk: Buffer): Promise<void> {
  for (let written = 0; written < chunk.length; ) {
    try {
      const { bytesWritten } = await promisify(write)(file, chunk, written, chunk.length - written);
      written += bytesWritten;
    } catch (cause) {
      throw noRoom(cause);
    }
  }
}

function bodyOfFile(file: number, length: number): Body {
  const token = {};
  const body = createBody({
    length,
    open: () => {
      forgotten.unregister(token);
      return createReadStream('', { fd: file, start: 0 });
    },
  });
  forgotten.register(body, file, token);
  return body;
}

/** A request can end before its content is sent. */
const forgotten = new FinalizationRegistry<number>((file) => close(file));

function tooLarge(most: number): PaiError {
  return new PaiError(
    'body_too_large',
    `the request body is larger than the ${most} bytes that can be signed; send it in parts`,
  );
}

function noRoom(cause: unknown): PaiError {
  const { code = 'an unknown error' } = cause as NodeJS.ErrnoException;
  return new PaiError(
    'body_too_large',
    `the request body has to wait on disk to be signed, and that failed with ${code}; make room, or send it in parts`,
    { cause },
  );
}
