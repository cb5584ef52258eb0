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
  if (text.length < prefix.length || !anywhere.test(text)) return undefined;
  const plain = /pai-placeholder-[a-z0-9-]*/i.exec(text)?.[0];
  if (plain !== undefined) return plain.toLowerCase();
  for (const [offset, form] of base64Forms.entries()) {
    const at = text.indexOf(form);
    if (at !== -1) return decodeAt(text, at - leadOf(offset), offset);
  }
  return undefined;
}

/** The prefix at its three alignments inside base64, without the characters that mix it with its neighbours. */
const base64Forms: readonly string[] = [0, 1, 2].map((offset) => {
  const encoded = Buffer.from('\0'.repeat(offset) + prefix).toString('base64');
  return encoded.slice(leadOf(offset), Math.floor(((offset + prefix.length) * 8) / 6));
});

/** The prefix in any case, or one of its forms: one search tells that there is nothing to find. */
const anywhere = new RegExp(
  [prefix.replace(/[a-z]/g, (letter) => `[${letter}${letter.toUpperCase()}]`), ...base64Forms].join('|'),
);

function leadOf(offset: number): number {
  return offset === 0 ? 0 : offset + 1;
}

/** Longest base64 of a placeholder: its prefix and a name of 63 characters. */
const longestBase64 = 120;

function decodeAt(text: string, start: number, offset: number): string {
  const decoded = Buffer.from(text.slice(Math.max(start, 0), start + longestBase64), 'base64').toString(
    'latin1',
  );
  return /^pai-placeholder-[a-z0-9-]*/i.exec(decoded.slice(offset))?.[0].toLowerCase() ?? prefix;
}
