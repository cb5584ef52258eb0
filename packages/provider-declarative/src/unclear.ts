import type { Found, Table } from './table.ts';

/** Why another server could take the path for another route than the one that was found, or undefined. */
export function whyUnclear(
  find: Table,
  { row }: Found,
  method: string,
  segments: readonly string[],
): string | undefined {
  if (segments.some((segment) => segment.includes(';')))
    return 'has a semicolon in its path, where some servers end the segment';
  const exact = find(method, segments, true);
  if (exact !== undefined && exact.row !== row)
    return 'is one route to servers that tell case apart, and another one to the rest';
  const last = row.parts.at(-1);
  const [, stem] = /^(.+)\.[^.]*$/.exec(segments.at(-1) ?? '') ?? [];
  if (stem === undefined || last?.kind === 'static' || (last?.kind === 'one' && last.ending !== ''))
    return undefined;
  // Rails and others take the end of a path for the format that is wanted.
  const plain = find(method, [...segments.slice(0, -1), stem]);
  return plain === undefined || plain.row === row
    ? undefined
    : 'is another route to servers that read its ending as a format';
}
