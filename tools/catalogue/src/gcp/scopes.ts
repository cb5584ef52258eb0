import type { SourceApi } from './discovery.ts';

const common = 'https://www.googleapis.com/auth/';

/**
 * As few scopes as let a token do everything that an API has, those that let it do the most first; none where
 * `cloud-platform` is enough. `~` stands for what most scopes begin with.
 */
export function scopesOf(versions: readonly SourceApi[]): readonly string[] {
  const all = versions.flatMap(({ methods }) => methods.map(({ scopes }) => scopes));
  let open = all.filter((one) => one.length > 0);
  const platform = `${common}cloud-platform`;
  if (open.some((scopes) => scopes.includes(platform))) return [];
  const chosen: string[] = [];
  while (open.length > 0) {
    const uses = new Map<string, number>();
    for (const scope of open.flat()) uses.set(scope, (uses.get(scope) ?? 0) + 1);
    const [best] = [...uses].sort(([a, n], [b, m]) => m - n || (a < b ? -1 : 1))[0] ?? [];
    if (best === undefined) break;
    chosen.push(best);
    open = open.filter((scopes) => !scopes.includes(best));
  }
  return chosen.map((scope) => (scope.startsWith(common) ? `~${scope.slice(common.length)}` : scope));
}
