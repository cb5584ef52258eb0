import {
  chunkSizes,
  codings,
  colons,
  contentLengths,
  fieldLines,
  fragments,
  lineEnds,
  versions,
} from './hostile.ts';
import type { Random } from './random.ts';

/** Changes a message in a way that has broken a parser before. It may leave it as it is, or right. */
export interface Mutation {
  readonly name: string;
  readonly apply: (text: string, random: Random) => string;
}

/** Every way to change a message. */
export const mutations: readonly Mutation[] = [
  { name: 'line end', apply: (text, random) => replaceNear(text, '\r\n', random.pick(lineEnds), random) },
  {
    name: 'all line ends',
    apply: (text, random) => text.replaceAll('\r\n', random.pick(['\n', '\r', '\r\r\n'])),
  },
  {
    name: 'folded line',
    apply: (text, random) => replaceNear(text, ' ', random.pick(['\r\n ', '\r\n\t', '\n ', '\r ']), random),
  },
  { name: 'colon', apply: (text, random) => replaceNear(text, ':', random.pick(colons), random) },
  { name: 'field line', apply: (text, random) => insertLine(text, random.pick(fieldLines), random) },
  { name: 'field removed', apply: removeLine },
  { name: 'field repeated', apply: repeatLine },
  {
    name: 'second length',
    apply: (text, random) => insertLine(text, `Content-Length: ${random.pick(contentLengths)}`, random),
  },
  {
    name: 'second coding',
    apply: (text, random) => insertLine(text, `Transfer-Encoding: ${random.pick(codings)}`, random),
  },
  {
    name: 'length',
    apply: (text, random) =>
      text.replace(/(content-length:)[^\r]*/i, (_, name: string) => `${name} ${random.pick(contentLengths)}`),
  },
  {
    name: 'coding',
    apply: (text, random) =>
      text.replace(/(transfer-encoding:)[^\r]*/i, (_, name: string) => `${name} ${random.pick(codings)}`),
  },
  { name: 'version', apply: (text, random) => text.replace(/HTTP\/1\.1/, () => random.pick(versions)) },
  { name: 'HTTP/1.0', apply: (text) => text.replace('HTTP/1.1', 'HTTP/1.0') },
  { name: 'chunk size', apply: changeChunkSize },
  { name: 'chunk end', apply: changeChunkEnd },
  {
    name: 'trailer',
    apply: (text, random) => text.replace(/\r\n\r\n$/, () => `\r\n${random.pick(fieldLines)}\r\n\r\n`),
  },
  {
    name: 'before the start',
    apply: (text, random) =>
      random.pick(['\r\n', '\r\n\r\n', '\n', '\r', ' ', '\t', '\0', '\xef\xbb\xbf', '\r\n '] as const) + text,
  },
  {
    name: 'start line space',
    apply: (text, random) =>
      replaceNear(
        text,
        ' ',
        random.pick(['  ', '\t', ' \t', '', '\x0b', '\xa0', '\r', '\0', '\x0c'] as const),
        random,
        40,
      ),
  },
  {
    name: 'fragment',
    apply: (text, random) => insertAt(text, random.pick(fragments), random.below(text.length + 1)),
  },
  {
    name: 'fragment at a line',
    apply: (text, random) => insertAt(text, random.pick(fragments), lineStart(text, random)),
  },
  {
    name: 'byte',
    apply: (text, random) =>
      spliceAt(text, random.below(text.length + 1), 1, String.fromCharCode(random.below(256))),
  },
  { name: 'bit', apply: flipBit },
  {
    name: 'bytes cut out',
    apply: (text, random) => spliceAt(text, random.below(text.length + 1), 1 + random.below(12), ''),
  },
  { name: 'bytes repeated', apply: repeatBytes },
  { name: 'cut off', apply: (text, random) => text.slice(0, random.below(text.length + 1)) },
  { name: 'bytes after', apply: (text, random) => text + random.pick(fragments) },
];

function insertAt(text: string, piece: string, at: number): string {
  return text.slice(0, at) + piece + text.slice(at);
}

function spliceAt(text: string, at: number, length: number, piece: string): string {
  return text.slice(0, at) + piece + text.slice(at + length);
}

/** Replaces the first `needle` after a place that chance chooses, or else the first. */
function replaceNear(
  text: string,
  needle: string,
  piece: string,
  random: Random,
  within = text.length,
): string {
  const near = text.indexOf(needle, random.below(Math.min(within, text.length) + 1));
  const at = near === -1 ? text.indexOf(needle) : near;
  return at === -1 ? text : spliceAt(text, at, needle.length, piece);
}

function lineStart(text: string, random: Random): number {
  const at = text.indexOf('\r\n', random.below(text.length + 1));
  return at === -1 ? 0 : at + 2;
}

function insertLine(text: string, line: string, random: Random): string {
  const at = random.chance(50)
    ? text.indexOf('\r\n')
    : text.lastIndexOf('\r\n', Math.max(0, text.indexOf('\r\n\r\n')));
  return at === -1 ? text : insertAt(text, `\r\n${line}`, at);
}

function removeLine(text: string, random: Random): string {
  const at = text.indexOf('\r\n', random.below(text.length + 1));
  const end = text.indexOf('\r\n', at + 2);
  return at === -1 || end === -1 ? text : text.slice(0, at) + text.slice(end);
}

function repeatLine(text: string, random: Random): string {
  const at = text.indexOf('\r\n', random.below(text.length + 1));
  const end = text.indexOf('\r\n', at + 2);
  return at === -1 || end === -1 ? text : text.slice(0, end) + text.slice(at);
}

function changeChunkSize(text: string, random: Random): string {
  const sizes = [...text.matchAll(/(?<=\r\n)[0-9a-f]{1,4}(?=[;\r])/gi)];
  if (sizes.length === 0) return text;
  const [size = '', at = 0] = ((match) => [match[0], match.index])(random.pick(sizes));
  return spliceAt(text, at, size.length, random.pick(chunkSizes)(size));
}

function changeChunkEnd(text: string, random: Random): string {
  const sizes = [...text.matchAll(/(?<=\r\n)([1-9a-f][0-9a-f]{0,3})(?:;[^\r]*)?\r\n/gi)];
  if (sizes.length === 0) return text;
  const match = random.pick(sizes);
  const end = match.index + match[0].length + Number.parseInt(match[1] ?? '', 16);
  if (random.chance(50)) return spliceAt(text, end, 2, random.pick(lineEnds));
  return spliceAt(text, random.chance(50) ? end : end - 1, random.below(2), random.pick(fragments));
}

function flipBit(text: string, random: Random): string {
  const at = random.below(text.length + 1);
  return spliceAt(
    text,
    at,
    1,
    String.fromCharCode(((text.charCodeAt(at) || 0) ^ (1 << random.below(8))) & 255),
  );
}

function repeatBytes(text: string, random: Random): string {
  const at = random.below(text.length + 1);
  return insertAt(
    text,
    text.slice(at, at + 1 + random.below(30)),
    random.chance(50) ? at : lineStart(text, random),
  );
}
