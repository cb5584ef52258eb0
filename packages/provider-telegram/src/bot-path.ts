import { readPath } from '@pai/core';

/** What a path of the Bot API asks for: a method, perhaps one that only an argument names, or a file. */
export type BotPath = { readonly method: string } | { readonly file: string };

/**
 * Reads `/bot<token>/METHOD`, `/bot<token>/test/METHOD` and `/file/bot<token>/PATH`; undefined for any other path. The
 * method is as written, and empty where there is none. Throws `malformed_request` for a path with two readings.
 */
export function readBotPath(path: string): BotPath | undefined {
  const [first = '', second = '', ...rest] = readPath(path).segments;
  if (first === 'file' && isBot(second)) return rest.length === 0 ? undefined : { file: rest.join('/') };
  if (!isBot(first)) return undefined;
  const [method = '', ...more] = second === 'test' ? rest : [second, ...rest];
  return more.length === 0 ? { method } : undefined;
}

/** The path with `bot***` for the segment of the token, and `***` for whatever else looks like one. */
export function hideToken(path: string): string {
  if (!/bot|[:%]/i.test(path)) return path;
  const segments = path.split('/');
  const at = tokenAt(segments);
  const hide = (segment: string) => (tokenLike.test(decode(segment)) ? '***' : segment);
  return segments.map((segment, i) => (i === at ? 'bot***' : hide(segment))).join('/');
}

/** The target with `token` where its path has a token. */
export function writeToken(target: string, token: string): string {
  const [path = '', query] = target.split(/\?(.*)/s);
  const segments = path.split('/');
  const at = tokenAt(segments);
  const written = segments.map((segment, i) => (i === at ? `bot${token}` : segment)).join('/');
  return query === undefined ? written : `${written}?${query}`;
}

const tokenLike = /bot\d+:|\d{3,}:[\w-]{8,}/i;

/** The token's segment: the first, or the one after `file`, if it is a bot's. */
function tokenAt(segments: readonly string[]): number {
  const first = segments.findIndex((segment) => segment !== '');
  const at = decode(segments[first] ?? '') === 'file' ? first + 1 : first;
  return isBot(decode(segments[at] ?? '')) ? at : -1;
}

function isBot(segment: string): boolean {
  return segment.startsWith('bot') && !segment.includes('%2F');
}

/** Escapes undone again and again, for finding: what is no escape stays. */
function decode(segment: string): string {
  let text = segment;
  for (let i = 0; i < 3 && text.includes('%'); i += 1) {
    text = text.replace(/%([0-9a-f]{2})/gi, (_, hex: string) =>
      String.fromCharCode(Number.parseInt(hex, 16)),
    );
  }
  return text;
}
