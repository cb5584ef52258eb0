import type { ReadonlyRawHeaders } from '@pai/core';
import { fieldLines } from './grammar.ts';

/**
 * Field lines, each with its CRLF, to be written as latin1; those for which `isLeftOut` says so are not in them. Throws
 * `broken` with the name of a field that would break out of its line.
 */
export function formatFields(
  headers: ReadonlyRawHeaders,
  broken: (name: string) => Error,
  isLeftOut?: (name: string) => boolean,
): string {
  let lines = '';
  let count = 0;
  for (let i = 0; i < headers.length; i += 2) {
    const name = headers[i] as string;
    if (isLeftOut?.(name) === true) continue;
    count += 1;
    lines += `${name}: ${headers[i + 1]}\r\n`;
  }
  if (!areLines(lines, count)) throw broken(findBroken(headers));
  return lines;
}

/** One look over all lines is much cheaper than one at each name and value. */
function areLines(lines: string, count: number): boolean {
  fieldLines.lastIndex = 0;
  fieldLines.test(lines);
  return fieldLines.lastIndex === lines.length && countLines(lines) === count;
}

function countLines(lines: string): number {
  let count = 0;
  for (let at = lines.indexOf('\n'); at !== -1; at = lines.indexOf('\n', at + 1)) count += 1;
  return count;
}

function findBroken(headers: ReadonlyRawHeaders): string {
  const at = headers.findIndex((name, i) => i % 2 === 0 && !areLines(`${name}: ${headers[i + 1]}\r\n`, 1));
  return headers[at] ?? 'header';
}
