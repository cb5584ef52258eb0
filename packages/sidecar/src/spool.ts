import { randomUUID } from 'node:crypto';
import { close, createReadStream, open, unlink, write } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { promisify } from 'node:util';
import { type Body, bodyOf, createBody, PaiError } from '@pai/core';

/** How much content is kept, and where. */
export interface SpoolOptions {
  /** Bytes that wait in memory. Default 1 MiB. */
  readonly held?: number;
  /** Bytes that are taken at all. Default 1 GiB. */
  readonly most?: number;
  /** Bytes that all content together may have on disk. Default 4 GiB. */
  readonly mostOnDisk?: number;
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
  { held = 1024 ** 2, most = 1024 ** 3, mostOnDisk = 4 * 1024 ** 3, directory = tmpdir() }: SpoolOptions = {},
): Promise<Body> {
  const chunks: Buffer[] = [];
  let size = 0;
  let file: SpoolFile | undefined;
  if ((body.length ?? 0) > most) throw tooLarge(most);
  try {
    for await (const chunk of body.stream() as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (size > most) throw tooLarge(most);
      onChunk(chunk);
      chunks.push(chunk);
      if (size <= held) continue;
      file ??= await openUnnamed(directory);
      onDisk += size - file.size;
      file.size = size;
      if (onDisk > mostOnDisk) throw noRoom('other content that waits');
      for (const waiting of chunks.splice(0)) await writeAll(file.descriptor, waiting);
    }
  } catch (thrown) {
    if (file !== undefined) discard(file);
    throw thrown;
  }
  return file === undefined ? bodyOf(Buffer.concat(chunks)) : bodyOfFile(file);
}

interface SpoolFile {
  readonly descriptor: number;
  size: number;
}

/** Bytes of all files. */
let onDisk = 0;

function discard({ descriptor, size }: SpoolFile): void {
  onDisk -= size;
  close(descriptor);
}

/** Readable by its descriptor only, and gone with it. */
async function openUnnamed(directory: string): Promise<SpoolFile> {
  const path = join(directory, `pai-${randomUUID()}`);
  try {
    const descriptor = await promisify(open)(path, 'wx+', 0o600);
    await promisify(unlink)(path);
    return { descriptor, size: 0 };
  } catch (cause) {
    throw noRoom(codeOf(cause), cause);
  }
}

async function writeAll(file: number, chunk: Buffer): Promise<void> {
  for (let written = 0; written < chunk.length; ) {
    try {
      const { bytesWritten } = await promisify(write)(file, chunk, written, chunk.length - written);
      written += bytesWritten;
    } catch (cause) {
      throw noRoom(codeOf(cause), cause);
    }
  }
}

function bodyOfFile(file: SpoolFile): Body {
  const token = {};
  let content: Readable | undefined;
  const open = () => {
    forgotten.unregister(token);
    // It closes the file itself.
    content = createReadStream('', { fd: file.descriptor, start: 0 });
    return content.once('close', () => {
      onDisk -= file.size;
    });
  };
  const body: Body = {
    ...createBody({ length: file.size, open: () => content ?? open() }),
    discard: () => void (content ?? open()).destroy(),
  };
  forgotten.register(body, file, token);
  return body;
}

/** A request can end before its content is sent. */
const forgotten = new FinalizationRegistry<SpoolFile>(discard);

function tooLarge(most: number): PaiError {
  return new PaiError(
    'body_too_large',
    `the request body is larger than the ${most} bytes that can be signed; send it in parts`,
  );
}

function codeOf(cause: unknown): string {
  return (cause as NodeJS.ErrnoException).code ?? 'an unknown error';
}

function noRoom(why: string, cause?: unknown): PaiError {
  return new PaiError(
    'body_too_large',
    `the request body has to wait on disk to be signed, and that failed with ${why}; make room, or send it in parts`,
    { cause },
  );
}
