import { type AuthInjector, type Secret, setHeader } from '@pai/core';

/** Writes HTTP Basic authentication (RFC 7617) with the key as user and no password. */
export function keyInjector(key: Secret): AuthInjector {
  return ({ headers }) => {
    setHeader(headers, 'authorization', `Basic ${Buffer.from(`${key.reveal()}:`).toString('base64')}`);
  };
}
