import { deflateRawSync } from 'node:zlib';

/** A text compressed with the dictionary that all of them share, in base64. */
export function pack(text: string, dictionary: Buffer): string {
  return deflateRawSync(text, { level: 9, memLevel: 9, dictionary }).toString('base64');
}

/** The pieces that most texts share, the most common last: 32 kB at most, as much as deflate looks back. */
export function sharedText(texts: readonly string[], piece: RegExp): string {
  const uses = new Map<string, number>();
  for (const text of texts) {
    const parts = new Set(text.match(piece) ?? []);
    for (const part of parts) uses.set(part, (uses.get(part) ?? 0) + 1);
  }
  const worth = [...uses].filter(([part, count]) => count > 3 && part.length > 3);
  worth.sort(([a, n], [b, m]) => m * b.length - n * a.length || (a < b ? -1 : 1));
  const most = worth
    .map(([part]) => part)
    .join('\n')
    .slice(0, 32_000);
  return most.split('\n').reverse().join('');
}
