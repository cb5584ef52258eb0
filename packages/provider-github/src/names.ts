/** An owner, a repository or an organization as GitHub spells them: nothing that could be read as another path. */
export function isName(segment: string): boolean {
  return /^[A-Za-z0-9._-]+$/.test(segment);
}
