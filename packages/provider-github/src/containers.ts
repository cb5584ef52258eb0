/** What a REST path stands in: a repository, an account, or nothing in particular. */
export type Container = 'repo' | 'org' | 'enterprise' | 'user' | 'team' | 'agents' | 'root';

/** A REST path, split into its container and what comes after. */
export interface Place {
  readonly container: Container;
  /** The segments that say which one: owner and repository, an organization, a login, a number. */
  readonly identity: readonly string[];
  /** `owner/repo`, where the container says so by name. */
  readonly repository: string | undefined;
  readonly rest: readonly string[];
}

/** Splits the segments of a path, or of a template. The table of containers is rule G1 of the naming rule (docs/github.md). */
export function placeOf(segments: readonly string[]): Place {
  const first = segments[0]?.toLowerCase();
  const second = segments[1];
  if (first === 'repos' && segments.length >= 3) return named('repo', segments, 1);
  if (first === 'agents' && second?.toLowerCase() === 'repos' && segments.length >= 4) {
    return named('agents', segments, 2);
  }
  if (first === 'user') return numbered('user', segments, isNumber(second) ? 2 : 1);
  const container = first === undefined ? undefined : numberedContainers.get(first);
  return container !== undefined && second !== undefined
    ? numbered(container, segments, 2)
    : numbered('root', segments, 0);
}

const numberedContainers: ReadonlyMap<string, Container> = new Map([
  ['repositories', 'repo'],
  ['orgs', 'org'],
  ['organizations', 'org'],
  ['enterprises', 'enterprise'],
  ['users', 'user'],
  ['teams', 'team'],
]);

function named(container: Container, segments: readonly string[], at: number): Place {
  const [owner, repository] = [segments[at], segments[at + 1]] as [string, string];
  return {
    container,
    identity: [owner, repository],
    repository: `${owner}/${repository}`,
    rest: segments.slice(at + 2),
  };
}

function numbered(container: Container, segments: readonly string[], length: number): Place {
  return {
    container,
    identity: segments.slice(1, length),
    repository: undefined,
    rest: segments.slice(length),
  };
}

/** `/user/{id}` is another account; `/user/emails` is part of one's own. */
function isNumber(segment: string | undefined): boolean {
  return segment !== undefined && /^(?:\d+|\{.*\})$/.test(segment);
}
