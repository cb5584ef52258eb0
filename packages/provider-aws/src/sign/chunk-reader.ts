import { PaiError } from '@pai/core';

/** Who receives what a reader of `aws-chunked` content finds. */
export interface ChunkSink {
  /** A chunk begins; 0 is the last one. `digits` is its size as it is spelled. */
  onSize(size: number, digits: string): void;
  onData(data: Buffer): void;
  /** The chunk has ended where it had to. */
  onChunk(): void;
  /** A trailer line without its end, its name in lower case, its value without white space around it. */
  onTrailer(line: string, name: string, value: string): void;
  onTrailerSignature(): void;
  onEnd(): void;
}

/** What the content is framed by. */
export interface ChunkFraming {
  /** Characters of a signature: 64 in lower-case hex, or 144 where ECDSA's are padded with `*`. */
  readonly signatureLength: number;
  readonly hasTrailer: boolean;
}

/** Reads framed content in pieces of any size. */
export interface ChunkReader {
  /** Throws `malformed_request` for a byte that is out of its place. */
  push(bytes: Buffer): void;
  /** Throws `malformed_request` unless the content is complete. */
  end(): void;
}

/** Most characters of all trailer lines. */
const mostInTrailer = 16 * 1024;
const headPrefix = ';chunk-signature=';
const trailerField = /^([a-zA-Z0-9-]+):[ \t]*([\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?)[ \t]*$/;

/** Signed `aws-chunked` content (Amazon S3 API Reference, "Transferring payload in multiple chunks"), by the letter. */
export function createChunkReader(
  { signatureLength, hasTrailer }: ChunkFraming,
  sink: ChunkSink,
): ChunkReader {
  const signature =
    signatureLength === 64
      ? '[0-9a-f]{64}'
      : `(?=.{${signatureLength}}$)[0-9a-f]{2,}\\*{0,${signatureLength}}`;
  const head = new RegExp(`^([0-9a-fA-F]{1,8})${headPrefix}${signature}$`);
  const trailerEnd = new RegExp(`^x-amz-trailer-signature:${signature}$`);
  const longestHead = 8 + headPrefix.length + signatureLength + 2;
  let line = '';
  let longest = longestHead;
  let left = 0;

  const readHead = (text: string) => {
    const digits = head.exec(text)?.[1];
    if (digits === undefined) throw malformed('a chunk does not begin with its size and its signature');
    left = Number.parseInt(digits, 16);
    sink.onSize(left, digits);
    if (left === 0) expect(hasTrailer ? readTrailer : readLast, hasTrailer ? mostInTrailer : 2);
  };
  const readGap = (text: string) => {
    if (text !== '') throw malformed('a chunk is longer than it says');
    sink.onChunk();
    expect(readHead, longestHead);
  };
  const readTrailer = (text: string) => {
    longest -= text.length + 2;
    if (trailerEnd.test(text)) {
      sink.onTrailerSignature();
      return expect(readLast, 2);
    }
    const [, name, value] = trailerField.exec(text) ?? [];
    if (name === undefined || value === undefined) throw malformed('a trailer line is not a field');
    sink.onTrailer(text, name.toLowerCase(), value);
  };
  const readLast = (text: string) => {
    if (text !== '') throw malformed('its last line is not empty');
    expect(undefined, 0);
    sink.onEnd();
  };
  let onLine: ((text: string) => void) | undefined = readHead;
  const expect = (next: typeof onLine, most: number) => {
    onLine = next;
    longest = most;
  };

  const takeLine = (bytes: Buffer, at: number): number => {
    if (onLine === undefined) throw malformed('it goes on after its end');
    const mark = bytes.indexOf(0x0a, at);
    const end = mark === -1 ? bytes.length : mark + 1;
    if (line.length + end - at > longest)
      throw malformed('a line of its framing is too long, or stands where none may');
    line += bytes.toString('latin1', at, end);
    if (mark === -1) return end;
    if (!line.endsWith('\r\n')) throw malformed('a line of its framing does not end with CRLF');
    const text = line.slice(0, -2);
    line = '';
    onLine(text);
    return end;
  };
  const takeData = (bytes: Buffer, at: number): number => {
    const end = Math.min(bytes.length, at + left);
    left -= end - at;
    sink.onData(bytes.subarray(at, end));
    if (left === 0) expect(readGap, 2);
    return end;
  };
  return {
    push(bytes) {
      for (let at = 0; at < bytes.length; ) at = left > 0 ? takeData(bytes, at) : takeLine(bytes, at);
    },
    end() {
      if (onLine !== undefined) throw malformed('it ends too early');
    },
  };
}

/** The error for content that is not framed as its head says. */
export function malformed(why: string): PaiError {
  return new PaiError('malformed_request', `the aws-chunked content cannot be signed: ${why}`);
}
