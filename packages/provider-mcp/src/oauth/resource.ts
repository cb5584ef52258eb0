/**
 * Whether tokens for `resource` are for the server at `url` too: the same origin, and its path or one above it, by whole
 * segments. Servers name themselves so (RFC 9728 section 3.3 has them the same).
 */
export function covers(resource: string, url: string): boolean {
  const [wide, narrow] = [URL.parse(resource), URL.parse(url)];
  if (wide === null || narrow === null || wide.protocol !== 'https:') return false;
  if (wide.origin !== narrow.origin || wide.username + wide.password + wide.hash !== '') return false;
  if (wide.search !== '' && wide.search !== narrow.search) return false;
  return `${narrow.pathname}/`.startsWith(wide.pathname.endsWith('/') ? wide.pathname : `${wide.pathname}/`);
}
