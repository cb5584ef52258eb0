import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';

/** A file in a package's tarball. */
export interface TarEntry {
  /** Relative to the package. */
  readonly path: string;
  readonly mode: number;
  readonly text: string;
}

/** Reads the regular files of an npm tarball (POSIX ustar, gzipped). Throws for an entry of any other kind. */
export function readTarball(file: string): readonly TarEntry[] {
  const tar = gunzipSync(readFileSync(file));
  const entries: TarEntry[] = [];
  let at = 0;
  while (tar[at] !== 0 && at < tar.length) {
    const field = (start: number, length: number) =>
      tar.toString('utf8', at + start, at + start + length).replace(/\0.*$/s, '');
    const size = Number.parseInt(field(124, 12), 8);
    const name = [field(345, 155), field(0, 100)].filter(Boolean).join('/');
    if (!/^0?$/.test(field(156, 1))) throw new Error(`${file}: ${name} is not a regular file`);
    entries.push({
      path: name.replace(/^package\//, ''),
      mode: Number.parseInt(field(100, 8), 8),
      text: tar.toString('utf8', at + 512, at + 512 + size),
    });
    at += 512 + Math.ceil(size / 512) * 512;
  }
  return entries;
}
