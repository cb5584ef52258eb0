import { formatAuthority, type RawHeaders } from '@pai/core';
import type { Place } from './place.ts';

/** How the fields of a response are to be written. */
export interface FieldOptions {
  readonly place: Place;
  /** `https://HOST`, as the client asked. */
  readonly origin: string;
  /** The client would take its key along to wherever it is led. */
  readonly isSticky: boolean;
}

/**
 * The fields of a service's response with every URL that a client follows by itself leading through the gateway where the
 * gateway leads there. Of MCP servers, and for keys that clients take along, one that leads elsewhere is left out. What
 * would make a client log in at the service is left out too.
 */
export function rewriteFields(headers: RawHeaders, options: FieldOptions): RawHeaders {
  const { place, isSticky } = options;
  const isClosed = isSticky || place.base !== undefined;
  const written: RawHeaders = [];
  for (let i = 0; i < headers.length; i += 2) {
    const name = headers[i] ?? '';
    const value = headers[i + 1] ?? '';
    const key = name.toLowerCase();
    if (key === 'www-authenticate' && place.base !== undefined) continue;
    if (key === 'link') {
      const rewrite = (_: string, url: string) => `<${locate(url, options) ?? url}>`;
      written.push(name, value.replace(/<([^<>]*)>/g, rewrite));
      continue;
    }
    if (key !== 'location' && key !== 'content-location') {
      written.push(name, value);
      continue;
    }
    const located = locate(value, options);
    if (located !== undefined) written.push(name, located);
    else if (!isClosed) written.push(name, value);
  }
  return written;
}

function locate(text: string, { place, origin }: FieldOptions): string | undefined {
  const base = `https://${formatAuthority(place.authority)}${place.target}`;
  if (!URL.canParse(text, base)) return undefined;
  const url = new URL(text, base);
  const path = place.pathTo(url);
  return path === undefined ? undefined : `${origin}${path}${url.hash}`;
}
