import { compareTemplates } from '../overlap.ts';
import type { ProviderTypeSpec, RouteSpec } from '../schema.ts';
import { type Part, readTemplate } from '../template.ts';
import { nodeOf, textOf, unusable } from './document.ts';
import { actionOf, haveIds, type Naming, resourceOf } from './naming.ts';
import { operationsOf } from './operations.ts';
import { slotsFrom } from './security.ts';
import { serversOf } from './servers.ts';

/** What a start is made with. */
export interface OpenapiOptions {
  /** `https://HOST/PATH`, in place of the servers that the document names. */
  readonly server?: string | undefined;
  /** Default: ids where every operation has one of its own, else paths. */
  readonly naming?: Naming | undefined;
}

/** A start for a type, and sentences about what is not in it or was assumed. */
export interface OpenapiResult {
  readonly spec: ProviderTypeSpec;
  readonly notes: readonly string[];
}

/**
 * Starts a type from a document of OpenAPI 3.0, 3.1 or 3.2, or of Swagger 2.0, already parsed. Throws `config_invalid`
 * for anything else, and for one of which nothing can be used.
 */
export function fromOpenapi(value: unknown, { server, naming }: OpenapiOptions = {}): OpenapiResult {
  const document = nodeOf(value);
  const version = textOf(document['openapi']) ?? textOf(document['swagger']);
  if (!/^(?:3\.[012](?:\.\d+)?|2\.0)$/.test(version ?? '')) {
    throw unusable(`its version is ${version ?? 'not there'}`, 'use OpenAPI 3.0, 3.1 or 3.2, or Swagger 2.0');
  }
  const notes: string[] = [];
  const servers = serversOf(document, server, notes);
  const operations = operationsOf(document, servers, notes);
  const chosen = naming ?? (haveIds(operations) ? 'operation-id' : 'path');
  const routes = operations.map((operation): RouteSpec => {
    const { method, path } = operation;
    const resource = resourceOf(operation);
    const action = actionOf(operation, chosen);
    return { method, path, action, ...(resource !== undefined && { resource }) };
  });
  const apart = withoutOverlaps(routes, notes);
  if (apart.length === 0) throw unusable('it has no operation that a route can name', 'see the notes');
  const { hosts, basePath } = servers;
  const title = textOf(nodeOf(document['info'])['title']);
  return {
    spec: {
      ...(title !== undefined && { description: title }),
      hosts: [...hosts],
      ...(basePath !== '' && { basePath }),
      auth: [...slotsFrom(document, notes)],
      routes: apart,
    },
    // People read them in terminals, which obey what they are told.
    notes: notes.map((note) => note.replaceAll(/\p{C}/gu, ' ')),
  };
}

/** Without those of which nobody can say which one a service would choose. */
function withoutOverlaps(routes: readonly RouteSpec[], notes: string[]): RouteSpec[] {
  const unclear = new Set<RouteSpec>();
  const earlier: { readonly route: RouteSpec; readonly parts: readonly Part[] }[] = [];
  for (const route of routes) {
    const parts = readTemplate(route.path);
    if (typeof parts === 'string') continue;
    for (const other of earlier) {
      if (other.route.method !== route.method) continue;
      if (!['same', 'crossing'].includes(compareTemplates(parts, other.parts))) continue;
      const both = `${route.method} ${route.path} and ${other.route.path}`;
      notes.push(`${both} are left out: they fit some of the same paths`);
      unclear.add(route).add(other.route);
    }
    earlier.push({ route, parts });
  }
  return routes.filter((route) => !unclear.has(route));
}
