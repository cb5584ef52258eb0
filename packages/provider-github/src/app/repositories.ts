/** Most repositories that one token can be limited to. Source: https://docs.github.com/rest/apps/apps */
const most = 500;

/**
 * The names, without owner, of the repositories that a scope lists, for a token of an installation, which is on one
 * account. Undefined when there is no such list: a pattern with `*`, more than one owner, more than 500, or none.
 */
export function repositoriesFor(scope: readonly string[] = []): readonly string[] | undefined {
  const owners = new Set(scope.map((pattern) => pattern.split('/')[0]?.toLowerCase()));
  const names = new Map(scope.map((pattern) => [pattern.toLowerCase(), pattern.split('/')[1] ?? '']));
  const isList = owners.size === 1 && names.size <= most && !scope.some((pattern) => pattern.includes('*'));
  return isList ? [...names.values()] : undefined;
}
