import { PaiError, type ScopeChecker } from '@pai/core';
import { compileActionPattern, createScope, type Matcher } from '@pai/policy';
import { isId } from './channels.ts';
import type { Directory } from './directory.ts';

/** What `scope.channels` holds. */
export interface ChannelScope {
  readonly check: ScopeChecker;
  /** Whether there is a list. */
  readonly isLimited: boolean;
  /** The spelling of a channel that the list has, when it has one; names and ids are looked up in `directory`. */
  readonly spell: (channel: string, directory: () => Promise<Directory>) => Promise<string>;
}

/** Compiles `scope.channels`. Throws `config_invalid` for a pattern that cannot be one. */
export function createChannelScope(patterns: readonly string[] | undefined): ChannelScope {
  const check = createScope('scope.channels', patterns, compileChannelPattern);
  if (patterns === undefined) return { check, isLimited: false, spell: async (channel) => channel };
  const hasNames = patterns.some((pattern) => !isIdPattern(pattern));
  const hasIds = patterns.some(isIdPattern);
  const holds = (resource: string) => check({ name: '', resource }) === undefined;
  return {
    check,
    isLimited: true,
    async spell(channel, directory) {
      const isLookedUp = isId(channel) ? hasNames && isListed(channel) : hasIds && channel.startsWith('#');
      if (holds(channel) || !isLookedUp) return channel;
      const { names, ids } = await directory();
      const other = (isId(channel) ? names : ids).get(channel);
      return other !== undefined && holds(other) ? other : channel;
    },
  };
}

/** Only channels have names; conversations with people (D, U, W) do not. */
function isListed(id: string): boolean {
  return id.startsWith('C') || id.startsWith('G');
}

/** Ids are compared with regard to case, names without; `*` is any run in both, and alone it is every channel. */
function compileChannelPattern(pattern: string): Matcher {
  if (!/^[#@]?[\p{L}\p{M}\p{N}_.*-]+$/u.test(pattern)) {
    throw new PaiError(
      'config_invalid',
      `${JSON.stringify(pattern)} is no channel; write an id such as C0123ABCD or a name such as #general`,
    );
  }
  if (isIdPattern(pattern)) return compileActionPattern(pattern, { isCaseSensitive: true });
  const named = /^[#@*]/.test(pattern) ? pattern : `#${pattern}`;
  return compileActionPattern(named, { isCaseSensitive: false });
}

function isIdPattern(pattern: string): boolean {
  return /^[A-Z][A-Z0-9*]*$/.test(pattern);
}
