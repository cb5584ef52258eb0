import { getHeaders, type ReadonlyRawHeaders } from '@pai/core';

/**
 * Whether a connection may carry another message after one with these fields (RFC 9112 section 9.3). What only looks like
 * an option ends it.
 */
export function isPersistent(headers: ReadonlyRawHeaders, minor: 0 | 1): boolean {
  const options = getHeaders(headers, 'connection').join(',').toLowerCase();
  if (options.includes('close')) return false;
  return minor === 1 || options.split(',').some((option) => option.trim() === 'keep-alive');
}
