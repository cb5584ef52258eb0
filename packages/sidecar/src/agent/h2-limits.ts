/** What an HTTP/2 agent may do on one connection; docs/limits.md says the same. Times are in milliseconds. */
export interface H2Limits {
  /** From the handshake to the connection preface and the first SETTINGS. */
  readonly prefaceDeadline: number;
  /** Without a request under way. */
  readonly idleDeadline: number;
  /** In which an agent takes none of what waits for it. */
  readonly stallDeadline: number;
  /** To the answer to a PING, which one with requests under way gets after `stallDeadline` of silence. */
  readonly pingDeadline: number;
  /** In which content of an answered request is still taken and thrown away, so that the answer is read. */
  readonly discardDeadline: number;
  /** Requests at one time. */
  readonly streams: number;
  /** Bytes of a header list, each field with 32 more (RFC 9113 section 6.5.2). Twice as much is read, to refuse it. */
  readonly headerBytes: number;
  /** Bytes of request content that wait on one stream. */
  readonly window: number;
  /** Requests that end in a reset: at once, and in a second after that. */
  readonly resets: Rate;
  readonly pings: Rate;
  readonly settings: Rate;
  /** Frames that are ignored: invalid ones, and DATA without data. */
  readonly invalidFrames: number;
  /** Requests above `streams`, also for a moment: Node counts what was reset until all that came with the reset is read. */
  readonly rejectedStreams: number;
  /** MiB of all that a connection holds. */
  readonly memory: number;
}

/** So many at once, and then so many a second. */
export interface Rate {
  readonly burst: number;
  readonly perSecond: number;
}

/** Wide enough for gRPC clients, which cancel by the hundred and measure their bandwidth with PINGs. */
export const defaultH2Limits: H2Limits = {
  prefaceDeadline: 10_000,
  idleDeadline: 600_000,
  stallDeadline: 300_000,
  pingDeadline: 60_000,
  discardDeadline: 5_000,
  streams: 250,
  headerBytes: 64 * 1024,
  window: 256 * 1024,
  resets: { burst: 500, perSecond: 50 },
  pings: { burst: 10_000, perSecond: 1_000 },
  settings: { burst: 100, perSecond: 10 },
  invalidFrames: 100,
  rejectedStreams: 10_000,
  memory: 32,
};

/** Says yes as often as a rate allows. */
export function createBudget({ burst, perSecond }: Rate): () => boolean {
  let left = burst;
  let last = performance.now();
  return () => {
    const now = performance.now();
    left = Math.min(burst, left + ((now - last) / 1_000) * perSecond);
    last = now;
    if (left < 1) return false;
    left -= 1;
    return true;
  };
}
