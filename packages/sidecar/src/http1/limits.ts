/** Most bytes of a request head, its empty line included. More is refused with 431. */
export const maxRequestHead = 64 * 1024;

/** Most bytes of a response head. More is refused with 502. */
export const maxResponseHead = 256 * 1024;

/** Most fields of a response head. More is refused with 502. */
export const maxResponseFields = 512;

/** Most bytes of one line of the chunked coding, extensions included. */
export const maxChunkLine = 4 * 1024;

/** Most bytes of all chunk extensions of one message (Node's CVE-2024-22019 had no such limit). */
export const maxChunkExtensions = 16 * 1024;

/** Most bytes of a trailer section. */
export const maxTrailers = 64 * 1024;

/** Most interim responses (1xx) before a response. */
export const maxInterim = 16;

/** Seconds an agent's connection is kept for its next request. */
export const keepAliveSeconds = 75;
