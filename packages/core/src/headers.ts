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

/** A copy of `headers` without the hop-by-hop fields, those that `Connection` names included. `TE: trailers` stays. */
export function endToEnd(headers: ReadonlyRawHeaders): RawHeaders {
  const named = getHeaders(headers, 'connection').flatMap((value) => value.toLowerCase().split(','));
  const dropped =
    named.length === 0
      ? connectionFields
      : new Set([...connectionFields, ...named.map((name) => name.trim())]);
  const kept = withoutHeaders(headers, dropped);
  if (getHeaders(headers, 'te').some((value) => /(^|,)\s*trailers\s*(,|$)/i.test(value)))
    kept.push('te', 'trailers');
  return kept;
}

function isNamed(candidate: string | undefined, name: string): boolean {
  if (candidate === undefined || candidate.length !== name.length) return false;
  return candidate === name || candidate.toLowerCase() === name.toLowerCase();
}
