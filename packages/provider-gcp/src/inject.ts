import {
  bodyOf,
  getHeader,
  PaiError,
  type Provider,
  printable,
  readDecoded,
  readGrpcStatus,
  readMediaType,
  setHeader,
  tokenInjection,
  type UpstreamRequest,
} from '@pai/core';
import { isBatch, longestBatch, withoutPartCredentials } from './batch.ts';
import type { GcpCredentials } from './credentials/credentials.ts';
import type { GcpEndpoint } from './endpoint.ts';
import { endpointAt } from './resolve.ts';

/** What putting tokens on requests needs. */
export interface InjectionOptions {
  readonly credentials: GcpCredentials;
  /** What a host is; undefined for a host that no credential may go to. */
  readonly endpointOf: (host: string) => GcpEndpoint | undefined;
}

/**
 * The members of a Provider that put Google's tokens on requests, and renew one that is refused. `inject` throws
 * `destination_forbidden` for a host that is none of Google's APIs.
 */
export function createInjection({
  credentials,
  endpointOf,
}: InjectionOptions): Pick<Provider, 'inject' | 'renew' | 'isRefusal'> {
  const known = ({ host, target }: UpstreamRequest): GcpEndpoint => {
    const endpoint = endpointOf(host);
    if (endpoint === undefined) throw forbidden(host);
    return endpointAt(endpoint, pathOf(target));
  };
  const { inject, renew } = tokenInjection(
    (request) => credentials.sourceFor(known(request)),
    (request, token) => {
      setHeader(request.headers, 'authorization', `Bearer ${token.reveal()}`);
      const { quotaProject } = credentials;
      if (quotaProject === undefined || getHeader(request.headers, quotaField) !== undefined) return;
      setHeader(request.headers, quotaField, quotaProject);
    },
  );
  return {
    inject: async (request) => {
      if (isBatch({ method: request.method, path: pathOf(request.target) }, known(request))) {
        await emptyParts(request);
      }
      await inject(request);
    },
    renew,
    isRefusal: ({ status, headers }) => status === 401 || readGrpcStatus(headers) === unauthenticated,
  };
}

function pathOf(target: string): string {
  return target.split('?', 1)[0] ?? target;
}

/** The credentials of a batch's parts are the agent's too. */
async function emptyParts(request: UpstreamRequest): Promise<void> {
  const content = await readDecoded(request, longestBatch);
  const emptied = withoutPartCredentials(content, readMediaType(request));
  if (emptied.equals(content)) return;
  if (getHeader(request.headers, 'content-encoding') !== undefined) {
    throw new PaiError(
      'malformed_request',
      'the batch has parts with an Authorization of their own and is encoded; send it without content-encoding',
    );
  }
  request.body = bodyOf(emptied);
}

/** The project that a call is counted and paid for; one that the agent names was judged. */
const quotaField = 'x-goog-user-project';

/** grpc/grpc, doc/statuscodes.md; in the head of a response it is the whole of it. */
const unauthenticated = 16;

function forbidden(host: string): PaiError {
  return new PaiError(
    'destination_forbidden',
    `${printable(host)} is no host of a Google API, so that no credential goes there; use the API's own host`,
  );
}
