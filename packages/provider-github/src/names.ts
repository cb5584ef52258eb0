/** An owner, a repository or an organization as GitHub spells them: nothing that could be read as another path. */
export function isName(segment: string): boolean {
  return /^[A-Za-z0-9._-]+$/.test(segment);
}

/** Whether a value is the full name of a repository: `owner/repo`, both of them names. */
export function isFullName(value: unknown): value is string {
  return typeof value === 'string' && value.split('/').length === 2 && value.split('/').every(isName);
}

/** Whether the head of a pull request names a repository, `OWNER:REPO:BRANCH`, as where branches are compared; `OWNER:BRANCH` is of a fork. */
export function hasRepository(head: string): boolean {
  return head.split(':').length > 2;
}
