import type { Redactor } from '@pai/core';

/** A whole text without credentials, and how many masks that took. */
export function maskText(
  text: string,
  redactor: Redactor,
): { readonly text: string; readonly count: number } {
  const content = redactor.content();
  const masked = Buffer.concat([content.push(Buffer.from(text)), content.end()]);
  return { text: masked.toString('utf8'), count: content.count() };
}
