import { stat } from 'node:fs/promises';

/**
 * What tells one state of a file from another, and from its absence. The change time is in it: two writes of the same
 * length can fall into one tick of the modification time.
 */
export async function factsOf(path: string): Promise<string> {
  const facts = await stat(path, { bigint: true }).catch(() => undefined);
  if (facts === undefined) return `${path} -`;
  return `${path} ${facts.dev} ${facts.ino} ${facts.size} ${facts.mtimeNs} ${facts.ctimeNs}`;
}
