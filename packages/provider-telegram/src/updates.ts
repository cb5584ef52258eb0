import { PaiError, readJson } from '@pai/core';

/**
 * An answer to `getUpdates` without the updates of chats that are not inside: no byte of the others is changed. Where
 * the last update goes, its bare number stays, because the agent asks for what comes after the last number it has seen.
 * Throws `upstream_protocol` for what is no such answer.
 */
export function keepUpdates(answer: string, isInside: (chat: string) => boolean): string {
  const { ok, result } = asObject(readAnswer(answer));
  if (ok === false && result === undefined) return answer;
  const places = elementsOf(answer);
  if (!Array.isArray(result) || places.length !== result.length) throw unreadable();
  const [first] = places;
  const last = places.at(-1);
  if (first === undefined || last === undefined) return answer;
  const kept = result.flatMap((update: unknown, i) => {
    const [start, end] = places[i] as Place;
    if (chatsOfUpdate(update).some(isInside)) return answer.slice(start, end);
    return i === result.length - 1 ? `{"update_id":${numberOf(update)}}` : [];
  });
  return answer.slice(0, first[0]) + kept.join(',') + answer.slice(last[1]);
}

type Place = readonly [start: number, end: number];
type Fields = Readonly<Partial<Record<string, unknown>>>;

/** Kinds of updates that are of the chat they name: https://core.telegram.org/bots/api#update. */
const ofChats: ReadonlySet<string> = new Set([
  'message',
  'edited_message',
  'channel_post',
  'edited_channel_post',
  'message_reaction',
  'message_reaction_count',
  'my_chat_member',
  'chat_member',
  'chat_join_request',
  'chat_boost',
  'removed_chat_boost',
]);

/** Kinds that a user sends to the bot alone, so that they are of the private chat with that user. */
const ofUsers: ReadonlySet<string> = new Set([
  'inline_query',
  'chosen_inline_result',
  'shipping_query',
  'pre_checkout_query',
  'purchased_paid_media',
]);

/** The spellings of the one chat that an update is of; none when it cannot be said. */
function chatsOfUpdate(update: unknown): string[] {
  const kinds = Object.keys(asObject(update)).filter((key) => key !== 'update_id');
  const [kind = ''] = kinds;
  if (kinds.length !== 1) return [];
  const content = asObject(asObject(update)[kind]);
  if (ofChats.has(kind)) return spellingsOf(content['chat']);
  if (ofUsers.has(kind)) return spellingsOf(content['from']);
  if (kind !== 'callback_query') return [];
  const { chat, business_connection_id: business } = asObject(content['message']);
  // Its number is that of the bot's own chat with the user.
  return business === undefined ? spellingsOf(chat) : [];
}

function spellingsOf(chat: unknown): string[] {
  const { id, username } = asObject(chat);
  if (!Number.isSafeInteger(id)) return [];
  return typeof username === 'string' ? [String(id), `@${username.toLowerCase()}`] : [String(id)];
}

function numberOf(update: unknown): number {
  const { update_id: number } = asObject(update);
  if (!Number.isSafeInteger(number)) throw unreadable();
  return Number(number);
}

function asObject(value: unknown): Fields {
  return typeof value === 'object' && value !== null ? (value as Fields) : {};
}

function readAnswer(answer: string): unknown {
  try {
    return readJson(answer);
  } catch {
    throw unreadable();
  }
}

/** Where the objects of the list `result` stand in a valid text. */
function elementsOf(text: string): Place[] {
  const places: Place[] = [];
  let [depth, start, isResult] = [0, 0, false];
  for (const { 0: token, index } of text.matchAll(/"(?:[^"\\]|\\.)*"(?:[ \t\r\n]*:)?|[{}[\]]/g)) {
    if (token === '{' || token === '[') {
      depth += 1;
      if (depth === 3) start = index;
    } else if (token === '}' || token === ']') {
      if (depth === 3 && isResult) places.push([start, index + 1]);
      depth -= 1;
    } else if (depth === 1 && token.endsWith(':')) isResult = /^"result"/.test(token);
  }
  return places;
}

function unreadable(): PaiError {
  return new PaiError(
    'upstream_protocol',
    'the answer to getUpdates cannot be read, so that no chat can be told from another',
  );
}
