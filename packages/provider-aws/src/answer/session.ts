import { placeholderFor } from '@pai/core';

/** Credentials of a Provider that are none: what an agent gets in place of a session. */
export interface PlaceholderSession {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
  /** `2026-01-01T01:00:00Z`. */
  readonly issuedAt: string;
  readonly expiration: string;
}

const hour = 3_600_000;

/** A session that an SDK renews after an hour. `now` is in milliseconds since the epoch. */
export function placeholderSession(provider: string, now: number): PlaceholderSession {
  const placeholder = placeholderFor(provider);
  return {
    accessKeyId: placeholder,
    secretAccessKey: placeholder,
    sessionToken: placeholder,
    issuedAt: formatSeconds(now),
    expiration: formatSeconds(now + hour),
  };
}

function formatSeconds(time: number): string {
  return new Date(time).toISOString().replace(/\.\d+Z$/, 'Z');
}
