import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** One npm package, unpacked into a scratch directory. */
export interface SourcePackage {
  readonly name: string;
  readonly version: string;
  readonly licence: string;
  /** Text of one of its files. */
  readonly read: (path: string) => string;
}

/** Fetches exactly `name@version` from the npm registry into `scratch`. Runs none of its scripts. */
export function fetchPackage(name: string, version: string, scratch: string): SourcePackage {
  const packed = execFileSync('npm', ['pack', '--silent', '--ignore-scripts', `${name}@${version}`], {
    cwd: scratch,
    encoding: 'utf8',
  });
  execFileSync('tar', ['-xzf', packed.trim()], { cwd: scratch });
  const read = (path: string) => readFileSync(join(scratch, 'package', path), 'utf8');
  const { license } = JSON.parse(read('package.json')) as { license: string };
  return { name, version, licence: license, read };
}

/** SHA-256 of a text, in hex. */
export function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
