import { readPath } from '@pai/core';
import { foldCase } from './fold-case.ts';
import { longestPattern, refuseUnreadable, unusable } from './invalid.ts';
import { compileTokens, literalOf, type Matcher, type Token } from './wildcard.ts';

/** Stands for an encoded slash (`%2F`) inside a segment; no path and no pattern can hold it otherwise. */
const encodedSlash = '\x01';

/** Throws `config_invalid`, as compiling it would, for a pattern that no path can fit. */
export function assertPathPattern(pattern: string): void {
  readPattern(pattern);
}

/** Whether a pattern can surely be used: a path that core's `readPath` takes as it is, with `*` for any character of it. */
export function isOrdinaryPath(pattern: string): boolean {
  return (
    pattern.length <= longestPattern &&
    /^\/(?:[\w~!$&'()*+,;=:@-][\w~!$&'()*+,;=:@.-]*(?:\/|$))*$/.test(pattern) &&
    !pattern.includes('***')
  );
}

/**
 * Compiles a path pattern of an allow rule, for texts of `allowReading`: exact, with regard to case. `*` crosses neither
 * a slash nor an encoded one, `**` crosses both. Throws `config_invalid` for a pattern that no path can fit.
 */
export function compileAllowPath(pattern: string): Matcher {
  const segments = readPattern(pattern);
  if (segments === undefined) return () => true;
  return compileTokens(allowTokens(segments), `/${encodedSlash}`);
}

/** What every text begins with that the pattern of an allow rule fits: a slash and more, or nothing. */
export function allowBeginning(pattern: string): string {
  const segments = readPattern(pattern);
  return segments === undefined ? '' : literalOf(allowTokens(segments)[0]);
}

/**
 * Compiles a path pattern of a deny rule, for texts of `denyReadings`. Case does not matter, an encoded slash counts both
 * as a slash and as a character of the segment, and `/**` also fits the path that stands before it.
 */
export function compileDenyPath(pattern: string): (readings: readonly string[]) => boolean {
  const forms = denyForms(pattern);
  if (forms === undefined) return () => true;
  const [first, second] = forms.map((tokens) => compileTokens(tokens, '/'));
  return (readings) => readings.some((text) => first?.(text) === true || second?.(text) === true);
}

/** The same for each of the ways in which the pattern of a deny rule is read. */
export function denyBeginnings(pattern: string): readonly string[] {
  return denyForms(pattern)?.map((tokens) => literalOf(tokens[0])) ?? [''];
}

/** Undefined for a pattern that fits every path. */
function denyForms(pattern: string): readonly Token[][] | undefined {
  const whole = readPattern(pattern);
  if (whole === undefined) return undefined;
  const split = splitAtEncodedSlashes(whole);
  const forms = split.length === whole.length ? [whole] : [whole, split];
  return forms.map(wrapSegments);
}

function allowTokens(segments: readonly Token[][]): Token[] {
  return joinLiterals(segments.flatMap((segment) => [slash, ...segment]));
}

/** The text of a read path (core's `readPath(…).text`) as allow rules match it. */
export function allowReading(text: string): string {
  return text.includes('%2F') ? text.replaceAll('%2F', encodedSlash) : text;
}

/**
 * Every way in which a server might read a path, as deny rules match them: without case; with encoded slashes kept and
 * split; and once more as servers do that decode twice, drop `;parameters` or trailing dots and spaces.
 */
export function denyReadings(text: string): readonly string[] {
  const plain = foldCase(allowReading(text));
  if (!/[%;\x01]|[. ](?:\/|$)/.test(plain)) return [wrapText(plain)];
  const loose = decodeAgain(plain);
  const readings = [plain, loose].flatMap((reading) => [reading, reading.replaceAll(encodedSlash, '/')]);
  return [...new Set(readings.flatMap((reading) => [wrapText(reading), wrapText(trimSegments(reading))]))];
}

/** Tokens a segment, or undefined for a pattern that fits every path. */
function readPattern(pattern: string): Token[][] | undefined {
  if (pattern === '*' || pattern === '**') return undefined;
  if (!isOrdinaryPath(pattern)) refuseUnusable(pattern);
  const trimmed = pattern.length > 1 && pattern.endsWith('/') ? pattern.slice(0, -1) : pattern;
  return trimmed.slice(1).split('/').map(tokensOfSegment);
}

function refuseUnusable(pattern: string): void {
  refuseUnreadable(pattern);
  const ofUrl = /^[a-z]+:\/\/[^/]*(.*)$/i.exec(pattern)?.[1];
  if (ofUrl !== undefined)
    throw unusable(pattern, 'is a URL', `write its path, ${ofUrl || '/'}; spec.host is the host`);
  if (!pattern.startsWith('/')) throw unusable(pattern, 'does not begin with /', `write /${pattern}`);
  if (pattern.includes('?'))
    throw unusable(
      pattern,
      'has a ?, and the query is no part of the path',
      'end it before the ?, or write %3F for one in the path',
    );
  if (pattern.includes('***')) throw unusable(pattern, 'has ***', 'write * for one segment or ** for many');
  try {
    readPath(pattern.replaceAll('*', 'x'));
  } catch {
    const why = 'fits no path: it has an empty or a dot segment, a backslash or a broken escape';
    throw unusable(pattern, why, 'write it plainly, such as /v1/items/*');
  }
}

const slash: Token = { literal: '/' };

function tokensOfSegment(segment: string): Token[] {
  return (segment.match(/\*\*?|[^*]+/g) ?? []).map((piece) => {
    if (piece === '**') return { wildcard: 'run' };
    if (piece === '*') return { wildcard: 'part' };
    return { literal: decodeURIComponent(piece.replace(/%2f/gi, encodedSlash)) };
  });
}

function splitAtEncodedSlashes(segments: readonly Token[][]): Token[][] {
  return segments.flatMap((segment) => {
    const parts: Token[][] = [[]];
    for (const token of segment) {
      const literals = 'literal' in token ? token.literal.split(encodedSlash) : [];
      literals.forEach((literal, i) => {
        if (i > 0) parts.push([]);
        if (literal !== '') parts.at(-1)?.push({ literal });
      });
      if ('wildcard' in token) parts.at(-1)?.push(token);
    }
    return parts;
  });
}

/** Every segment gets a slash of its own on both sides, so that a segment `**` can also stand for no segment at all. */
function wrapSegments(segments: readonly Token[][]): Token[] {
  const filled = segments.filter((segment) => segment.length > 0);
  if (filled.length === 0) return [{ literal: rootText }];
  const tokens = filled.flatMap((segment) => (isRun(segment) ? segment : [slash, ...segment, slash]));
  return joinLiterals(
    tokens.map((token) => ('literal' in token ? { literal: foldCase(token.literal) } : token)),
  );
}

function isRun([first, ...rest]: readonly Token[]): boolean {
  return rest.length === 0 && first !== undefined && 'wildcard' in first && first.wildcard === 'run';
}

function wrapText(text: string): string {
  if (text.startsWith('/') && !text.endsWith('/') && !text.includes('//'))
    return `${text.replaceAll('/', '//').slice(1)}/`;
  const segments = text.split('/').filter((segment) => segment !== '');
  return segments.length === 0 ? rootText : `/${segments.join('//')}/`;
}

/** The path `/`: one empty segment with its slashes. */
const rootText = '//';

function joinLiterals(tokens: readonly Token[]): Token[] {
  const joined: Token[] = [];
  for (const token of tokens) {
    const last = joined.at(-1);
    if ('literal' in token && last !== undefined && 'literal' in last) {
      joined[joined.length - 1] = { literal: last.literal + token.literal };
    } else joined.push(token);
  }
  return joined;
}

function decodeAgain(text: string): string {
  const once = decodeAscii(text);
  return once === text ? text : foldCase(decodeAscii(once));
}

function decodeAscii(text: string): string {
  return text.replace(/%([2-7][0-9a-f])/gi, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
}

function trimSegments(text: string): string {
  return text.split('/').map(trimSegment).join('/');
}

function trimSegment(segment: string): string {
  const parameters = segment.indexOf(';');
  let end = parameters === -1 ? segment.length : parameters;
  while (end > 0 && (segment[end - 1] === '.' || segment[end - 1] === ' ')) end--;
  return segment.slice(0, end);
}
