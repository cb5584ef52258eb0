import type { Resolution } from '@pai/core';
import type { Lookup } from './lookup.ts';
import { isName } from './names.ts';

/**
 * Names a request to a host that takes what GitHub has signed. It carries no credential of the Provider, so that a
 * download has no resource: whoever holds the URL may read it. An upload is on the repository that its URL was signed for.
 */
export async function resolveSigned(
  request: { readonly host: string; readonly method: string; readonly query: string },
  segments: readonly string[],
  lookup: Pick<Lookup, 'repository'>,
): Promise<Resolution> {
  const { host, method } = request;
  if (method === 'GET' || method === 'HEAD') return { actions: [{ name: downloadOf(host, segments) }] };
  if (!/^(?:github-cloud\.|lfs\.)/.test(host) || method === 'DELETE') {
    return { unresolved: `${host} takes no uploads` };
  }
  const push = { name: 'contents:push', hasNoPart: true };
  const repository = host.startsWith('lfs.') ? named(segments) : await signedFor(request.query, lookup);
  return {
    actions: [repository === undefined ? { ...push, reach: 'any' } : { ...push, resource: repository }],
  };
}

function downloadOf(host: string, [first = '']: readonly string[]): string {
  if (host.startsWith('pkg-')) return 'packages:read';
  return /^github-production-release-asset/.test(first) ? 'releases:read' : 'contents:read';
}

function named([owner = '', repository = '']: readonly string[]): string | undefined {
  return isName(owner) && isName(repository) ? `${owner}/${repository}` : undefined;
}

/** GitHub signs the id of the repository into the query of what it hands out for LFS. */
async function signedFor(query: string, lookup: Pick<Lookup, 'repository'>): Promise<string | undefined> {
  const ids = new URLSearchParams(query).getAll('repo_id');
  const [id = ''] = ids;
  return ids.length === 1 && /^\d{1,15}$/.test(id) ? lookup.repository(Number(id)) : undefined;
}
