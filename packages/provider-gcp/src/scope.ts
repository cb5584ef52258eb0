import { type Action, printable, type ScopeChecker } from '@pai/core';
import { createScope } from '@pai/policy';
import { compileGcpPattern, type ResourcePattern } from './resource-pattern.ts';
import { bucketsRoot } from './storage/names.ts';

/**
 * Compiles `scope.resources`. An action is inside when a pattern holds its resource. So is a listing when a pattern holds
 * every child that it may find, those with its prefix where it has one, and the question whether or where a bucket is when
 * a pattern holds anything in it; nothing that changes the parent is. Throws `config_invalid` for a bad pattern.
 * Without a list, and in one with a lone `*`, everything is inside.
 */
export function createGcpScope(patterns: readonly string[] | undefined): ScopeChecker {
  const compiled: ResourcePattern[] = [];
  const check = createScope('scope.resources', patterns, (pattern) => {
    const resource = compileGcpPattern(pattern);
    compiled.push(resource);
    return resource.matches;
  });
  if (patterns === undefined || patterns.includes('*')) return () => undefined;
  return (action) => {
    const outside = check(action);
    if (outside === undefined || action.reach === 'any') return outside;
    const start = childrenOf(action);
    if (start === undefined) return outside;
    const { part } = action;
    const isInside = compiled.some(({ holdsAllOf, touches }) =>
      part === undefined ? touches(start) : holdsAllOf(start + part),
    );
    if (isInside) return undefined;
    if (part === undefined || !compiled.some(({ touches }) => touches(start))) return outside;
    const reason = `it lists what is in ${printable(action.resource ?? '')} with the prefix ${printable(part)}, and no pattern of scope.resources holds all of that; ask for a prefix that one does`;
    return { rule: outside.rule, reason };
  };
}

/** Where the last word but one of a permission is not what the names of its resources have. */
const collections: Readonly<Record<string, string>> = {
  'storage.multipartUploads': 'objects',
  'storage.bucketOperations': 'operations',
  'iam.serviceAccountKeys': 'keys',
};

/** What the names of the children begin with that an action only reads. */
function childrenOf({ name, resource, part, hasNoPart }: Action): string | undefined {
  if (resource === undefined) return undefined;
  if (part === undefined) return hasNoPart === true && isReading(name) ? `${resource}/` : undefined;
  const words = name.split('.');
  const kind = words.at(-2);
  if (kind === undefined || words.length < 3 || !isListing(name)) return undefined;
  if (name.startsWith('storage.buckets.')) return bucketsRoot;
  // Documents are below a document or a collection without a word between them.
  if (name === 'datastore.entities.list') return `${resource}/`;
  return `${resource}/${collections[words.slice(0, -1).join('.')] ?? kind}/`;
}

/** With a prefix the lists of access to objects are read with the objects. */
function isListing(name: string): boolean {
  return name.endsWith('.list') || /^storage\.(?:objects|buckets)\.getIamPolicy$/.test(name);
}

function isReading(name: string): boolean {
  return name === 'storage.buckets.get' || name === 'storage.objects.list';
}
