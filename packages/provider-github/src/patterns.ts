import { verbs } from './verbs.ts';

/**
 * The canonical patterns behind what users may write: `pulls:write` is every verb of `pulls` but `read`, `repo:delete`
 * is `admin:repos:delete`, `admin:hooks` is `admin:hooks:*`. Anything else stands for itself.
 */
export function patternsOf(pattern: string): readonly string[] {
  const lower = pattern.toLowerCase();
  const alias = aliases.get(lower);
  if (alias !== undefined) return [alias];
  const written = /^(.+):write$/.exec(lower)?.[1];
  if (written !== undefined) return writesOf(written);
  return /^admin:[^:*]+$/.test(lower) ? [`${lower}:*`] : [pattern];
}

const aliases: ReadonlyMap<string, string> = new Map([
  ['repo:read', 'repos:read'],
  ['repo:delete', 'admin:repos:delete'],
  ['org:read', 'orgs:read'],
  ['org:update', 'admin:orgs:update'],
]);

/** All verbs, not only those the resource has today, so that a deny also holds for tomorrow's. */
function writesOf(resource: string): readonly string[] {
  const canonical = canonicalWrites.get(resource) ?? resource;
  const names = verbs.filter((verb) => verb !== 'read').map((verb) => `${canonical}:${verb}`);
  return mutating.has(canonical) ? [...names, 'admin:graphql:*'] : names;
}

/** Writing to repositories, organizations and users themselves is administration. */
const canonicalWrites: ReadonlyMap<string, string> = new Map([
  ['repos', 'admin:repos'],
  ['repo', 'admin:repos'],
  ['orgs', 'admin:orgs'],
  ['org', 'admin:orgs'],
  ['users', 'admin:users'],
  ['admin', 'admin:*'],
]);

/** Patterns that cover GraphQL mutations without a name of their own, which have no verb. */
const mutating: ReadonlySet<string> = new Set(['*', 'admin:*', 'admin:graphql']);
