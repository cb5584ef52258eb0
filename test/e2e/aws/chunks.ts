import { createHash } from 'node:crypto';
import type { Checks, PayloadReader } from './payload.ts';
import type { Refusal, Signed } from './signature.ts';

const refusal = (code: string, message: string): Refusal => ({
  status: code === 'SignatureDoesNotMatch' ? 403 : 400,
  code,
  message,
});

const empty = createHash('sha256').digest('hex');
const longestLine = 16_384;

/**
 * Reads `aws-chunked`: `size[;chunk-signature=…]`, the bytes, and so on to size 0; then the trailer's lines
 * (https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html and …/sigv4-streaming-trailers.html).
 */
export function createChunkReader(
  { payload, signature: seed, signNext }: Signed,
  headers: ReadonlyMap<string, string>,
  checks: Checks,
): PayloadReader {
  const kind = /^STREAMING-(AWS4-HMAC-SHA256|UNSIGNED)-PAYLOAD(-TRAILER)?$/.exec(payload);
  if (kind === null) throw refusal('InvalidRequest', `${payload} is no form of a content`);
  const isSigned = kind[1] !== 'UNSIGNED';
  const trailer = new Map<string, string>();
  let state: 'head' | 'bytes' | 'break' | 'trailer' | 'ended' = 'head';
  let held: Buffer = Buffer.alloc(0);
  let [left, total, last, claimed] = [0, 0, seed, ''];
  let isLast = false;
  let hash = createHash('sha256');

  const takeLine = (): string | undefined => {
    const at = held.indexOf('\r\n');
    if (at < 0 && held.length > longestLine) throw refusal('InvalidRequest', 'a line is too long');
    if (at < 0) return undefined;
    const text = held.toString('latin1', 0, at);
    held = held.subarray(at + 2);
    return text;
  };
  const endChunk = () => {
    state = isLast && kind[2] !== undefined ? 'trailer' : 'break';
    if (!isSigned) return;
    last = signNext('AWS4-HMAC-SHA256-PAYLOAD', last, empty, hash.digest('hex'));
    if (claimed !== last)
      throw refusal('SignatureDoesNotMatch', `the signature of the chunk before ${total}`);
    hash = createHash('sha256');
  };
  const readLine = (text: string) => {
    if (state === 'head') {
      const found = /^([0-9a-fA-F]{1,8})(?:;chunk-signature=([0-9a-f]{64}))?$/.exec(text);
      if (found === null || (found[2] !== undefined) !== isSigned)
        throw refusal('InvalidRequest', `no head of a chunk: ${text.slice(0, 100)}`);
      [left, claimed, state] = [Number.parseInt(found[1] ?? '', 16), found[2] ?? '', 'bytes'];
      isLast = left === 0;
      if (isLast) endChunk();
      return;
    }
    if (state === 'trailer' && text !== '') {
      const [, name = '', value = ''] = /^([^:]+):(.*)$/.exec(text) ?? [];
      trailer.set(name.toLowerCase(), value.trim());
      return;
    }
    if (text !== '' || state === 'ended') throw refusal('InvalidRequest', `bytes after a chunk: ${text}`);
    state = isLast ? 'ended' : 'head';
  };

  return {
    *write(chunk) {
      held = held.length === 0 ? chunk : Buffer.concat([held, chunk]);
      while (held.length > 0) {
        if (state !== 'bytes') {
          const text = takeLine();
          if (text === undefined) return;
          readLine(text);
          continue;
        }
        const bytes = held.subarray(0, left);
        held = held.subarray(bytes.length);
        left -= bytes.length;
        total += bytes.length;
        if (isSigned) hash.update(bytes);
        checks.write(bytes);
        yield bytes;
        if (left === 0) endChunk();
      }
    },
    end() {
      if (state !== 'ended') throw refusal('IncompleteBody', `the chunks ended in ${state}`);
      const declared = headers.get('x-amz-decoded-content-length');
      if (declared !== undefined && Number(declared) !== total)
        throw refusal('IncompleteBody', `x-amz-decoded-content-length is ${declared}, not ${total}`);
      const signature = trailer.get('x-amz-trailer-signature');
      trailer.delete('x-amz-trailer-signature');
      const names = (headers.get('x-amz-trailer') ?? '').split(',').filter((name) => name !== '');
      if (`${names}` !== `${[...trailer.keys()]}`)
        throw refusal('MalformedTrailerError', `the trailer has ${[...trailer.keys()]}, not ${names}`);
      if (isSigned && kind[2] !== undefined) {
        const lines = [...trailer].map(([name, value]) => `${name}:${value}\n`).join('');
        const digest = createHash('sha256').update(lines).digest('hex');
        if (signature !== signNext('AWS4-HMAC-SHA256-TRAILER', last, digest))
          throw refusal('SignatureDoesNotMatch', 'the signature of the trailer');
      }
      checks.end(trailer);
    },
  };
}
