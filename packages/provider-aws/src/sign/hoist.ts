import { getHeaders, PaiError, printable, type UpstreamRequest } from '@pai/core';

/**
 * Moves the `x-amz-*` parameters that a presigned URL of S3 has in place of headers back into the headers, and takes
 * `Expires` of older presigned URLs away. What else the target has stays, byte for byte. Throws `malformed_request` for a
 * parameter that the headers contradict, or that no header can hold.
 */
export function hoistQuery(request: Pick<UpstreamRequest, 'target' | 'headers'>): void {
  const { target, headers } = request;
  const mark = target.indexOf('?');
  if (mark === -1 || !/(?:^|[?&])(?:x|expires|%)/i.test(target.slice(mark))) return;
  const parts = target.slice(mark + 1).split('&');
  const kept = parts.filter((part) => {
    const [[name, value] = ['', '']] = new URLSearchParams(`&${part}`);
    const key = name.toLowerCase();
    if (key === 'expires') return false;
    if (!key.startsWith('x-amz-')) return true;
    if (part.includes('+')) throw refused(name, 'has a + that is a space to some; write %20 or %2B');
    hoist(headers, key, value);
    return false;
  });
  if (kept.length === parts.length) return;
  request.target = target.slice(0, mark) + (kept.length === 0 ? '' : `?${kept.join('&')}`);
}

function hoist(headers: string[], name: string, value: string): void {
  if (!/^[a-z0-9-]+$/.test(name) || !/^[\t\x20-\x7e\x80-\uffff]*$/.test(value) || value.includes('\ufffd')) {
    throw refused(name, 'is nothing that a header can hold; leave it out');
  }
  const bytes = Buffer.from(value).toString('latin1');
  const present = getHeaders(headers, name);
  if (present.length === 0) headers.push(name, bytes);
  else if (present.length > 1 || present[0] !== bytes) throw refused(name, 'has two values; send it once');
}

function refused(name: string, why: string): PaiError {
  return new PaiError('malformed_request', `the query parameter ${printable(name)} ${why}`);
}
