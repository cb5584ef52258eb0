import { foldCase } from './fold-case.ts';
import { refuseUnreadable, unusable } from './invalid.ts';
import { compileTokens, type Matcher, type Token } from './wildcard.ts';

/** Compiles a pattern of actions: `*` is any run of characters. Throws `config_invalid` for an unusable one. */
export function compileActionPattern(pattern: string, options: { isCaseSensitive: boolean }): Matcher {
  refuseUnreadable(pattern);
  const matches = compileTokens(tokensOf(fold(pattern, options), { '*': 'run' }), '');
  return options.isCaseSensitive ? matches : (text) => matches(foldCase(text));
}

/**
 * Compiles a pattern of GitHub repositories, `owner/repo`: `*` is any run inside one part, case does not matter.
 * Throws `config_invalid` for anything that is not two parts.
 */
export function compileRepositoryPattern(pattern: string): Matcher {
  refuseUnreadable(pattern);
  if (pattern === '*') throw unusable(pattern, 'is not owner/repo', 'write */* for every repository');
  if (pattern.includes('**'))
    throw unusable(pattern, 'has **', 'write * for any run inside the owner or the name');
  if (!/^[^/]+\/[^/]+$/.test(pattern)) {
    throw unusable(pattern, 'is not owner/repo', 'write both, with * for any run inside one of them');
  }
  const matches = compileTokens(tokensOf(foldCase(pattern), { '*': 'part' }), '/');
  return (text) => matches(foldCase(text));
}

/**
 * Compiles a pattern of ARNs or resource paths as IAM reads it: `*` is any run of characters, `?` exactly one (a UTF-16
 * unit). Throws `config_invalid` for an unusable one.
 */
export function compileResourcePattern(
  pattern: string,
  options: { isCaseSensitive: boolean } = { isCaseSensitive: true },
): Matcher {
  refuseUnreadable(pattern, 'remove it, or write ? where a name has one');
  const matches = compileTokens(tokensOf(fold(pattern, options), { '*': 'run', '?': 'one' }), '');
  return options.isCaseSensitive ? matches : (text) => matches(foldCase(text));
}

function fold(text: string, { isCaseSensitive }: { isCaseSensitive: boolean }): string {
  return isCaseSensitive ? text : foldCase(text);
}

function tokensOf(pattern: string, wildcards: Readonly<Record<string, 'run' | 'part' | 'one'>>): Token[] {
  const tokens: Token[] = [];
  for (const piece of pattern.match(/[*?]|[^*?]+/g) ?? []) {
    const wildcard = wildcards[piece];
    const last = tokens.at(-1);
    if (wildcard === undefined) tokens.push({ literal: piece });
    // A run after a run adds nothing.
    else if (wildcard === 'one' || last === undefined || !('wildcard' in last) || last.wildcard !== wildcard)
      tokens.push({ wildcard });
  }
  return tokens;
}
