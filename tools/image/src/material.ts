import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';

/** Something that went into the image and was made by others. */
export interface Material {
  /** What it is called where it comes from. */
  readonly name: string;
  readonly version: string;
  /** Package URL, which says what it is and where it is from. */
  readonly purl: string;
  /** Of the archive that was fetched, in hex. */
  readonly sha256: string;
  /** SPDX expression, where there is one for it. */
  readonly licence?: string;
}

/** SHA-256 of a file, in hex. */
export function sha256Of(file: string): string {
  return createHash('sha256').update(readFileSync(file)).digest('hex');
}
