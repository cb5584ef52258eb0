/** Paths that were added lately. */
export interface RecentPaths {
  readonly add: (path: string) => void;
  readonly has: (path: string) => boolean;
}

/** Remembers the last `most` paths. */
export function createRecentPaths(most = 10_000): RecentPaths {
  const paths = new Set<string>();
  return {
    has: (path) => paths.has(path),
    add: (path) => {
      paths.delete(path);
      paths.add(path);
      if (paths.size <= most) return;
      const [oldest] = paths;
      if (oldest !== undefined) paths.delete(oldest);
    },
  };
}
