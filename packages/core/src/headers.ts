/**
 * Header fields as they were on the wire: `[name, value, name, value, …]`, in order, with case and duplicates kept
 * (RFC 9110 section 5). Names compare without case.
 */
export type RawHeaders = string[];

/** Read-only view of {@link RawHeaders}. */
export type ReadonlyRawHeaders = readonly string[];

/** The value of the first field called `name` (any case), or undefined. */
export function getHeader(headers: ReadonlyRawHeaders, name: string): string | undefined {
  for (let i = 0; i < headers.length; i += 2) {
    if (isNamed(headers[i], name)) return headers[i + 1];
  }
  return undefined;
}

/** The values of every field called `name` (any case), in order. */
export function getHeaders(headers: ReadonlyRawHeaders, name: string): string[] {
  const values: string[] = [];
  for (let i = 0; i < headers.length; i += 2) {
    if (isNamed(headers[i], name)) values.push(headers[i + 1] as string);
  }
  return values;
}

/** Removes every field called `name` (any case) and appends one with `value`. */
export function setHeader(headers: RawHeaders, name: string, value: string): void {
  deleteHeader(headers, name);
  headers.push(name, value);
}

/** Removes every field called `name` (any case). */
export function deleteHeader(headers: RawHeaders, name: string): void {
  let kept = 0;
  for (let i = 0; i < headers.length; i += 2) {
    if (isNamed(headers[i], name)) continue;
    headers[kept] = headers[i] as string;
    headers[kept + 1] = headers[i + 1] as string;
    kept += 2;
  }
  headers.length = kept;
}

/** A copy of `headers` without the fields whose lower-case name is in `names`. */
export function withoutHeaders(headers: ReadonlyRawHeaders, names: ReadonlySet<string>): RawHeaders {
  const kept: RawHeaders = [];
  for (let i = 0; i < headers.length; i += 2) {
    const name = headers[i] as string;
    if (!names.has(name.toLowerCase())) kept.push(name, headers[i + 1] as string);
  }
  return kept;
}

/** Fields that belong to one connection and end there (RFC 9110 section 7.6.1), and those only a proxy may write. */
const connectionFields: ReadonlySet<string> = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'transfer-encoding',
  'upgrade',
  'http2-settings',
]);

/**
 * A copy of `headers` without the hop-by-hop fields, those that `Connection` names included, and without those whose
 * lower-case name is in `others`. `TE: trailers` stays.
 */
export function endToEnd(headers: ReadonlyRawHeaders, others?: ReadonlySet<string>): RawHeaders {
  const kept: RawHeaders = [];
  let named: string[] = [];
  let takesTrailers = false;
  for (let i = 0; i < headers.length; i += 2) {
    const value = headers[i + 1] as string;
    const name = (headers[i] as string).toLowerCase();
    if (name === 'connection') named = named.concat(namesIn(value));
    if (name === 'te') takesTrailers ||= /(^|,)\s*trailers\s*(,|$)/i.test(value);
    if (!connectionFields.has(name) && others?.has(name) !== true) kept.push(headers[i] as string, value);
  }
  for (const name of named) deleteHeader(kept, name);
  if (takesTrailers) kept.push('te', 'trailers');
  return kept;
}

/** What `Connection` names beside what it usually says. */
function namesIn(connection: string): string[] {
  const names = connection.split(',').map((name) => name.trim().toLowerCase());
  return names.filter((name) => name !== 'keep-alive' && name !== 'close');
}

function isNamed(candidate: string | undefined, name: string): boolean {
  if (candidate === undefined || candidate.length !== name.length) return false;
  return candidate === name || candidate.toLowerCase() === name.toLowerCase();
}
