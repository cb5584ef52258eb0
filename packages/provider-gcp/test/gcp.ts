import { type AgentRequest, bodyOf, type Resolution, splitTarget } from '@pai/core';
import { readEndpoint } from '../src/hosts.ts';
import { createResolver } from '../src/resolve.ts';

/** What a test says of a request. */
export interface Sent {
  readonly method?: string;
  readonly headers?: readonly string[];
  readonly body?: string | object;
}

/** A request as an agent sends it to `url`. */
export function requestTo(url: string, { method = 'GET', headers = [], body = '' }: Sent = {}): AgentRequest {
  const [, host = '', target = '/'] = /^https:\/\/([^/]+)(.*)$/.exec(url) ?? [];
  const content = typeof body === 'string' ? body : JSON.stringify(body);
  const type = typeof body === 'string' ? [] : ['content-type', 'application/json'];
  return {
    id: 'r',
    method,
    host,
    port: 443,
    target,
    ...splitTarget(target),
    headers: [...type, ...headers],
    protocol: 'h1',
    body: bodyOf(content),
  };
}

/** The resolver, with storage and gRPC left out, which have tests of their own. */
export const resolve = createResolver({
  readEndpoint,
  resolveStorage: ({ method, path }) => ({ actions: [{ name: `storage ${method} ${path}` }] }),
  resolveGrpc: () => ({ unresolved: 'gRPC' }),
});

/** The actions of a request as text, `name resource`, with `part` and `reach`; or why there are none. */
export async function meaningOf(url: string, sent?: Sent): Promise<readonly string[] | string> {
  return shown(await resolve(requestTo(url, sent)));
}

/** A resolution as text. */
export function shown(resolution: Resolution): readonly string[] | string {
  if ('unresolved' in resolution) return resolution.unresolved;
  return resolution.actions.map(({ name, resource, part, reach }) =>
    [name, resource, part === undefined ? undefined : `part=${part}`, reach]
      .filter((one) => one !== undefined)
      .join(' '),
  );
}
