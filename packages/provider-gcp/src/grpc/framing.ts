import { promisify } from 'node:util';
import type { Zlib } from 'node:zlib';
import { type AgentRequest, bodyOf, getHeaders, PaiError, printable, readDecoded } from '@pai/core';

/** The longest message that is read, decoded or not: more than any service of Google's takes but for bulk writes. */
export const longestMessage: number = 16 * 1024 * 1024;

/** Bytes of the compressed flag and the length before each message (gRPC over HTTP/2, "Length-Prefixed-Message"). */
export const prefix = 5;

/** A message, decoded, of at most `longestMessage` bytes. */
export type Message = Buffer | 'too long';

/**
 * The first message of a call, decoded; `too long` when it is longer than `longestMessage`. Of a stream no more than that
 * is awaited; any other call has to end after it. Throws `malformed_request` for a call without a message, with several,
 * or with one that cannot be decoded in one way. All of it stays in the body.
 */
export async function readFirstMessage(request: AgentRequest, isStream: boolean): Promise<Message> {
  const { body } = request;
  const head = await body.peek(prefix - 1);
  if (head.length < prefix) throw malformed('has no message');
  const end = prefix + head.readUInt32BE(1);
  const flag = head[0] ?? 0;
  checkFlag(flag);
  if (end > longestMessage) return 'too long';
  const read = await body.peek(isStream ? end - 1 : end);
  if (read.length < end) throw malformed('ends within its first message');
  if (!isStream && read.length > end) throw malformed('has more than one message where the method takes one');
  return decodeMessage(request, flag, read.subarray(prefix, end));
}

/** A message of a call as its flag says it is. Throws `malformed_request` where it cannot be decoded in one way. */
export function decodeMessage(
  request: Pick<AgentRequest, 'headers'>,
  flag: number,
  message: Buffer,
): Message | Promise<Message> {
  checkFlag(flag);
  return flag === 0 ? message : decode(request, message);
}

function checkFlag(flag: number): void {
  if (flag > 1) throw malformed(`has a message with the flags ${flag}`);
}

/** As `grpc-encoding` says (gRPC over HTTP/2, "Message-Encoding"); `deflate` is the zlib format (RFC 1950). */
async function decode({ headers }: Pick<AgentRequest, 'headers'>, message: Buffer): Promise<Message> {
  const encoding = getHeaders(headers, 'grpc-encoding').join(',');
  if (encoding === 'gzip')
    return orTooLong(
      readDecoded({ headers: ['content-encoding', 'gzip'], body: bodyOf(message) }, longestMessage),
    );
  if (encoding === 'deflate') return orTooLong(inflate(message));
  throw malformed(
    `has a message compressed as ${printable(encoding)}, which cannot be judged; use gzip or none`,
  );
}

async function orTooLong(decoded: Promise<Buffer>): Promise<Message> {
  try {
    return await decoded;
  } catch (thrown) {
    if ((thrown as { code?: unknown }).code === 'body_too_large') return 'too long';
    throw thrown;
  }
}

type Inflate = (
  bytes: Buffer,
  options: { maxOutputLength: number; info: true },
) => Promise<{ buffer: Buffer; engine: Zlib }>;

async function inflate(message: Buffer): Promise<Buffer> {
  const inflateAll = promisify(process.getBuiltinModule('node:zlib').inflate) as unknown as Inflate;
  const { buffer, engine } = await inflateAll(message, { maxOutputLength: longestMessage, info: true }).catch(
    (thrown: NodeJS.ErrnoException) => {
      if (thrown.code === 'ERR_BUFFER_TOO_LARGE')
        throw new PaiError('body_too_large', 'the message is too long once decoded');
      throw malformed('has a message that is not in the zlib format');
    },
  );
  if (engine.bytesWritten !== message.length)
    throw malformed('has a message that goes on after its compressed content');
  return buffer;
}

function malformed(what: string): PaiError {
  return new PaiError('malformed_request', `the gRPC call ${what}`);
}
