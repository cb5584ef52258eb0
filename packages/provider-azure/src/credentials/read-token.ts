/** A token as an endpoint of Azure issued it, in clear. */
export interface ReadToken {
  readonly token: string;
  /** Milliseconds since the epoch. */
  readonly expiresAt: number;
}

/**
 * The token in an answer of Entra ID or of a metadata service, which write numbers as numbers and as text; undefined when
 * there is none. `now` is in milliseconds since the epoch.
 */
export function readToken(answer: unknown, now: number): ReadToken | undefined {
  if (typeof answer !== 'object' || answer === null) return undefined;
  const { access_token: token, token_type: type, expires_in: life } = answer as Record<string, unknown>;
  const isBearer = typeof type === 'string' && type.toLowerCase() === 'bearer';
  const seconds = typeof life === 'number' || typeof life === 'string' ? Number(life) : Number.NaN;
  if (typeof token !== 'string' || !isBearer || !Number.isFinite(seconds) || life === '') return undefined;
  return { token, expiresAt: now + seconds * 1_000 };
}
