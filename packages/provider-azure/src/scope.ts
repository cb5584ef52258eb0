import { type Action, printable, type ScopeChecker } from '@pai/core';
import { createScope } from '@pai/policy';
import { regionKey } from './regions.ts';
import { type AzurePattern, compileAzurePattern } from './resource-pattern.ts';

/**
 * Compiles `scope.resources` and `config.region`. An action is inside when a pattern holds its resource. So is a listing when a pattern
 * holds everything that it may find, and the question whether a subscription or a resource group is there when a pattern holds
 * anything in it; nothing that changes them is. What names another region than the configured one is outside. Throws
 * `config_invalid` for a bad pattern. Without a list, and in one with a lone `*`, every resource is inside.
 */
export function createAzureScope(
  patterns: readonly string[] | undefined,
  { region }: { readonly region?: string | undefined } = {},
): ScopeChecker {
  const checkRegion = createRegionCheck(region);
  const compiled: AzurePattern[] = [];
  const check = createScope('scope.resources', patterns, (pattern) => {
    const one = compileAzurePattern(pattern);
    compiled.push(one);
    return one.matches;
  });
  if (patterns === undefined || patterns.includes('*')) return checkRegion;
  return (action) => {
    const elsewhere = checkRegion(action);
    if (elsewhere !== undefined) return elsewhere;
    const outside = check(action);
    const { resource, part, reach } = action;
    if (outside === undefined || reach === 'any' || resource === undefined || !reads(action)) return outside;
    const start = `${resource}/`;
    if (part === undefined) return compiled.some(({ touches }) => touches(start)) ? undefined : outside;
    if (compiled.some(({ holdsAllOf }) => holdsAllOf(start + part))) return undefined;
    if (part === '' && !compiled.some(({ touches }) => touches(start))) return outside;
    const what = part === '' ? 'everything in it' : `what begins with ${printable(part)} there`;
    const reason = `it lists ${printable(resource)}, and no pattern of scope.resources holds ${what}; ask for less, or add a pattern that does`;
    return { rule: outside.rule, reason };
  };
}

/** Whether an action does no more than tell what a container has, or that it is there. */
function reads({ name, part, hasNoPart }: Action): boolean {
  return (part !== undefined || hasNoPart === true) && reading.test(name);
}

const reading =
  /\/(?:read|read\/action|readMetadata|readMetadata\/action|filter\/action|executeQuery|readChangeFeed)$/i;

function createRegionCheck(wanted: string | undefined): ScopeChecker {
  if (wanted === undefined) return () => undefined;
  const key = regionKey(wanted);
  return ({ region }) => {
    if (region === undefined || regionKey(region) === key) return undefined;
    const reason = `it is in region ${printable(region)}, and config.region is ${wanted}; use that region`;
    return { rule: 'config.region', reason };
  };
}
