import { isPaiError, type Resolution } from '@pai/core';
import { type RequestText, requestFor } from '@pai/core/conformance';
import { withBilling } from '../../src/billing.ts';
import { resolveStorage } from '../../src/storage/resolve.ts';

/** What a request to a host of Cloud Storage resolves to; what the resolver throws is told as core tells it. */
export async function resolve(
  method: string,
  target: string,
  more: Omit<RequestText, 'url' | 'method'> & { readonly bucket?: string } = {},
): Promise<Resolution> {
  const { bucket, ...rest } = more;
  const host = bucket === undefined ? 'storage.googleapis.com' : `${bucket}.storage.googleapis.com`;
  const endpoint = { service: 'storage.googleapis.com', ...(bucket !== undefined && { bucket }) };
  try {
    const request = requestFor({ ...rest, method, url: `https://${host}${target}` });
    return withBilling(request, await resolveStorage(request, endpoint), undefined);
  } catch (thrown) {
    if (!isPaiError(thrown)) throw thrown;
    return { unresolved: thrown.message };
  }
}

/**
 * `permission resource` each, `storage.` and the root of buckets left out, with `[prefix]` behind a listing and `any` for
 * what can reach anything; why not, where it is unresolved.
 */
export function told(resolution: Resolution): readonly string[] | string {
  if ('unresolved' in resolution) return resolution.unresolved;
  return resolution.actions.map(({ name, resource, part, reach, hasNoPart }) =>
    [
      name.replace(/^storage\./, ''),
      resource?.replace(/^\/\/storage\.googleapis\.com\/(?:projects\/_\/buckets\/)?/, ''),
      part === undefined ? undefined : `[${part}]`,
      reach,
      hasNoPart === true ? 'existence' : undefined,
    ]
      .filter((text) => text !== undefined)
      .join(' '),
  );
}

/** A request with JSON as its content. */
export function json(content: unknown, headers: Readonly<Record<string, string>> = {}) {
  return { headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(content) };
}

/** Content of a multipart upload, as clients of Google write it. */
export function related(metadata: unknown, { line = '\r\n', boundary = 'b0' } = {}): string {
  return [
    `--${boundary}`,
    'Content-Type: application/json; charset=UTF-8',
    '',
    typeof metadata === 'string' ? metadata : JSON.stringify(metadata),
    `--${boundary}`,
    'Content-Type: text/plain',
    '',
    'the content',
    `--${boundary}--`,
    '',
  ].join(line);
}
