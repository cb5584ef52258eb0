import { PaiError, type Parameter, printable, readJson, singleValue } from '@pai/core';
import { isChatNumber } from './chat-pattern.ts';
import { isPlainArgument } from './methods.ts';

/** Most bytes of text arguments that the server takes, all together (MAX_TOTAL_PARAMETERS_LENGTH in td's HttpReader). */
export const longestText: number = 1 << 20;

/**
 * Every chat that the parameters of a request name, at the top or inside an object, as `scope.chats` spells it: a number,
 * or `@name` in lower case. Throws `malformed_request` for what cannot be read to exactly one chat.
 */
export function chatsOf(parameters: readonly Parameter[]): ReadonlySet<string> {
  const chats = new Set<string>();
  const add = (value: unknown, name: string) => {
    for (const one of Array.isArray(value) ? value : [value]) chats.add(chatOf(one, name));
  };
  for (const name of new Set(parameters.map((parameter) => parameter.name))) {
    if (isNamingChat(name)) add(singleValue(parameters, name), name);
    else if (!isPlainArgument(name)) visit(objectArgument(parameters, name), add);
  }
  return chats;
}

/** The one chat that an argument names. Throws `malformed_request` when it names none. */
export function chatOf(value: unknown, name: string): string {
  const text = typeof value === 'number' ? String(value) : value;
  if (typeof text === 'string' && (isChatNumber(text) || /^@\w{1,64}$/.test(text))) return text.toLowerCase();
  throw new PaiError(
    'malformed_request',
    `the argument ${name} names no chat that can be read; send its number, or its @name`,
  );
}

/** `chat_id`, `from_chat_id` and kin. A spelling that is only nearly so is refused. */
function isNamingChat(name: string): boolean {
  if (/^(?:[a-z_]+_)?chat_ids?$/.test(name)) return true;
  if (!/chat[^a-z0-9]*ids?[^a-z0-9]*$/i.test(name.replace(/\[.*$/s, ''))) return false;
  throw new PaiError(
    'malformed_request',
    `${printable(name)} can be taken for an argument that names a chat`,
  );
}

/**
 * The object that an argument is, or that its text spells, as the service reads both; anything else may be undefined.
 * Files of that name hold none. Throws `malformed_request` for two different ones, and for what could be one.
 */
export function objectArgument(parameters: readonly Parameter[], name: string): unknown {
  const texts = parameters.filter((one) => one.name === name && one.filename === undefined);
  const value = texts.length === 0 ? undefined : singleValue(texts, name);
  if (typeof value !== 'string') return value;
  if (value.length > longestText) {
    throw new PaiError(
      'malformed_request',
      `the argument ${name} is longer than the server takes; shorten it`,
    );
  }
  if (/^\s*[{[]/.test(value)) return readJson(value);
  // The server takes NUL for a space, and \h for h.
  if (/[{[]/.test(value) && /chat|\\/i.test(value)) {
    throw new PaiError(
      'malformed_request',
      `the argument ${name} could hold an object that names a chat; send JSON`,
    );
  }
  return undefined;
}

function visit(value: unknown, add: (value: unknown, name: string) => void): void {
  if (typeof value !== 'object' || value === null) return;
  for (const [key, member] of Object.entries(value)) {
    if (!Array.isArray(value) && isNamingChat(key)) add(member, key);
    else visit(member, add);
  }
}
