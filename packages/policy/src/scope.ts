import type { ScopeChecker } from '@pai/core';
import { compileAt } from './invalid.ts';
import { listed, shown } from './sentence.ts';
import type { Matcher } from './wildcard.ts';

/**
 * A scope checker for one list of `spec.scope`: `createScope('scope.repositories', spec.scope?.repositories,
 * compileRepositoryPattern)`. Without a list everything is inside; an empty list holds nothing. Throws what `compile`
 * throws for a bad pattern, with the place of the pattern in front.
 */
export function createScope(
  rule: `scope.${string}`,
  patterns: readonly string[] | undefined,
  compile: (pattern: string) => Matcher,
): ScopeChecker {
  if (patterns === undefined) return () => undefined;
  const matchers = patterns.map((pattern, i) => compileAt(`${rule}[${i}]`, () => compile(pattern)));
  const list = `${rule} (${listed(patterns)})`;
  return ({ resource, reach }) => {
    if (reach === 'any') {
      const reason = `it can reach what the request does not name, and ${list} limits what it may reach; use a request that names one, or remove ${rule}`;
      return { rule, reason };
    }
    if (resource === undefined || matchers.some((matches) => matches(resource))) return undefined;
    return { rule, reason: `${shown(resource)} is not in ${list}; add it there if the agent needs it` };
  };
}
