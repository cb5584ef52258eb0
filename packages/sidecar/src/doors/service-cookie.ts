import type { RawHeaders } from '@pai/core';

/**
 * A `Set-Cookie` for what is below `root` alone, and there for the path that it names unless it `isWhole`. Where many services
 * have one host, each would get the others' cookies otherwise (RFC 6265 section 5.4).
 */
export function keepCookie(value: string, root: string, isWhole = false): string {
  const [pair = '', ...attributes] = value.split(';');
  const isPlace = (text: string) => /^\s*(?:domain|path)\s*(?:=|$)/i.test(text);
  const last = attributes.findLast((text) => /^\s*path\b/i.test(text)) ?? '';
  const [, path = ''] = /^\s*path\s*=\s*(\/\S*)\s*$/i.exec(last) ?? [];
  const below = isWhole ? '' : path.replace(/\/$/, '');
  return [pair, ...attributes.filter((text) => !isPlace(text)), ` Path=${root}${below}`].join(';');
}

/** The fields of an answer with every cookie in its place. */
export function keepCookies(headers: RawHeaders, root: string): RawHeaders {
  const isCookie = (i: number) => i % 2 === 1 && headers[i - 1]?.toLowerCase() === 'set-cookie';
  return headers.map((text, i) => (isCookie(i) ? keepCookie(text, root) : text));
}
