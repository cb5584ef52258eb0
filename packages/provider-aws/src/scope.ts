import { type Action, printable, type ScopeChecker } from '@pai/core';
import { createScope } from '@pai/policy';
import { type ArnPattern, compileArnPattern } from './arn-pattern.ts';
import { holds } from './resources/holds.ts';

/**
 * Compiles `scope.resources`. An action is inside when a pattern holds its resource. So is a listing of a bucket or of an
 * access point when a pattern holds every object that the listing's prefix may find, and the question whether or where
 * a bucket is when a pattern holds anything in it; nothing that changes the bucket is. Throws `config_invalid` for a bad
 * pattern. Without a list, and in one with a lone `*`, everything is inside.
 */
export function createAwsScope(patterns: readonly string[] | undefined): ScopeChecker {
  const compiled: ArnPattern[] = [];
  const check = createScope('scope.resources', patterns, (pattern) => {
    const arn = compileArnPattern(pattern);
    compiled.push(arn);
    return (resource) => holds(arn, resource);
  });
  if (patterns === undefined || patterns.includes('*')) return () => undefined;
  return (action) => {
    const outside = check(action);
    if (outside === undefined || action.reach === 'any') return outside;
    const start = childrenOf(action);
    if (start === undefined) return outside;
    const isInside = compiled.some(({ holdsAllOf, touches }) =>
      action.part === undefined ? touches(start) : holdsAllOf(start + action.part),
    );
    if (isInside) return undefined;
    if (action.part === undefined || !compiled.some(({ touches }) => touches(start))) return outside;
    const reason = `it lists keys of ${action.resource} with the prefix ${printable(action.part)}, and no pattern of scope.resources holds all of those; ask for a prefix that one does`;
    return { rule: outside.rule, reason };
  };
}

/** Actions that read what a container holds, where they have a part, or only that it is there. */
const readers: ReadonlySet<string> = new Set(
  ['s3', 's3-object-lambda', 's3-outposts'].flatMap((prefix) =>
    ['ListBucket', 'ListBucketVersions', 'ListBucketMultipartUploads', 'GetBucketLocation'].map(
      (name) => `${prefix}:${name}`,
    ),
  ),
);

/** What the ARNs begin with of the objects in a container that an action only reads. */
function childrenOf({ name, resource, part, hasNoPart }: Action): string | undefined {
  if (resource === undefined || !readers.has(name)) return undefined;
  if (part === undefined && hasNoPart !== true) return undefined;
  return /:(?:outpost\/[^/]*\/)?accesspoint\/[^/]*$/.test(resource) ? `${resource}/object/` : `${resource}/`;
}
