import { createHash } from 'node:crypto';
import { copyFileSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import node from '../node.json' with { type: 'json' };
import type { Architecture } from './architectures.ts';
import { type Material, sha256Of } from './material.ts';
import { mustRun } from './run.ts';

/**
 * Lays Node for an architecture into `rootfs`, from the package of Node's own binaries, and its licence. Throws when what
 * the registry gives is not what `node.json` names by its digest.
 */
export function layNode(architecture: Architecture, rootfs: string, scratch: string): Material {
  const { package: name, integrity } = node[architecture];
  const { version } = node;
  const packed = mustRun(scratch, 'npm', 'pack', '--silent', '--ignore-scripts', `${name}@${version}`);
  const archive = join(scratch, packed);
  const found = `sha512-${createHash('sha512').update(readFileSync(archive)).digest('base64')}`;
  if (found !== integrity)
    throw new Error(`${name}@${version} is ${found}, and node.json wants ${integrity}`);
  mustRun(scratch, 'tar', '-xzf', archive);
  const unpacked = join(scratch, 'package');
  mkdirSync(join(rootfs, 'usr/local/bin'), { recursive: true });
  mkdirSync(join(rootfs, 'usr/share/doc/node'), { recursive: true });
  copyFileSync(join(unpacked, 'bin/node'), join(rootfs, 'usr/local/bin/node'));
  copyFileSync(join(unpacked, 'LICENSE'), join(rootfs, 'usr/share/doc/node/LICENSE'));
  const purl = `pkg:npm/${name}@${version}`;
  return { name, version, purl, sha256: sha256Of(archive), licence: 'MIT' };
}
