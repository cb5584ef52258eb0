import { isPaiError, PaiError } from './errors.ts';
import type { UpstreamRequest } from './request.ts';
import type { Secret } from './secret.ts';

/** A token that a service issued for a while. */
export interface IssuedToken {
  readonly secret: Secret;
  /** Milliseconds since the epoch. */
  readonly expiresAt: number;
}

/** How tokens are had. */
export interface TokenSourceOptions {
  /** What people call the token, e.g. `github-app/installation`. Not confidential. */
  readonly name: string;
  /** Gets a new token; gives up when its signal says so. What it throws must hold no secret. */
  readonly fetch: (signal: AbortSignal) => Promise<IssuedToken>;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Ends the source: nothing is fetched any more, and who waits for a token is told. */
  readonly signal: AbortSignal;
  /** Milliseconds before its expiry from which a token is renewed; at most a quarter of its life. Default 300,000. */
  readonly margin?: number;
  /** Milliseconds one fetch may take. Default 30,000. */
  readonly timeout?: number;
  /** From 0 up to 1. Default `Math.random`. */
  readonly random?: () => number;
}

/** Tokens that are fetched, kept while they hold, and renewed before they end. */
export interface TokenSource {
  /** A token that holds. Rejects with the last failure while none can be had. */
  get(): Promise<Secret>;
  /**
   * A token in place of one that the service refused: it gives `stale` back when that is so new that another would be
   * refused too. Rejects as `get` does.
   */
  renew(stale: Secret): Promise<Secret>;
}

/** Milliseconds to the first new try after a failure; they double with each that follows. */
const firstBackoff = 1_000;
const longestBackoff = 60_000;
/** Milliseconds before its end, by our clock, in which a token is not given if another can be had: services count otherwise. */
const lastMoments = 10_000;
/** Milliseconds that a token stays after one was refused, however often the service refuses it. */
const renewInterval = 10_000;
/** Node's timers run at once for anything longer. */
const longestTimer = 2 ** 31 - 1;

interface HeldToken extends IssuedToken {
  readonly issuedAt: number;
  readonly dueAt: number;
  /** From then on only what cannot be had anew. */
  readonly endingAt: number;
  isUsed: boolean;
}

/**
 * One fetch for all who ask at the same time. A token in use is renewed in the background before its end, at a moment
 * that differs between sources; a failure is told to everyone for a short time that doubles, and while the old token
 * holds nobody hears of it. No timer keeps the process alive.
 */
export function createTokenSource(options: TokenSourceOptions): TokenSource {
  const { name, now, signal, margin = 300_000, random = Math.random } = options;
  let held: HeldToken | undefined;
  let pending: Promise<HeldToken> | undefined;
  let failure: { readonly error: PaiError; readonly since: number; readonly delay: number } | undefined;
  let failures = 0;
  let renewedAt = Number.NEGATIVE_INFINITY;
  let timer: NodeJS.Timeout | undefined;
  signal.addEventListener('abort', () => clearTimeout(timer), { once: true });

  /** Milliseconds for which a failure is still told; zero: none is. */
  const backoff = () => {
    if (failure === undefined) return 0;
    const elapsed = now() - failure.since;
    return elapsed >= 0 ? Math.max(0, failure.delay - elapsed) : 0;
  };
  const isDue = ({ issuedAt, dueAt }: HeldToken) => now() >= dueAt || now() < issuedAt;

  const schedule = (delay: number) => {
    clearTimeout(timer);
    const later = () => (delay > longestTimer ? schedule(delay - longestTimer) : refresh());
    if (!signal.aborted) timer = setTimeout(later, Math.min(delay, longestTimer)).unref();
  };
  const keep = ({ secret, expiresAt }: IssuedToken) => {
    const issuedAt = now();
    const life = expiresAt - issuedAt;
    if (!(life > 0)) throw unavailable(name, 'was issued with no time left to use it');
    const lead = Math.min(margin, life / 4) * (1 + random() / 2);
    const endingAt = expiresAt - Math.min(lastMoments, lead / 2);
    held = { secret, expiresAt, issuedAt, dueAt: expiresAt - lead, endingAt, isUsed: false };
    schedule(life - lead);
    return held;
  };
  const renewNow = () => {
    pending ??= issue(options)
      .then(keep)
      .then(
        (token) => {
          failures = 0;
          failure = undefined;
          return token;
        },
        (thrown: unknown) => {
          const longest = Math.min(firstBackoff * 2 ** failures, longestBackoff);
          failures += 1;
          const error = explain(name, thrown);
          failure = { error, since: now(), delay: longest * (1 - random() / 2) };
          throw error;
        },
      )
      .finally(() => {
        pending = undefined;
      });
    return pending;
  };
  const refresh = () => {
    if (signal.aborted || held?.isUsed !== true || pending !== undefined) return;
    // What ended with nobody asking is asked for by the next who does.
    if (now() >= held.expiresAt) return;
    const rest = backoff();
    // A timer may be a moment early.
    if (rest > 0) schedule(rest);
    else renewNow().catch(() => schedule(failure?.delay ?? firstBackoff));
  };
  const fetchOne = async () => {
    const error = signal.aborted ? ended(name) : backoff() > 0 ? failure?.error : undefined;
    if (error !== undefined && pending === undefined) throw error;
    const first = await renewNow();
    // A machine that slept meanwhile wakes up after the token's end.
    const token = now() < first.expiresAt ? first : await renewNow();
    if (now() >= token.expiresAt) throw unavailable(name, 'ended before it could be used');
    token.isUsed = true;
    return token.secret;
  };

  return {
    async get() {
      if (held === undefined || now() >= held.expiresAt) return fetchOne();
      const { secret, expiresAt, endingAt } = held;
      held.isUsed = true;
      if (isDue(held)) refresh();
      if (now() < endingAt) return secret;
      return fetchOne().catch((thrown: unknown) => {
        if (now() >= expiresAt) throw thrown;
        return secret;
      });
    },
    async renew(stale) {
      if (held !== undefined && held.secret !== stale && now() < held.expiresAt) return held.secret;
      const age = now() - renewedAt;
      const isNew = age >= 0 && age < renewInterval;
      if (isNew && pending === undefined && held?.secret === stale && now() < held.expiresAt) return stale;
      renewedAt = now();
      return fetchOne();
    },
  };
}

/**
 * The members of a Provider that put tokens on requests, and renew one that the service refuses. `sourceOf` says whose:
 * one source for all requests, or one for each audience.
 */
export function tokenInjection(
  sourceOf: TokenSource | ((request: UpstreamRequest) => TokenSource),
  write: (request: UpstreamRequest, token: Secret) => void,
): {
  readonly inject: (request: UpstreamRequest) => Promise<void>;
  readonly renew: (request: UpstreamRequest) => Promise<boolean>;
} {
  const used = new WeakMap<UpstreamRequest, { readonly source: TokenSource; readonly token: Secret }>();
  return {
    inject: async (request) => {
      const source = typeof sourceOf === 'function' ? sourceOf(request) : sourceOf;
      const token = await source.get();
      used.set(request, { source, token });
      write(request, token);
    },
    renew: async (request) => {
      const stale = used.get(request);
      return stale !== undefined && (await stale.source.renew(stale.token)) !== stale.token;
    },
  };
}

/** Ends with the source or its time, also when `fetch` does not listen. */
async function issue({ name, fetch, signal, timeout = 30_000 }: TokenSourceOptions): Promise<IssuedToken> {
  const limit = AbortSignal.any([signal, AbortSignal.timeout(timeout)]);
  const { promise, reject } = Promise.withResolvers<never>();
  const onAbort = () => reject(signal.aborted ? ended(name) : unavailable(name, 'was not issued in time'));
  limit.addEventListener('abort', onAbort, { once: true });
  try {
    return await Promise.race([promise, fetch(limit)]);
  } finally {
    limit.removeEventListener('abort', onAbort);
  }
}

function explain(name: string, thrown: unknown): PaiError {
  if (!isPaiError(thrown)) return unavailable(name, 'cannot be had', thrown);
  return thrown.code === 'credential_unavailable'
    ? thrown
    : unavailable(name, `cannot be had: ${thrown.message}`, thrown);
}

function ended(name: string): PaiError {
  return unavailable(name, 'is not fetched any more, because the configuration has changed; send it again');
}

function unavailable(name: string, why: string, cause?: unknown): PaiError {
  return new PaiError('credential_unavailable', `the token ${name} ${why}`, { cause });
}
