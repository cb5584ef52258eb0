import type { AgentRequest, Resolution } from '@pai/core';
import { type RequestText, requestFor } from '@pai/core/conformance';
import { type CommentLookup, type Lookup, type Node, offline } from '../src/lookup.ts';
import { createResolver } from '../src/resolve.ts';

/** Names requests with nobody to ask, as `pai explain` does. */
export const resolveGitHub = createResolver(offline);

/** What a test may add to a request. */
export type RequestParts = Pick<RequestText, 'headers' | 'body'>;

/** Look-ups that know these nodes. */
export function lookupOf(nodes: Readonly<Record<string, Node>> = {}): Lookup & CommentLookup {
  return { ...offline, node: async (id) => nodes[id] };
}

/** A request as an agent would send it. `target` without a host goes to api.github.com. */
export function requestOf(method: string, target: string, parts: RequestParts = {}): AgentRequest {
  const url = target.startsWith('https://') ? target : `https://api.github.com${target}`;
  return requestFor({ method, url, ...parts });
}

/** What the request means; a malformed one is unresolved, as in the pipeline. */
export async function resolve(
  method: string,
  target: string,
  parts?: RequestParts,
  lookup: Lookup & CommentLookup = offline,
): Promise<Resolution> {
  try {
    return await createResolver(lookup)(requestOf(method, target, parts));
  } catch (thrown) {
    if ((thrown as Error).name !== 'PaiError') throw thrown;
    return { unresolved: (thrown as Error).message };
  }
}

/** The names of the actions, or `unresolved`. */
export async function namesOf(
  method: string,
  target: string,
  parts?: RequestParts,
): Promise<readonly string[] | 'unresolved'> {
  const resolution = await resolve(method, target, parts);
  return 'actions' in resolution ? resolution.actions.map(({ name }) => name) : 'unresolved';
}
