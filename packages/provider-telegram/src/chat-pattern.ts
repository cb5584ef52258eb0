import { PaiError } from '@pai/core';
import { compileActionPattern, type Matcher } from '@pai/policy';

/**
 * Compiles a pattern of `scope.chats`: the number of a chat, or `@name` in any case with `*` for any run of characters.
 * Throws `config_invalid` for anything else.
 */
export function compileChatPattern(pattern: string): Matcher {
  if (isChatNumber(pattern)) return (chat) => chat === pattern;
  if (/^@[\w*]+$/.test(pattern)) return compileActionPattern(pattern, { isCaseSensitive: false });
  throw new PaiError(
    'config_invalid',
    `pattern ${JSON.stringify(pattern)} is no chat; write its number such as -1001234567890, or its @name, where * is any run of characters`,
  );
}

/** Whether a text is the number of a chat as the server takes it: decimal, with at most 52 significant bits. */
export function isChatNumber(text: string): boolean {
  return /^-?[1-9]\d{0,15}$/.test(text) && Number.isSafeInteger(Number(text));
}
