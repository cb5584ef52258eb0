import { type Role, roleOf } from './hosts.ts';

/** What a request speaks to, and the path after what says so. */
export interface Door {
  readonly kind: Exclude<Role, 'server'> | 'graphql';
  readonly segments: readonly string[];
}

/** Finds the door of a host and the segments of a path. The resolver and the injector both go by it. */
export function doorOf(host: string, segments: readonly string[]): Door {
  const role = roleOf(host);
  if (role === 'rest') return apiDoor(segments);
  if (role !== 'server') return { kind: role, segments };
  const [first, second] = segments.slice(0, 2).map((segment) => segment.toLowerCase());
  if (first === 'manage' || first === 'setup') return { kind: 'rest', segments };
  if (first === 'raw' || first === 'codeload' || first === 'gist') {
    return { kind: first, segments: segments.slice(1) };
  }
  if (first !== 'api') return { kind: 'web', segments };
  if (second === 'v3' || second === 'uploads') return apiDoor(segments.slice(2));
  return { kind: isGraphql(segments.slice(1)) ? 'graphql' : 'web', segments };
}

function apiDoor(segments: readonly string[]): Door {
  return { kind: isGraphql(segments) ? 'graphql' : 'rest', segments };
}

function isGraphql(segments: readonly string[]): boolean {
  return segments.length === 1 && segments[0]?.toLowerCase() === 'graphql';
}
