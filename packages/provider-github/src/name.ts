import type { Container } from './containers.ts';
import { nounResource, type Resource } from './nouns.ts';
import { rerooted } from './reroot.ts';
import { type Method, type Verb, verbOf, verbOfMethod } from './verbs.ts';

/**
 * The name of a listed operation, from its container, the parts of its template after that, and its method. Undefined
 * for a noun that is in no table and cannot be part of a name.
 */
export function nameOperation(
  container: Container,
  parts: readonly string[],
  method: Method,
): string | undefined {
  const resource = resourceAt(container, parts);
  if (resource === undefined) return nameUnknownNoun(parts[0] ?? '', method);
  return nameOf(resource, verbOf(method, parts, resource.name));
}

/**
 * The names of a request that no template fits: reading is named by its noun; a write must be allowed both by its noun
 * and as administration, so that neither `deny: [issues:*]` nor `deny: [admin:*]` lets a new feature through. Empty when
 * it cannot be named.
 */
export function nameUnlisted(
  container: Container,
  segments: readonly string[],
  method: Method,
): readonly string[] {
  const resource = resourceAt(container, segments);
  const verb = verbOfMethod(method);
  if (resource === undefined) {
    const name = nameUnknownNoun(segments[0] ?? '', method);
    return name === undefined ? [] : [name];
  }
  const name = nameOf(resource, verb);
  const adminName = nameOf({ ...resource, isAdmin: true }, verb);
  return verb === 'read' || name === adminName ? [name] : [name, adminName];
}

/** The resource of a path, re-rooted where a deeper segment says so; undefined for an unknown noun. */
function resourceAt(container: Container, parts: readonly string[]): Resource | undefined {
  const noun = parts[0] ?? '';
  if (noun.startsWith('{')) return noun === '{security_product}' ? codeSecurity : undefined;
  const resource = nounResource(container, noun);
  if (resource === undefined) return undefined;
  const deeper = rerooted(parts);
  if (deeper === undefined) return resource;
  return container === 'enterprise' ? { ...deeper, isAdmin: true } : deeper;
}

/** `/orgs/{org}/{security_product}/{enablement}`, the one template that begins with a parameter. */
const codeSecurity: Resource = { name: 'code-security', isAdmin: true };

function nameOf({ name, isAdmin }: Resource, verb: Verb): string {
  const isAdministrative = isAdmin || (verb !== 'read' && administeredResources.has(name));
  return `${isAdministrative ? 'admin:' : ''}${name}:${verb}`;
}

/** Creating, deleting, renaming or transferring these is administration. */
const administeredResources: ReadonlySet<string> = new Set(['repos', 'orgs', 'users']);

function nameUnknownNoun(noun: string, method: Method): string | undefined {
  if (!/^[A-Za-z0-9_.-]+$/.test(noun)) return undefined;
  return `admin:${noun.toLowerCase().replaceAll('_', '-')}:${verbOfMethod(method)}`;
}
