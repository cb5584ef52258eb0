import { formatAuthority, type RawHeaders } from '@pai/core';
import { keepCookie } from '../doors/service-cookie.ts';
import type { Place } from './place.ts';

/** How the fields of a response are to be written. */
export interface FieldOptions {
  readonly place: Place;
  /** `https://HOST`, as the client asked. */
  readonly origin: string;
  /** The client would take its key along to wherever it is led. */
  readonly isSticky: boolean;
}

/** Fields whose one URL clients follow by themselves, the last two to ask how a long operation goes (Azure REST API Guidelines). */
const locations: ReadonlySet<string> = new Set([
  'location',
  'content-location',
  'operation-location',
  'azure-asyncoperation',
]);

/**
 * The fields of a service's response with every URL that a client follows by itself leading through the gateway where the
 * gateway leads there. Of MCP servers, and for keys that clients take along, one that leads elsewhere is left out. So is what
 * would make a client log in at the service, or let web pages read the answer. Cookies are for their service alone.
 */
export function rewriteFields(headers: RawHeaders, options: FieldOptions): RawHeaders {
  const written: RawHeaders = [];
  for (let i = 0; i < headers.length; i += 2) {
    const name = headers[i] ?? '';
    const value = rewriteField(name.toLowerCase(), headers[i + 1] ?? '', options);
    if (value !== undefined) written.push(name, value);
  }
  return written;
}

/** Undefined: it is left out. */
function rewriteField(key: string, value: string, options: FieldOptions): string | undefined {
  const { place, isSticky } = options;
  const isMcp = place.base !== undefined;
  if ((isMcp && key === 'www-authenticate') || key.startsWith('access-control-')) return undefined;
  if (key === 'set-cookie') return keepCookie(value, place.root, isMcp);
  const elsewhere = (url: string) => (isSticky || isMcp ? undefined : url);
  if (locations.has(key)) return locate(value, options) ?? elsewhere(value);
  if (key !== 'link') return value;
  const links = value.split(/<([^<>]*)>/);
  const urls = links.map((text, i) => (i % 2 === 0 ? text : (locate(text, options) ?? elsewhere(text))));
  if (urls.includes(undefined)) return undefined;
  return urls.map((text, i) => (i % 2 === 0 ? text : `<${text}>`)).join('');
}

function locate(text: string, { place, origin }: FieldOptions): string | undefined {
  const base = `https://${formatAuthority(place.authority)}${place.target}`;
  if (!URL.canParse(text, base)) return undefined;
  const url = new URL(text, base);
  const path = place.pathTo(url);
  return path === undefined ? undefined : `${origin}${path}${url.hash}`;
}
