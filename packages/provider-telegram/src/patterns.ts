import { compileActionPattern } from '@pai/policy';
import { aliases, canonicalMethod } from './methods.ts';

/** A pattern of methods by their one names: one that fits only the other name of a method stands for its one name too. */
export function patternsOf(pattern: string): readonly string[] {
  const fits = compileActionPattern(pattern, { isCaseSensitive: false });
  const meant = aliases
    .filter(([other = '', name = '']) => fits(other) && !fits(name))
    .map(([, name = '']) => name);
  const own = pattern.includes('*') ? pattern : canonicalMethod(pattern);
  return [...new Set([own, ...meant])];
}
