import type { RawHeaders } from '@pai/core';
import type { Reader, Reading, ReadMessage } from './reading.ts';

/** What a reader made otherwise of a message. */
export interface Difference {
  /** The message that ours took, if it is in one. */
  readonly message?: ReadMessage;
  readonly sentence: string;
}

/**
 * How `theirs` differs from what `ours` took; undefined when it does not. Ours may refuse more, and may wait for more.
 * Whatever it took, the other reader must have taken too, as the same.
 */
export function findDifference(
  ours: Reading,
  theirs: Reading,
  hides: Reader['hides'] = [],
): Difference | undefined {
  for (const [i, message] of ours.messages.entries()) {
    const their = theirs.messages[i];
    if (message.isRefused === true && !isSameEnd(message, their)) return undefined;
    if (message.isRefused === true) continue;
    if (their === undefined)
      return { message, sentence: `not taken: ${theirs.ending} ${theirs.reason ?? ''}` };
    const sentence = compareMessages(viewOf(message, hides), viewOf(their, hides));
    if (sentence !== undefined) return { message, sentence };
  }
  const extra = theirs.messages.length - ours.messages.length;
  return ours.ending === 'complete' && extra > 0 ? { sentence: `${extra} more messages` } : undefined;
}

/** How two readings by one reader differ, in a sentence; undefined when they are the same in everything. */
export function findInconsistency(one: Reading, other: Reading): string | undefined {
  const said = ({ messages, ending }: Reading) => `${messages.length} messages, ${ending}`;
  if (said(one) !== said(other)) return `${said(one)} is read as ${said(other)}`;
  for (const [i, message] of one.messages.entries()) {
    const their = other.messages[i] as ReadMessage;
    const isSame =
      message.body === their.body && message.isWhole === their.isWhole && message.end === their.end;
    const sentence = isSame
      ? compareMessages(message, their)
      : `${JSON.stringify(message)} is read as ${JSON.stringify(their)}`;
    if (sentence !== undefined) return sentence;
  }
  return undefined;
}

/**
 * Where a refused message is taken for another one, what follows cannot be compared; nor after a CONNECT, with which
 * others leave HTTP.
 */
function isSameEnd(our: ReadMessage, their: ReadMessage | undefined): boolean {
  if (our.start.startsWith('CONNECT ')) return false;
  return their?.isWhole === true && our.end === their.end && our.body === their.body;
}

function compareMessages(our: ReadMessage, their: ReadMessage): string | undefined {
  const said = (part: string, a: unknown, b: unknown) =>
    `${part} ${JSON.stringify(a)} is read as ${JSON.stringify(b)}`;
  if (our.start !== their.start) return said('start', our.start, their.start);
  if (!isSameList(our.fields, their.fields)) return said('fields', our.fields, their.fields);
  if (!our.isWhole)
    return their.body.startsWith(our.body) ? undefined : said('content so far', our.body, their.body);
  if (!their.isWhole) return `content ${JSON.stringify(our.body)} is not whole`;
  if (our.body !== their.body) return said('content', our.body, their.body);
  if (!isSameList(our.trailers, their.trailers)) return said('trailers', our.trailers, their.trailers);
  const canCompareEnds = our.end !== undefined && their.end !== undefined;
  return canCompareEnds && our.end !== their.end ? said('end', our.end, their.end) : undefined;
}

function isSameList(one: RawHeaders, other: RawHeaders): boolean {
  return one.length === other.length && one.every((text, i) => text === other[i]);
}

/** A message without what a reader hides. */
function viewOf(message: ReadMessage, hides: Reader['hides'] = []): ReadMessage {
  if (hides.length === 0) return message;
  const start = hides.includes('version') ? message.start.replace(/^HTTP\/\S+/, '') : message.start;
  if (!hides.includes('order')) return { ...message, start };
  // Go takes the host from an absolute target; ours has made sure that both are the same.
  const isAbsolute = /^\S+ https:/i.test(start);
  return {
    ...message,
    start,
    fields: sorted(message.fields, isAbsolute),
    trailers: sorted(message.trailers, false),
  };
}

/** Go takes `Trailer` and `Connection` out of the fields, and codings have no case. */
function sorted(fields: RawHeaders, isHostHidden: boolean): RawHeaders {
  const pairs: [string, string][] = [];
  for (let i = 0; i < fields.length; i += 2) {
    const [name, value] = [fields[i]?.toLowerCase() ?? '', fields[i + 1] ?? ''];
    if (name === 'trailer' || name === 'connection' || (isHostHidden && name === 'host')) continue;
    pairs.push([name, name === 'transfer-encoding' ? value.toLowerCase() : value]);
  }
  return pairs.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)).flat();
}
