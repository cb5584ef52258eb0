import type { RawHeaders } from '@pai/core';
import type { Exchange } from './exchange.ts';

/** The exchange with the fields of its answer rewritten, whether that is content or a switch of protocols. */
export function rewriteAnswer(exchange: Exchange, rewrite: (headers: RawHeaders) => RawHeaders): Exchange {
  const { switchTo } = exchange;
  return {
    ...exchange,
    start: (status, headers, isEmpty) => exchange.start(status, rewrite(headers), isEmpty),
    ...(switchTo !== undefined && { switchTo: (headers) => switchTo(rewrite(headers)) }),
  };
}
