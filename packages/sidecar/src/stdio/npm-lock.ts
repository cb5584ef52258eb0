import { PaiError } from '@pai/core';
import { isMembers } from './messages.ts';

/**
 * Refuses a `package-lock.json` (docs.npmjs.com, lockfileVersion 3) by which something would be installed that no digest
 * vouches for, or that is not from a registry. Throws `program_unavailable`.
 */
export function refuseUnverified(text: string): void {
  const lock: unknown = JSON.parse(text);
  const packages = isMembers(lock) ? lock['packages'] : undefined;
  if (!isMembers(packages)) throw refusal('the lockfile lists no packages', 'remove it');
  for (const [path, entry] of Object.entries(packages)) {
    if (path === '') continue;
    refuseElsewhere(path, entry);
    const name = path.replace(/^.*node_modules\//, '');
    if (!isMembers(entry) || entry['link'] === true) throw refusal(`${name} is not from a registry`, remedy);
    // It is in the package around it, which has a digest.
    if (entry['inBundle'] === true) continue;
    const { resolved, integrity } = entry;
    if (typeof resolved !== 'string' || !isRegistry(resolved))
      throw refusal(`${name} is not from a registry over https`, remedy);
    if (typeof integrity !== 'string' || !/^sha512-|^sha384-|^sha256-|^sha1-/.test(integrity))
      throw refusal(`${name} has no digest`, remedy);
  }
}

/** What a package wants is a version of a registry's package: an archive somewhere else may be another one tomorrow. */
function refuseElsewhere(path: string, entry: unknown): void {
  if (!isMembers(entry)) return;
  for (const kind of ['dependencies', 'optionalDependencies', 'peerDependencies']) {
    const wanted = isMembers(entry[kind]) ? Object.entries(entry[kind]) : [];
    for (const [name, spec] of wanted) {
      if (typeof spec === 'string' && (spec.startsWith('npm:') || !/[:/]/.test(spec))) continue;
      throw refusal(`${path} wants ${name}, which is not from a registry`, remedy);
    }
  }
}

const remedy = 'name packages that come from a registry whole';

/** In clear only from this machine. */
function isRegistry(resolved: string): boolean {
  if (!URL.canParse(resolved)) return false;
  const { protocol, hostname } = new URL(resolved);
  return (
    protocol === 'https:' ||
    (protocol === 'http:' && /^(?:127\.\d+\.\d+\.\d+|localhost|\[::1\])$/.test(hostname))
  );
}

function refusal(why: string, what: string): PaiError {
  return new PaiError('program_unavailable', `${why}; ${what}`);
}
