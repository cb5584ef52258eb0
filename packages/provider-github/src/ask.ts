import { bodyOf, deleteHeader, PaiError, type Provider, type UpstreamRequest } from '@pai/core';
import type { ApiRoots } from './hosts.ts';

/** Asks GitHub's API something in the Provider's own name. */
export interface Ask {
  /** The JSON object at a path below the REST root; undefined when GitHub answers that it is not there or not to be read. */
  readonly rest: (path: string) => Promise<Readonly<Record<string, unknown>> | undefined>;
  /** The JSON answer to a GraphQL query. */
  readonly graphql: (query: string, variables: object) => Promise<unknown>;
}

/** How GitHub is asked. */
export interface AskOptions extends Pick<Provider, 'inject' | 'renew'> {
  readonly fetch: typeof globalThis.fetch;
  readonly api: ApiRoots;
  /** Milliseconds one question may take. Default 10,000. */
  readonly deadline?: number;
}

/** Asks with the credential that `inject` writes. Every failure but a status is a `PaiError` that says no more than that. */
export function createAsk(options: AskOptions): Ask {
  const { api } = options;
  return {
    rest: async (path) => {
      const response = await send(options, 'GET', api.rest + path, '');
      if (isNoAnswer(response)) throw failed(`it answers with status ${response.status}`);
      if (response.status !== 200) return undefined;
      return (await readJson(response)) as Readonly<Record<string, unknown>>;
    },
    graphql: async (query, variables) => {
      const response = await send(options, 'POST', api.graphql, JSON.stringify({ query, variables }));
      if (response.status === 200) return readJson(response);
      throw failed(`it answers with status ${response.status}`);
    },
  };
}

/** A credential that is refused, too many requests, or a failure, which say nothing of what was asked about. */
function isNoAnswer({ status, headers }: Response): boolean {
  const isLimited = headers.has('retry-after') || headers.get('x-ratelimit-remaining') === '0';
  return status === 401 || status === 429 || status >= 500 || (status === 403 && isLimited);
}

/** Once more after a 401, where the credential can be had anew. */
async function send(options: AskOptions, method: string, url: string, content: string): Promise<Response> {
  const { origin, hostname, port, pathname } = new URL(url);
  const request: UpstreamRequest = {
    method,
    host: hostname,
    port: Number(port === '' ? 443 : port),
    target: pathname,
    headers: ['accept', 'application/vnd.github+json', 'user-agent', 'pai'],
    body: bodyOf(content),
  };
  if (content !== '') request.headers.push('content-type', 'application/json');
  const response = await sendOnce(options, origin, request, content);
  const { status } = response;
  if (status !== 401 || (await options.renew?.(request, { status, headers: [] })) !== true) return response;
  deleteHeader(request.headers, 'authorization');
  return sendOnce(options, origin, request, content);
}

async function sendOnce(
  { fetch, inject, deadline = 10_000 }: AskOptions,
  origin: string,
  request: UpstreamRequest,
  content: string,
): Promise<Response> {
  const { method } = request;
  await inject(request);
  const headers = new Headers();
  for (let i = 0; i < request.headers.length; i += 2) {
    headers.append(request.headers[i] as string, request.headers[i + 1] as string);
  }
  try {
    const signal = AbortSignal.timeout(deadline);
    const body = content === '' ? {} : { body: content };
    return await fetch(origin + request.target, { method, headers, redirect: 'manual', signal, ...body });
  } catch (thrown) {
    throw failed('it cannot be reached', thrown);
  }
}

async function readJson(response: Response): Promise<unknown> {
  try {
    return await response.json();
  } catch (thrown) {
    throw failed('its answer cannot be read', thrown);
  }
}

function failed(why: string, cause?: unknown): PaiError {
  return new PaiError('upstream_unreachable', `GitHub cannot be asked what the request is about: ${why}`, {
    cause,
  });
}
