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

/**
 * Formats fields as `formatFields` does, for one who formats the same ones again and again: those of the time before, one by
 * one, are not looked at anew.
 */
export function createFieldsFormat(
  broken: (name: string) => Error,
  isLeftOut?: (name: string) => boolean,
): (headers: ReadonlyRawHeaders) => string {
  let latest: ReadonlyRawHeaders = [];
  let lines = '';
  return (headers) => {
    if (!isSame(headers, latest)) {
      lines = formatFields(headers, broken, isLeftOut);
      latest = [...headers];
    }
    return lines;
  };
}

function isSame(one: ReadonlyRawHeaders, other: ReadonlyRawHeaders): boolean {
  if (one.length !== other.length) return false;
  for (let i = 0; i < one.length; i += 1) if (one[i] !== other[i]) return false;
  return true;
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
