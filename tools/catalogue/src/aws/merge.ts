import type { SourceOperation, SourceService } from './source.ts';

/** A service without its prefix, as one package describes it in one API version. */
export type Description = Omit<SourceService, 'prefix'>;

/** A service of all its descriptions. */
export interface Merged extends Omit<Description, 'operations'> {
  readonly operations: readonly MergedOperation[];
  /** Every name under which a description has its hosts. */
  readonly endpointPrefixes: readonly string[];
}

/** An operation with every route that a description has for it, the newest first. */
export interface MergedOperation extends SourceOperation {
  readonly routes: readonly { readonly method: string; readonly template: string }[];
}

/** Merges descriptions of one service, the newest first: its operation wins, older ones add operations, routes and targets. */
export function mergeService(descriptions: readonly [Description, ...Description[]]): Merged {
  const [newest] = descriptions;
  const operations = new Map<string, MergedOperation>();
  for (const { operations: found } of descriptions) {
    for (const operation of found) {
      const known = operations.get(operation.name);
      const routes = withRoute(known ?? { ...operation, routes: [] }, operation);
      operations.set(operation.name, { ...(known ?? operation), routes });
    }
  }
  const all = <T>(pick: (description: Description) => readonly T[]) => [
    ...new Set(descriptions.flatMap(pick)),
  ];
  return {
    ...newest,
    protocols: all(({ protocols }) => protocols),
    versions: all(({ versions }) => versions).sort(),
    targets: all(({ targets }) => targets).sort(),
    endpointPrefixes: all(({ endpointPrefix }) => [endpointPrefix]),
    operations: [...operations.values()].sort((a, b) => (a.name < b.name ? -1 : 1)),
  };
}

function withRoute(known: MergedOperation, { route }: SourceOperation): MergedOperation['routes'] {
  if (route === undefined) return known.routes;
  const template = plain(route.template);
  const [first] = known.routes;
  if (
    known.routes.some((one) => one.method === route.method && shapeOf(one.template) === shapeOf(template))
  ) {
    return known.routes;
  }
  const renamed = first === undefined ? template : renameLabels(template, first.template);
  return [...known.routes, { method: route.method, template: renamed }];
}

/** Without a trailing slash, which clients write and leave out as they like. */
function plain(template: string): string {
  const [path = '', query] = template.split('?');
  const trimmed = path.length > 1 ? path.replace(/\/$/, '') : path;
  return query === undefined ? trimmed : `${trimmed}?${query}`;
}

function shapeOf(template: string): string {
  return template.replace(/\{[^}+]*/g, '{');
}

/** Older descriptions call labels otherwise than the members of the newest input: the newest names, by place. */
function renameLabels(template: string, newest: string): string {
  const names = newest.match(/\{[^}+]*/g) ?? [];
  if (names.length !== (template.match(/\{/g) ?? []).length) return template;
  let index = 0;
  return template.replace(/\{[^}+]*/g, (name) => names[index++] ?? name);
}
