import { emptyHash, hashText } from './hash.ts';
import type { Signature } from './signer.ts';

/** The signatures of the chunks of one request, in their order: each goes on from the one before it. */
export interface ChunkSignatures {
  /** Characters of a signature on the wire. */
  readonly length: number;
  /** Of a chunk whose data has this hash, in lower-case hex. */
  chunk(dataHash: string): string;
  /** Of trailer fields, given by lower-case name. */
  trailer(fields: ReadonlyMap<string, string>): string;
}

/** How long ECDSA's signatures are made, which are shorter by chance. */
const paddedLength = 144;

/** Goes on from the signature of the request (Amazon S3 API Reference, "Signature calculations for trailing headers"). */
export function createChunkSignatures({
  text,
  key,
  date,
}: Pick<Signature, 'text' | 'key' | 'date'>): ChunkSignatures {
  let last = text;
  const length = key.algorithm === 'AWS4-ECDSA-P256-SHA256' ? paddedLength : 64;
  const next = (kind: string, content: string) => {
    last = key.sign(`${key.algorithm}-${kind}\n${date}\n${key.scope}\n${last}\n${content}`);
    return last.padEnd(length, '*');
  };
  return {
    length,
    chunk: (dataHash) => next('PAYLOAD', `${emptyHash}\n${dataHash}`),
    trailer: (fields) => {
      const lines = [...fields].map(([name, value]) => `${name}:${value}\n`);
      return next('TRAILER', hashText(lines.sort().join('')));
    },
  };
}
