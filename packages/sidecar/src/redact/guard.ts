import { toPaiError } from '@pai/core';
import type { ContentSink } from './plain.ts';

/** A sink that never throws: what fails while nobody waits for it is an error of the response, and after that nothing more is passed on. */
export function guardSink(sink: ContentSink): ContentSink {
  let isOver = false;
  const attempt = <Result>(otherwise: Result, call: () => Result): Result => {
    if (isOver) return otherwise;
    try {
      return call();
    } catch (thrown) {
      isOver = true;
      sink.onError(toPaiError(thrown, 'the response could not be passed on'));
      return otherwise;
    }
  };
  return {
    onHead: (head) => attempt(undefined, () => sink.onHead(head)),
    onData: (chunk) => attempt(true, () => sink.onData(chunk)),
    onEnd(trailers) {
      attempt(undefined, () => sink.onEnd(trailers));
      isOver = true;
    },
    onError(...failure) {
      attempt(undefined, () => sink.onError(...failure));
      isOver = true;
    },
  };
}
