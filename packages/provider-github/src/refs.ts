import { type Action, PaiError, type ScopeChecker } from '@pai/core';
import { compileActionPattern, createScope } from '@pai/policy';

/** The `part` of an action that writes a reference which the request does not say. No reference can be called so. */
export const unknownReference = '?';

const rule = 'scope.refs';

/**
 * A scope checker for `scope.refs`: every reference that is written must fit a pattern. What is not known to write none,
 * and does not say which, is outside. Throws `config_invalid` for a pattern that is no reference.
 */
export function createRefScope(patterns: readonly string[] | undefined): ScopeChecker {
  if (patterns === undefined) return () => undefined;
  const holds = createScope(rule, patterns, compileReferencePattern);
  return (action) => {
    if (action.hasNoPart === true) return undefined;
    const { name, part = writesReference(action) ? unknownReference : undefined } = action;
    if (part === undefined) return undefined;
    if (part !== unknownReference) return holds({ name, resource: part });
    const reason = `the request does not say which reference it writes, and ${rule} limits them; name one in the request, or push with git`;
    return { rule, reason };
  };
}

/** Writes to contents, merges of pull requests, and mutations that nobody has named. Comments on commits are no contents. */
function writesReference({ name }: Action): boolean {
  return /^(?:admin:)?contents:(?!(?:read|comment|react)$)|^pulls:merge$|^admin:graphql:/i.test(name);
}

/** `*` is any run of characters, slashes too; case matters, as it does to git. */
function compileReferencePattern(pattern: string) {
  if (!pattern.startsWith('refs/')) {
    throw new PaiError(
      'config_invalid',
      `pattern ${JSON.stringify(pattern)} is no full name of references; write refs/heads/${pattern} for branches`,
    );
  }
  return compileActionPattern(pattern, { isCaseSensitive: true });
}
