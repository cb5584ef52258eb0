/** What is seen of a server in the answers to a transport's requests. */
export interface FetchEvents {
  /** The stream of news was opened again, after some may have been missed. */
  readonly onReopened: () => void;
  /** The server does not know the session that it was asked for. */
  readonly onLost: () => void;
}

/** A `fetch` that tells what it sees, and ends whatever is under way with `life`. */
export function watchFetch(
  fetch: typeof globalThis.fetch,
  life: AbortSignal,
  { onReopened, onLost }: FetchEvents,
): typeof globalThis.fetch {
  let hasListened = false;
  return async (input, init) => {
    const signal = AbortSignal.any([life, ...(init?.signal == null ? [] : [init.signal])]);
    const response = await fetch(input, { ...init, signal });
    const headers = new Headers(init?.headers);
    if (isUnknownSession(response.status) && headers.has('mcp-session-id') && init?.method !== 'DELETE')
      onLost();
    const isListening = (init?.method ?? 'GET') === 'GET' && headers.has('mcp-session-id') && response.ok;
    if (isListening && hasListened) onReopened();
    hasListened ||= isListening;
    return response;
  };
}

/** 404 by the specification ("Session Management"); servers in use say 400 too. Neither did what was asked. */
export function isUnknownSession(status: unknown): boolean {
  return status === 404 || status === 400;
}
