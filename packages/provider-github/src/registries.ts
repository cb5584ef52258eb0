import type { Action, Actions, Resolution } from '@pai/core';
import { isName } from './names.ts';

/** A registry of packages, by its protocol. */
export type Registry = 'container' | 'npm' | 'maven' | 'nuget' | 'rubygems';

/**
 * Names a request to a registry by its method: `packages:read`, `packages:create` or `packages:delete`. Its resource is
 * what comes nearest to a repository: the first two parts of a package's name, or the repository in the path (Maven).
 */
export function resolveRegistry(
  registry: Registry,
  method: string,
  segments: readonly string[],
  query: string,
): Resolution {
  const name = method === 'GET' || method === 'HEAD' ? 'packages:read' : (writes[method] ?? writes['POST']);
  return readers[registry]({ name: name as string, segments, query });
}

const writes: Readonly<Record<string, string>> = { POST: 'packages:create', DELETE: 'packages:delete' };

interface Asked {
  readonly name: string;
  readonly segments: readonly string[];
  readonly query: string;
}

const readers: Readonly<Record<Registry, (asked: Asked) => Resolution>> = {
  container: resolveContainer,
  npm: resolveNpm,
  maven: ({ name, segments: [owner, repository, ...rest] }) =>
    rest.length === 0 ? unread : { actions: [on(name, owner, repository)] },
  nuget: ({ name }) => ({ actions: [{ name, reach: 'any' }] }),
  rubygems: ({ name }) => ({ actions: [{ name, reach: 'any' }] }),
};

/** OCI Distribution Specification, section "Endpoints". */
function resolveContainer({ name, segments, query }: Asked): Resolution {
  if (segments[0] !== 'v2') return unread;
  if (segments.length === 1) return { actions: [{ name: 'packages:read' }] };
  const path = segments.slice(1).join('/');
  const [, image] =
    /^(.+)\/(?:manifests\/[^/]+|referrers\/[^/]+|tags\/list|blobs\/[^/]+|blobs\/uploads?\/[^/]+)$/.exec(
      path,
    ) ?? [];
  if (image === undefined) return unread;
  const action = onImage(name, image);
  const mounted = mountedBy(query);
  const actions: Actions = mounted === undefined ? [action] : [action, mounted];
  return { actions };
}

/** A layer may be taken over from another image, which is read by that. */
function mountedBy(query: string): Action | undefined {
  const parameters = new URLSearchParams(query.replaceAll(';', '&'));
  const from = parameters.getAll('from');
  if (from.length === 1 && parameters.getAll('mount').length === 1)
    return onImage('packages:read', from[0] ?? '');
  return from.length > 0 || parameters.has('mount') ? { name: 'packages:read', reach: 'any' } : undefined;
}

function onImage(name: string, image: string): Action {
  const [owner, first] = image.split('/');
  return on(name, owner, first);
}

/** `@owner/name`, in one segment or two; whatever names no such package can reach others. */
function resolveNpm({ name, segments }: Asked): Resolution {
  const at = segments.findIndex((segment) => segment.startsWith('@'));
  if (at === -1) {
    const isService = segments.length === 2 && /^-\/(?:whoami|ping)$/.test(segments.join('/'));
    return { actions: [isService ? { name } : { name, reach: 'any' }] };
  }
  const [owner, inside] = (segments[at] ?? '').slice(1).split('%2F');
  return { actions: [on(name, owner, inside ?? segments[at + 1])] };
}

function on(name: string, owner = '', repository = ''): Action {
  const isPlain = isName(owner) && isName(repository);
  return isPlain ? { name, resource: `${owner}/${repository}` } : { name, reach: 'any' };
}

const unread: Resolution = { unresolved: 'this is no request of the registry that is known' };
