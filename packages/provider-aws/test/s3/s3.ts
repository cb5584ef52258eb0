import { isPaiError, type Resolution } from '@pai/core';
import { type RequestText, requestFor } from '@pai/core/conformance';
import type { Endpoint } from '../../src/endpoint.ts';
import { resolveS3, type S3Config } from '../../src/s3/resolve.ts';

/** An endpoint of S3 in us-east-1 with these labels left of its family. */
export function endpointOf(
  service: string,
  labels: readonly string[] = [],
  more: Partial<Endpoint> = {},
): Endpoint {
  return {
    service,
    models: [],
    signingName: 's3',
    region: 'us-east-1',
    partition: 'aws',
    labels,
    algorithm: 'sigv4',
    isGlobal: false,
    ...more,
  };
}

/** What a request to a host of S3 resolves to; what the resolver throws is told as core tells it. */
export async function resolveAt(
  endpoint: Endpoint,
  text: Omit<RequestText, 'url'> & { readonly target: string },
  config: S3Config = {},
): Promise<Resolution> {
  const { target, ...rest } = text;
  const request = requestFor({ ...rest, url: `https://s3.us-east-1.amazonaws.com${target}` });
  try {
    return await resolveS3(request, endpoint, config);
  } catch (thrown) {
    if (!isPaiError(thrown)) throw thrown;
    return { unresolved: thrown.message };
  }
}

/** The same for the bucket `my-bucket`, named by the host. */
export function resolve(
  method: string,
  target: string,
  more: Omit<RequestText, 'url' | 'method'> = {},
): Promise<Resolution> {
  return resolveAt(endpointOf('s3', ['my-bucket']), { method, target, ...more });
}

/** `name resource`, with `[part]` behind a listing and `any` for what can reach anything; why not, where it is unresolved. */
export function told(resolution: Resolution): readonly string[] | string {
  if ('unresolved' in resolution) return resolution.unresolved;
  return resolution.actions.map(({ name, resource, part, reach }) =>
    [name, resource, part === undefined ? undefined : `[${part}]`, reach]
      .filter((text) => text !== undefined)
      .join(' '),
  );
}
