import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A text in which no real token may stand. */
export interface Haystack {
  readonly name: string;
  readonly text: string;
}

/** Every file below `directory`. */
export function filesBelow(directory: string, name: string): Haystack[] {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => ({
      name: `${name} (${entry.name})`,
      text: readFileSync(join(entry.parentPath, entry.name), 'latin1'),
    }));
}

/** The names of the texts that have one of the tokens in them, plain, in hex or in base64. */
export function findLeaks(haystacks: readonly Haystack[], tokens: readonly string[]): string[] {
  const needles = tokens.flatMap(spellings);
  return haystacks
    .filter(({ text }) => {
      const lower = text.toLowerCase();
      return needles.some((needle) => lower.includes(needle));
    })
    .map(({ name }) => name);
}

/** Without case. Base64 at each of its three alignments, without the characters that mix with their neighbours. */
function spellings(token: string): string[] {
  const bytes = Buffer.from(token);
  const aligned = [0, 1, 2].map((offset) => {
    const encoded = Buffer.concat([Buffer.alloc(offset), bytes]).toString('base64');
    return encoded.slice(offset === 0 ? 0 : offset + 1, Math.floor(((offset + bytes.length) * 8) / 6));
  });
  return [token, bytes.toString('hex'), ...aligned].map((text) => text.toLowerCase());
}
