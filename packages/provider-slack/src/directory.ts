import { createAnswers, type ProviderContext } from '@pai/core';
import { type CallSlack, pause, refused, unavailable } from './web-api.ts';

/** The channels that the token can see, by id and by name. Names that more than one channel has are left out. */
export interface Directory {
  /** `#name` of an id. */
  readonly names: ReadonlyMap<string, string>;
  /** The id of a `#name`. */
  readonly ids: ReadonlyMap<string, string>;
}

/** Milliseconds for which a list of channels is believed. */
const holds = 5 * 60_000;
/**
 * Slack gives up to 999, and some twenty pages a minute, however long they are; but a page is read up to 1 MiB, and a
 * channel with a topic and a purpose in Japanese can have 2.5 KiB.
 */
const pageSize = '400';
/** 20,000 channels. */
const mostPages = 50;

/** Lists the channels under `base` with the real token, once in a while. Rejects with `credential_unavailable`. */
export function createDirectory(
  call: CallSlack,
  { now }: Pick<ProviderContext, 'now'>,
): (base: string) => Promise<Directory> {
  const answers = createAnswers<Directory>({ life: holds, pause, now });
  return (base) => answers(base, () => load(call, base));
}

async function load(call: CallSlack, base: string): Promise<Directory> {
  // A token without groups:read sees no private channels, and is told so for the whole list.
  const all = await list(call, base, 'public_channel,private_channel');
  const pairs = all ?? (await list(call, base, 'public_channel'));
  if (pairs === undefined) {
    throw unavailable(method, 'the token lacks the scope channels:read');
  }
  const byName = Map.groupBy(pairs, ([, name]) => name);
  const unique = pairs.filter(([, name]) => byName.get(name)?.length === 1);
  return { names: new Map(unique), ids: new Map(unique.map(([id, name]) => [name, id])) };
}

const method = 'conversations.list';

/** Every id with its `#name`; undefined when the token may not list these types. */
async function list(call: CallSlack, base: string, types: string): Promise<[string, string][] | undefined> {
  const pairs: [string, string][] = [];
  let cursor = '';
  for (let page = 0; page < mostPages; page += 1) {
    const answer = await call(base, method, { types, limit: pageSize, ...(cursor !== '' && { cursor }) });
    if (answer['error'] === 'missing_scope') return undefined;
    const { channels } = answer;
    if (answer['ok'] !== true || !Array.isArray(channels)) throw refused(method, answer);
    pairs.push(...channels.flatMap(pairOf));
    const metadata = answer['response_metadata'] as { next_cursor?: unknown } | undefined;
    if (typeof metadata?.next_cursor !== 'string' || metadata.next_cursor === '') return pairs;
    cursor = metadata.next_cursor;
  }
  throw unavailable(method, 'there are more channels than can be listed; use ids in scope.channels');
}

function pairOf(channel: unknown): [string, string][] {
  const { id, name } = channel as { id?: unknown; name?: unknown };
  return typeof id === 'string' && typeof name === 'string' ? [[id, `#${name.toLowerCase()}`]] : [];
}
