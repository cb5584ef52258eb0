/** What a path and a method name. */
export interface Routed {
  readonly action: string;
  /** Below the host, without a leading slash; empty for the host itself. */
  readonly resource: string;
  /** What else is to be read for it. */
  readonly flags: ReadonlySet<string>;
  /** The path's segments where its template has `{name}`. */
  readonly labels: ReadonlyMap<string, string>;
}

/** Finds what a method does at a path; undefined for nothing that is known. */
export type FindRoute = (method: string, segments: readonly string[]) => Routed | undefined;

interface Route {
  readonly methods: ReadonlySet<string>;
  readonly path: readonly string[];
  readonly action: string;
  readonly resource: string;
  readonly flags: ReadonlySet<string>;
}

/**
 * Compiles rows of `METHOD[,METHOD] path action resource flag…`. `{name}` in a path is one segment, and the same in the
 * resource, where `-` is the host itself; other segments compare without case. The first row that fits is taken.
 */
export function compileRoutes(prefix: string, rows: string): FindRoute {
  const routes = rows
    .trim()
    .split('\n')
    .map((row): Route => {
      const [methods = '', path = '', action = '', resource = '-', ...flags] = row.trim().split(/\s+/);
      return {
        methods: new Set(methods.split(',')),
        path: path === '-' ? [] : path.split('/'),
        action: action.startsWith('/') ? action.slice(1) : prefix + action,
        resource: resource === '-' ? '' : resource,
        flags: new Set(flags),
      };
    });
  return (method, segments) => {
    for (const route of routes) {
      const labels = route.methods.has(method) ? match(route.path, segments) : undefined;
      if (labels !== undefined) return { ...route, labels, resource: fill(route.resource, labels) };
    }
    return undefined;
  };
}

function match(path: readonly string[], segments: readonly string[]): Map<string, string> | undefined {
  if (path.length !== segments.length) return undefined;
  const labels = new Map<string, string>();
  for (const [i, piece] of path.entries()) {
    const segment = segments[i] as string;
    if (piece.startsWith('{')) labels.set(piece.slice(1, -1), segment);
    else if (piece.toLowerCase() !== segment.toLowerCase()) return undefined;
  }
  return labels;
}

function fill(template: string, labels: ReadonlyMap<string, string>): string {
  return template.replace(/\{(\w+)\}/g, (_, name: string) => labels.get(name) ?? '');
}
