import { exceptions } from './arm/exceptions.ts';

/**
 * The actions that a pattern stands for: itself, but for types that the names of operations write otherwise than paths do. A list that
 * denies `Microsoft.EventHub/namespaces/networkRuleSets/*` means `Microsoft.EventHub/namespaces/networkruleset/*`.
 */
export function patternsOf(pattern: string): readonly string[] {
  const lower = pattern.toLowerCase();
  for (const [from, to] of exceptions.renamed) {
    if (lower === from || lower.startsWith(`${from}/`)) return [to + pattern.slice(from.length)];
  }
  return [pattern];
}
