/**
 * A `fetch` for clients of MCP that asks for the server's own stream so many times, and is told 405 (there is none) after
 * that. A server of the older transport ends with its stream, and `onEnd` hears of it: what comes back when it is asked for
 * again is another one, which nobody has opened.
 */
export function listenAtMost(
  times: 0 | 1,
  fetch: typeof globalThis.fetch,
  onEnd: () => void = () => {},
): typeof globalThis.fetch {
  let left = times as number;
  return async (input, init) => {
    const isListening = (init?.method ?? 'GET') === 'GET';
    // The rest of an answer that broke off.
    const isResuming = times === 0 && new Headers(init?.headers).has('last-event-id');
    if (!isListening || isResuming) return fetch(input, init);
    left -= 1;
    if (left >= 0) return fetch(input, init);
    onEnd();
    return new Response(null, { status: 405 });
  };
}

/** The option of that name of the MCP client: servers say how soon to ask again (`retry`), but not that it be at once. */
export function reconnectionScheduler(reconnect: () => void, delay: number): () => void {
  const timer = setTimeout(reconnect, Math.min(Math.max(delay, 1_000), 30_000)).unref();
  return () => clearTimeout(timer);
}
