import { deleteHeader, getHeader, type RawHeaders, setHeader } from '@pai/core';
import { protocolError } from '../http1/protocol-error.ts';
import type { ResponseHeadLine } from '../http1/response-head.ts';
import { type Coding, createDecoder, type Decoder } from './decode.ts';
import type { ContentSink } from './plain.ts';
import { createPlainSink, type RedactingSink, type Redaction } from './plain.ts';

/** Sends encoded content decoded and masked, with a head that says so. */
export function createDecodedSink(coding: Coding, sink: ContentSink, redaction: Redaction): RedactingSink {
  let decoder: Decoder | undefined;
  let trailers: RawHeaders | undefined;
  const resume = () => (decoder === undefined ? redaction.onRoom() : decoder.resume());
  const plain = createPlainSink(sink, { ...redaction, onRoom: resume });
  const onData = (piece: Buffer) => {
    if (!plain.onData(piece)) decoder?.pause();
  };
  const onError = () => plain.onError(protocolError('encoded content that cannot be decoded'));
  return {
    onHead: (head) => plain.onHead(decodedHead(head)),
    onData(chunk) {
      decoder ??= createDecoder(coding, chunk, onData, onError);
      let isDone = false;
      let isLate = false;
      decoder.write(chunk, () => {
        isDone = true;
        if (isLate) redaction.onRoom();
      });
      isLate = !isDone;
      return isDone;
    },
    onEnd(last) {
      trailers = last;
      const finish = () => plain.onEnd(trailers ?? []);
      if (decoder === undefined) finish();
      else decoder.end(finish);
    },
    onError(...failure) {
      decoder?.close();
      plain.onError(...failure);
    },
    resume: plain.resume,
    close() {
      decoder?.close();
      plain.close();
    },
  };
}

/** Fields that are true of the bytes as the service sent them, and of no others (RFC 9110 section 8.8, RFC 9530). */
const byteFields = [
  'content-encoding',
  'content-length',
  'content-md5',
  'content-digest',
  'repr-digest',
  'digest',
  'accept-ranges',
];

/** The head of encoded content that is sent decoded, `length` bytes of it if that is known. */
export function decodedHead(head: ResponseHeadLine, length?: number): ResponseHeadLine {
  const headers = [...head.headers];
  for (const name of byteFields) deleteHeader(headers, name);
  if (getHeader(headers, 'etag')?.startsWith('W/') === false) deleteHeader(headers, 'etag');
  if (length !== undefined) setHeader(headers, 'content-length', String(length));
  return { ...head, headers };
}
