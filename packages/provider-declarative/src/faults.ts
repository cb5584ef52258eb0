import { isPaiError, parseHostPattern } from '@pai/core';
import { authFaults } from './credential.ts';
import { compareTemplates } from './overlap.ts';
import type { ProviderTypeSpec, RouteSpec } from './schema.ts';
import { namesIn, type Part, readTemplate } from './template.ts';

/** What is wrong in the spec of a type, and where: keys and indexes from the spec on. */
export interface Fault {
  readonly path: readonly (string | number)[];
  readonly message: string;
}

/** Everything that is wrong in a spec that fits its schema. A type with a fault must not be used. */
export function findTypeFaults(spec: ProviderTypeSpec): readonly Fault[] {
  return [
    ...spec.hosts.flatMap(hostFaults),
    ...authFaults(spec.auth ?? []),
    ...spec.routes.flatMap((route, i) => routeFaults(route, spec.basePath ?? '', ['routes', i])),
    ...pairFaults(spec),
    ...denialFaults(spec.denial),
  ];
}

function hostFaults(host: string, i: number): Fault[] {
  try {
    parseHostPattern(host);
    return [];
  } catch (thrown) {
    if (!isPaiError(thrown)) throw thrown;
    return [{ path: ['hosts', i], message: thrown.message }];
  }
}

function routeFaults(route: RouteSpec, basePath: string, path: Fault['path']): Fault[] {
  const at = (key: string, message: string) => ({ path: [...path, key], message });
  const parts = readTemplate(basePath + route.path);
  if (typeof parts === 'string') return [at('path', `${route.path} is no template: ${parts}`)];
  const inPath = parts.flatMap((part) => (part.kind === 'static' ? [] : [part.name]));
  const inFrom = Object.keys(route.from ?? {});
  const twice = inFrom.filter((name) => inPath.includes(name));
  const resources = [route, ...(route.also ?? [])].flatMap(({ resource }) => resource ?? []);
  const used = resources.flatMap(namesIn);
  const known = [...inPath, ...inFrom];
  return [
    ...twice.map((name) => at('from', `from has ${name}, which is in the path; rename one of them`)),
    ...used
      .filter((name) => !known.includes(name))
      .map((name) => at('resource', `a resource names {${name}}, which is neither in the path nor in from`)),
    ...inFrom
      .filter((name) => !used.includes(name))
      .map((name) => at('from', `from has ${name}, which no resource names; remove it or name it`)),
    ...resources
      .filter((resource) => /[{}]/.test(resource.replaceAll(/\{[^{}]*\}/g, '')))
      .map((resource) => at('resource', `${resource} has a brace that is not in a pair; write {name}`)),
  ];
}

/** No request may fit two routes, unless one of them is the closer one for all that fit both. */
function pairFaults({ basePath = '', routes }: ProviderTypeSpec): Fault[] {
  const faults: Fault[] = [];
  const earlier = new Map<string, { route: RouteSpec; parts: readonly Part[] }[]>();
  for (const [i, route] of routes.entries()) {
    const parts = readTemplate(basePath + route.path);
    if (typeof parts === 'string') continue;
    const others = earlier.get(route.method) ?? [];
    earlier.set(route.method, others);
    for (const other of others) {
      const message = pairFault(route, other.route, compareTemplates(parts, other.parts));
      if (message !== undefined) faults.push({ path: ['routes', i, 'path'], message });
    }
    others.push({ route, parts });
  }
  return faults;
}

function pairFault(one: RouteSpec, other: RouteSpec, relation: string): string | undefined {
  const both = `${one.method} ${one.path} and ${other.path}`;
  if (relation === 'crossing') {
    return `${both} fit some of the same paths, and neither is the closer one; write one of them in full`;
  }
  if (relation !== 'same') return undefined;
  const [mine, theirs] = [one.when, other.when];
  if (mine === undefined || theirs === undefined) {
    return `${both} fit the same paths; remove one, or tell them apart by when`;
  }
  if (mine.in !== theirs.in || mine.name !== theirs.name) {
    return `${both} fit the same paths, and their when look at different places; look at one`;
  }
  return mine.is === theirs.is ? `${both} fit the same paths, and their when is the same` : undefined;
}

function denialFaults(denial: ProviderTypeSpec['denial']): Fault[] {
  if (denial === undefined) return [];
  const path = ['denial'];
  return [
    ...((denial.status ?? 403) > 499
      ? [
          {
            path: [...path, 'status'],
            message: 'spec.denial.status is over 499; a denial is no fault of the service',
          },
        ]
      : []),
    ...(JSON.stringify(denial.body).includes('{message}')
      ? []
      : [
          {
            path: [...path, 'body'],
            message: 'spec.denial.body has no {message}, so that nobody learns why; add it',
          },
        ]),
  ];
}
