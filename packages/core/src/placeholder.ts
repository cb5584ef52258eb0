const prefix = 'pai-placeholder-';

/** What an agent holds in place of the credential of the Provider called `provider`. Not confidential. */
export function placeholderFor(provider: string): string {
  return prefix + provider;
}

/**
 * The first placeholder inside `text`, in plain form or inside base64 (Basic authentication), or undefined. One that is
 * embedded in a longer token must end at a character other than a letter, a digit or a dash.
 */
export function findPlaceholder(text: string): string | undefined {
  const hit = anyForm.exec(text);
  if (hit === null) return undefined;
  if (hit[0].toLowerCase() === prefix) return placeholderAt(text, hit.index);
  const word = /[A-Za-z0-9+/_-]*$/.exec(text.slice(0, hit.index))?.[0] ?? '';
  const decoded = Buffer.from(text.slice(hit.index - word.length), 'base64').toString('latin1');
  return placeholderAt(decoded, Math.max(decoded.indexOf(prefix), 0)) ?? prefix;
}

/** The prefix, plain and at its three alignments inside base64, where the first and last characters mix with their neighbours. */
const anyForm = new RegExp([prefix, ...[0, 1, 2].map(alignedBase64)].join('|'), 'i');

function alignedBase64(offset: number): string {
  const encoded = Buffer.from('\0'.repeat(offset) + prefix).toString('base64');
  return encoded.slice(offset === 0 ? 0 : offset + 1, Math.floor(((offset + prefix.length) * 8) / 6));
}

function placeholderAt(text: string, index: number): string | undefined {
  return /^pai-placeholder-[a-z0-9-]*/i.exec(text.slice(index))?.[0].toLowerCase();
}
