import { isTakenFor, PaiError, type Parameter, printable, readJson, singleValue } from '@pai/core';

/** The channels that a request names, as scope patterns spell them, or why they cannot be told. */
export type ChannelReading = { readonly channels: readonly string[] } | { readonly unreadable: string };

/** Arguments that are one channel, whatever the method, and arguments that are lists. */
const single = ['channel', 'channel_id', 'origin_channel_id'];
const lists = ['channels', 'channel_ids'];
/** Say `channel` in their name and are none. */
const others = ['code_channel'];

/**
 * Reads every argument that names channels. Throws `malformed_request` when one of them has several values, or a name
 * that only might be its.
 */
export function readChannels(parameters: readonly Parameter[]): ChannelReading {
  const channels: string[] = [];
  for (const name of [...single, ...lists]) {
    const value = singleValue(parameters, name);
    if (value === undefined) continue;
    for (const item of lists.includes(name) ? itemsOf(value) : [value]) {
      const channel = spelled(item);
      if (channel === undefined) {
        return { unreadable: `${name} has ${shown(item)}, which is no channel; send an id or a #name` };
      }
      channels.push(channel);
    }
  }
  const known = [...single, ...lists, ...others];
  const odd = parameters.find(({ name }) => /channel|conversation/i.test(name) && !known.includes(name));
  if (odd?.name.startsWith('{') === true) {
    return { unreadable: 'the content is JSON under another content-type; send it as application/json' };
  }
  if (odd !== undefined) {
    return { unreadable: `${printable(odd.name)} is no argument of a method that is known; leave it out` };
  }
  return { channels: [...new Set(channels)] };
}

/** Whether an argument that names channels is in the query and not in the content. */
export function isOnlyInQuery(parameters: readonly Parameter[]): boolean {
  const isIn = (name: string, isQuery: boolean) =>
    parameters.some((parameter) => parameter.name === name && (parameter.place === 'query') === isQuery);
  return [...single, ...lists].some((name) => isIn(name, true) && !isIn(name, false));
}

/** Arguments by which a request reaches something beside the channel it names. */
const elsewhere = ['canvas_id', 'file', 'file_comment', 'file_ids', 'invite_id', 'source', 'unfurl_id'];

/** Whether a request names something that need not be in the channel it names: a file, a canvas, people to talk to. */
export function reachesElsewhere(method: string, parameters: readonly Parameter[]): boolean {
  const ways = method === 'conversations.open' ? [...elsewhere, 'users'] : elsewhere;
  return parameters.some(({ name }) => ways.some((argument) => isTakenFor(name, argument)));
}

/** As scopes spell it: an id as it is, any other text as a name in lower case. Undefined for what can be neither. */
function spelled(value: unknown): string | undefined {
  if (typeof value !== 'string' || value.length > 100) return undefined;
  if (isId(value)) return value;
  const [, sigil, name = ''] = /^([#@]?)([\p{L}\p{M}\p{N}_.-]+)$/u.exec(value) ?? [];
  return name === '' ? undefined : (sigil || '#') + name.toLowerCase();
}

/** Whether a text is the id of a channel, a conversation or a user. */
export function isId(text: string): boolean {
  return /^[A-Z][A-Z0-9]+$/.test(text);
}

/** As the SDKs write a list: separated by commas, JSON in a form, or a list in JSON. */
function itemsOf(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value;
  if (typeof value !== 'string') return [value];
  const list: unknown = value.trimStart().startsWith('[') ? readList(value) : undefined;
  return Array.isArray(list) ? list : value.split(',').map((item) => item.trim());
}

function readList(text: string): unknown {
  try {
    return readJson(text);
  } catch (cause) {
    const message = `a list of channels reads ${printable(text)}; send it as JSON or separated by commas`;
    throw new PaiError('malformed_request', message, { cause });
  }
}

function shown(value: unknown): string {
  return typeof value === 'string' ? printable(value) : `a value that is no text`;
}
