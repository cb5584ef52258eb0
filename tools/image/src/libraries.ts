import { copyFileSync, globSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type Architecture, architectures } from './architectures.ts';
import { type Material, sha256Of } from './material.ts';
import { mustRun } from './run.ts';

/** What Node's binary is linked with, and the loader: `ldd node`. */
const libraries = [
  'libc.so.6',
  'libdl.so.2',
  'libgcc_s.so.1',
  'libm.so.6',
  'libpthread.so.0',
  'libstdc++.so.6',
];

const packages = ['libc6', 'libgcc-s1', 'libstdc++6'];

/**
 * Lays the libraries that Node needs into `rootfs`, from the packages of the distribution that this machine runs, fetched
 * and verified by apt with lists of its own, so that any architecture can be had and nothing is installed.
 */
export function layLibraries(architecture: Architecture, rootfs: string, scratch: string): Material[] {
  const files = fetchPackages(architecture, scratch);
  const root = join(scratch, 'root');
  for (const file of files) mustRun(scratch, 'dpkg-deb', '-x', file, root);
  const { libraries: directory, loader } = architectures[architecture];
  const from = (path: string) => {
    const [found] = [path, `usr/${path}`].flatMap((place) => globSync(join(root, place)));
    if (found === undefined) throw new Error(`no package of ${packages.join(', ')} has ${path}`);
    return found;
  };
  for (const path of [loader, ...libraries.map((name) => join(directory, name))]) {
    copy(from(path), join(rootfs, path));
  }
  for (const name of packages) {
    const page = join('usr/share/doc', name, 'copyright');
    copy(from(page), join(rootfs, page));
  }
  return files.map((file) => materialOf(file, scratch));
}

function fetchPackages(architecture: Architecture, scratch: string): string[] {
  const at = (...path: string[]) => join(scratch, ...path);
  for (const path of ['apt/lists/partial', 'apt/archives/partial', 'debs']) {
    mkdirSync(at(path), { recursive: true });
  }
  writeFileSync(at('apt/status'), '');
  const options = {
    'Dir::State': at('apt'),
    'Dir::State::status': at('apt/status'),
    'Dir::Cache': at('apt'),
    'APT::Architecture': architecture,
    'APT::Architectures': architecture,
    'APT::Sandbox::User': 'root',
  };
  const flags = Object.entries(options).flatMap(([name, value]) => ['-o', `${name}=${value}`]);
  mustRun(scratch, 'apt-get', ...flags, '-qq', 'update');
  const download = (...names: string[]) =>
    mustRun(at('debs'), 'apt-get', ...flags, '-qq', 'download', ...names);
  download(...packages);
  const [gcc = ''] = globSync(at('debs/libgcc-s1_*.deb'));
  // The two of GCC have their licence in a third one: `gcc-12-base (= 12.2.0-14)`.
  const [base] = /gcc-\d+-base/.exec(mustRun(scratch, 'dpkg-deb', '-f', gcc, 'Depends')) ?? [];
  if (base !== undefined) download(base);
  return globSync(at('debs/*.deb')).sort();
}

function materialOf(file: string, scratch: string): Material {
  const field = (name: string) => mustRun(scratch, 'dpkg-deb', '-f', file, name);
  const [name, version, architecture] = [field('Package'), field('Version'), field('Architecture')];
  const purl = `pkg:deb/debian/${name}@${encodeURIComponent(version)}?arch=${architecture}`;
  return { name, version, purl, sha256: sha256Of(file) };
}

function copy(from: string, to: string): void {
  mkdirSync(dirname(to), { recursive: true });
  copyFileSync(from, to);
}
