import { type RawHeaders, toPaiError, type UpstreamRequest } from '@pai/core';
import type { Call, ResponseSink } from '../upstream/call.ts';
import { type ExchangeOptions, exchange, longestContent, tooLarge } from './exchange.ts';
import { createReply } from './reply.ts';

/** Gives a request to a program, once all of its content is here, and the answer to `sink`. */
export function startProgramCall(
  request: UpstreamRequest,
  options: ExchangeOptions,
  sink: ResponseSink,
): Call {
  const { reply, resume, abandon } = createReply(sink);
  let chunks: Buffer[] = [];
  let size = 0;
  const begin = () => {
    const content = Buffer.concat(chunks);
    chunks = [];
    exchange(request, content, reply, options).catch((thrown: unknown) =>
      reply.fail(toPaiError(thrown, 'the request could not be given to its program')),
    );
  };
  if (request.body.length === 0) queueMicrotask(begin);
  return {
    write(chunk) {
      size += chunk.length;
      if (size <= longestContent) chunks.push(chunk);
      else reply.fail(tooLarge());
      return true;
    },
    end(_trailers: RawHeaders) {
      if (size <= longestContent) begin();
    },
    onDrain: () => {},
    resume,
    abort: abandon,
  };
}
