import { type ForwardOutcome, type RawHeaders, toPaiError, type UpstreamRequest } from '@pai/core';
import type { ResponseHeadLine } from './http1/response-head.ts';
import type { Call, ResponseSink } from './upstream/call.ts';

/** Most bytes of a refusal that are kept, to be passed on if the credential cannot be renewed. */
const longestRefusal = 64 * 1024;

/** A request whose credential can be renewed, if it can. */
interface Renewable extends Pick<ForwardOutcome, 'request' | 'event'> {
  readonly renew: ForwardOutcome['renew'] | undefined;
}

/** Sends one request; `send` of an upstream, bound. */
export type Send = (request: UpstreamRequest, sink: ResponseSink) => Call;

/**
 * Sends a request. If the service refuses the credential, that is renewed, and a request whose content is all in memory
 * is sent once more; a refusal was not acted upon, whatever the method. Otherwise the refusal goes on.
 */
export function sendRenewing({ request, event, renew }: Renewable, send: Send, sink: ResponseSink): Call {
  if (renew === undefined) return send(request, sink);
  let call: Call | undefined;
  let isAborted = false;
  let refusal: Refusal | undefined;
  let drains: (() => void)[] | undefined;

  const replay = async (kept: Refusal, renewal: Promise<UpstreamRequest | undefined>) => {
    const renewed = await renewal;
    if (isAborted) return;
    refusal = undefined;
    if (renewed === undefined) {
      kept.passOn();
      return call?.resume();
    }
    call?.abort();
    event.replayed = true;
    call = send(renewed, sink);
    for (const listener of drains ?? []) listener();
    if (renewed.body.length === 0) return;
    call.write(await renewed.body.bytes(Number.POSITIVE_INFINITY));
    call.end([...renewed.body.trailers()]);
  };

  call = send(request, {
    onInterim: sink.onInterim,
    onSwitch: sink.onSwitch,
    onHead(head, isEmpty) {
      const renewal = renew(head)?.catch(() => undefined);
      if (renewal === undefined || !request.body.isHeld()) return sink.onHead(head, isEmpty);
      refusal = createRefusal(head, sink, isEmpty);
      replay(refusal, renewal).catch((thrown: unknown) =>
        sink.onError(toPaiError(thrown, 'the request could not be sent again')),
      );
    },
    onData: (chunk) => (refusal ?? sink).onData(chunk),
    onEnd: (trailers) => (refusal ?? sink).onEnd(trailers),
    onError: (...failure) => (refusal ?? sink).onError(...failure),
  });
  const first = call;
  return {
    // The content of a second request is written here; the first's writer may still be at it.
    write: (chunk) => call !== first || first.write(chunk),
    end: (trailers) => void (call === first && first.end(trailers)),
    onDrain(listener) {
      drains ??= [];
      drains.push(listener);
      first.onDrain(listener);
    },
    resume: () => (refusal === undefined ? call?.resume() : undefined),
    abort() {
      isAborted = true;
      call?.abort();
    },
  };
}

/** A refusal that is kept until it is known what becomes of it. */
interface Refusal extends Pick<ResponseSink, 'onData' | 'onEnd' | 'onError'> {
  passOn(): void;
}

function createRefusal(head: ResponseHeadLine, sink: ResponseSink, isEmpty: boolean | undefined): Refusal {
  const chunks: Buffer[] = [];
  let size = 0;
  let finish = () => {};
  return {
    onData(chunk) {
      chunks.push(Buffer.from(chunk));
      size += chunk.length;
      return size < longestRefusal;
    },
    onEnd(trailers: RawHeaders) {
      finish = () => sink.onEnd(trailers);
    },
    onError(...failure) {
      finish = () => sink.onError(...failure);
    },
    passOn() {
      sink.onHead(head, isEmpty);
      for (const chunk of chunks) sink.onData(chunk);
      finish();
    },
  };
}
