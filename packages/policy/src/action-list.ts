import { foldCase } from './fold-case.ts';
import { compileActionPattern } from './glob.ts';
import { compileAt, unusable } from './invalid.ts';
import type { Matcher } from './wildcard.ts';

/** How a provider type wants its action patterns read. */
export interface ActionDialect {
  readonly isCaseSensitive: boolean;
  /** The type has no actions: only `*` is a pattern. */
  readonly hasNoActions: boolean;
  /** Every canonical pattern that a user's pattern stands for. */
  readonly rewrite: (pattern: string) => readonly string[];
  /** The provider type, for errors. */
  readonly type: string;
}

/**
 * Compiles one list of action patterns. Gives the index of the first pattern, as the user counts them, that an action's
 * name fits, or -1. Throws `config_invalid` with the place of a bad pattern, `place` being e.g. `policy.deny`.
 */
export function compileActionList(
  place: string,
  patterns: readonly string[],
  dialect: ActionDialect,
): (name: string) => number {
  const fold = (text: string) => (dialect.isCaseSensitive ? text : foldCase(text));
  const literals = new Map<string, number>();
  const globs: { matches: Matcher; index: number }[] = [];
  patterns.forEach((pattern, index) => {
    for (const canonical of compileAt(`${place}[${index}]`, () => canonicalOf(pattern, dialect))) {
      const folded = fold(canonical);
      const matches = compileAt(`${place}[${index}]`, () =>
        compileActionPattern(folded, { isCaseSensitive: true }),
      );
      if (folded.includes('*')) globs.push({ matches, index });
      else if (!literals.has(folded)) literals.set(folded, index);
    }
  });
  return (name) => {
    const folded = fold(name);
    const literal = literals.get(folded) ?? -1;
    for (const { matches, index } of globs) {
      if (literal !== -1 && index > literal) return literal;
      if (matches(folded)) return index;
    }
    return literal;
  };
}

function canonicalOf(pattern: string, { hasNoActions, rewrite, type }: ActionDialect): readonly string[] {
  compileActionPattern(pattern, { isCaseSensitive: true });
  if (pattern === '*') return [pattern];
  if (hasNoActions) {
    throw unusable(
      pattern,
      `names an action, and type ${type} has none`,
      'write * here and say which requests you mean in policy.httpRules',
    );
  }
  const canonical = rewrite(pattern);
  if (canonical.length > 0) return canonical;
  throw unusable(pattern, `stands for no action of type ${type}`, 'remove it or correct it');
}
