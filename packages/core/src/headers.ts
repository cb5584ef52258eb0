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
  while (kept < headers.length && !isNamed(headers[kept], name)) kept += 2;
  if (kept >= headers.length) return;
  for (let i = kept + 2; i < headers.length; i += 2) {
    if (isNamed(headers[i], name)) continue;
    headers[kept] = headers[i] as string;
    headers[kept + 1] = headers[i + 1] as string;
    kept += 2;
  }
  headers.length = kept;
}

/**
 * The spelling in which names are compared where a field is taken away: lower case, and `_` as `-`, since servers that
 * hand fields on as variables (CGI, WSGI, Rack) cannot tell the two apart.
 */
export function fieldKey(name: string): string {
  const known = commonKeys.get(name);
  if (known !== undefined) return known;
  const lower = name.toLowerCase();
  return lower.includes('_') ? lower.replaceAll('_', '-') : lower;
}

/** The keys of names that most requests and responses have, in the two spellings in which they have them. */
const commonKeys: ReadonlyMap<string, string> = new Map(
  [
    'accept accept-encoding accept-language accept-ranges access-control-allow-origin access-control-expose-headers age',
    'authorization cache-control connection content-encoding content-language content-length content-security-policy',
    'content-type cookie date etag expires host if-match if-modified-since if-none-match keep-alive last-modified link',
    'location origin pragma range referer referrer-policy retry-after server set-cookie strict-transport-security',
    'transfer-encoding user-agent vary via x-content-type-options x-frame-options x-github-api-version x-request-id',
    'x-ratelimit-limit x-ratelimit-remaining x-ratelimit-reset x-ratelimit-used x-xss-protection',
  ]
    .flatMap((line) => line.split(' '))
    .flatMap((key) => [
      [key, key],
      [key.replace(/(?<![a-z])[a-z]/g, (letter) => letter.toUpperCase()), key],
    ]),
);

/** A copy of `headers` without the fields whose {@link fieldKey} is in `names`. */
export function withoutHeaders(headers: ReadonlyRawHeaders, names: ReadonlySet<string>): RawHeaders {
  const kept: RawHeaders = [];
  for (let i = 0; i < headers.length; i += 2) {
    const name = headers[i] as string;
    if (!names.has(fieldKey(name))) kept.push(name, headers[i + 1] as string);
  }
  return kept;
}

/**
 * Fields that belong to one connection and end there (RFC 9110 section 7.6.1), and those only a proxy may write. An
 * alternative service would be reached past us.
 */
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
  'alt-svc',
]);

/** Most names are none of these by their length: the keys of names that were just read cost more than all else here. */
const connectionLengths: boolean[] = [];
for (const { length } of connectionFields) connectionLengths[length] = true;

/**
 * A copy of `headers` without the hop-by-hop fields, those that `Connection` names included, without `Alt-Svc`, and without
 * those for whose {@link fieldKey} `isUnwanted` says so. `TE: trailers` stays.
 */
export function endToEnd(headers: ReadonlyRawHeaders, isUnwanted?: (key: string) => boolean): RawHeaders {
  const named = connectionOptions(headers);
  const kept: RawHeaders = [];
  const mayBeAny = isUnwanted !== undefined || named !== undefined;
  let takesTrailers = false;
  for (let i = 0; i < headers.length; i += 2) {
    const name = headers[i] as string;
    const value = headers[i + 1] as string;
    if (!mayBeAny && connectionLengths[name.length] !== true) {
      kept.push(name, value);
      continue;
    }
    const key = fieldKey(name);
    if (key === 'te') takesTrailers ||= /(^|,)\s*trailers\s*(,|$)/i.test(value);
    const isDropped = connectionFields.has(key) || isUnwanted?.(key) === true || named?.has(key) === true;
    if (!isDropped) kept.push(name, value);
  }
  if (takesTrailers && isUnwanted?.('te') !== true) kept.push('te', 'trailers');
  return kept;
}

/**
 * A copy of `headers` without the fields that `Connection` names, save those that belong to one connection by themselves;
 * the very same where there is none of them. What goes on to the next hop has none of them either.
 */
export function withoutNamedFields(headers: ReadonlyRawHeaders): ReadonlyRawHeaders {
  const named = connectionOptions(headers);
  if (named === undefined) return headers;
  const gone = new Set([...named].filter((key) => !connectionFields.has(key)));
  return gone.size === 0 ? headers : withoutHeaders(headers, gone);
}

/** What the `Connection` fields name beside `keep-alive` and `close`; undefined when that is nothing. */
export function connectionOptions(headers: ReadonlyRawHeaders): ReadonlySet<string> | undefined {
  let options: Set<string> | undefined;
  for (let i = 0; i < headers.length; i += 2) {
    if (!isNamed(headers[i], 'connection')) continue;
    const written = headers[i + 1] as string;
    if (written === 'keep-alive' || written === 'close') continue;
    const value = written.trim().toLowerCase();
    if (value === 'keep-alive' || value === 'close') continue;
    options ??= new Set();
    for (const option of value.split(',')) options.add(fieldKey(option.trim()));
  }
  return options;
}

function isNamed(candidate: string | undefined, name: string): boolean {
  if (candidate === undefined || candidate.length !== name.length) return false;
  if (candidate === name) return true;
  // Lower-casing costs most of a search, and the first letter mostly says no.
  if ((candidate.charCodeAt(0) | 32) !== (name.charCodeAt(0) | 32)) return false;
  return candidate.toLowerCase() === name.toLowerCase();
}
