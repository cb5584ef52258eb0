import type { ArnPattern } from '../arn-pattern.ts';

/**
 * Whether a pattern of ARNs holds a resource, which for two kinds is more than to fit it: a log group is also held by a
 * pattern for it that ends in `:*`, which is how IAM's policies have log groups; and the parameters below a path are held
 * by a pattern that holds every one of them.
 */
export function holds({ matches, holdsAllOf }: ArnPattern, resource: string): boolean {
  if (/^arn:[^:]*:ssm:[^:]*:[^:]*:parameter\/(?:.*\/)?\*$/.test(resource))
    return holdsAllOf(resource.slice(0, -1));
  if (matches(resource)) return true;
  return /^arn:[^:]*:logs:[^:]*:[^:]*:log-group:[^:]+$/.test(resource) && matches(`${resource}:`);
}
