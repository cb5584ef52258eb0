/** The type of the node that an id is for, as far as the id itself says: `PR_…`, or the old form, the base64 of `011:PullRequest7`. */
export function typeOfNodeId(id: string): string | undefined {
  const [, prefix] = /^([A-Z]+)_[A-Za-z0-9_-]+$/.exec(id) ?? [];
  if (prefix !== undefined) return typeByPrefix.get(prefix);
  const text = Buffer.from(id, 'base64').toString('latin1');
  if (Buffer.from(text, 'latin1').toString('base64') !== id) return undefined;
  const [, length, type = ''] = /^0(\d+):([A-Za-z]+)\d[\w:-]*$/.exec(text) ?? [];
  return Number(length) === type.length ? type : undefined;
}

/** The resource of a node that can be commented on, reacted to, locked, labelled or assigned; undefined for any other type. */
export function subjectResource(type: string): string | undefined {
  return subjects.get(type);
}

const typeByPrefix: ReadonlyMap<string, string> = new Map([
  ['PR', 'PullRequest'],
  ['PRR', 'PullRequestReview'],
  ['PRRC', 'PullRequestReviewComment'],
  ['PRRT', 'PullRequestReviewThread'],
  ['I', 'Issue'],
  ['IC', 'IssueComment'],
  ['D', 'Discussion'],
  ['DC', 'DiscussionComment'],
  ['RE', 'Release'],
  ['R', 'Repository'],
  ['U', 'User'],
  ['O', 'Organization'],
]);

const subjects: ReadonlyMap<string, string> = new Map([
  ['PullRequest', 'pulls'],
  ['PullRequestReview', 'pulls'],
  ['PullRequestReviewComment', 'pulls'],
  ['PullRequestReviewThread', 'pulls'],
  ['Issue', 'issues'],
  ['IssueComment', 'issues'],
  ['Discussion', 'discussions'],
  ['DiscussionComment', 'discussions'],
  ['Release', 'releases'],
]);
