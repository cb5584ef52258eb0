import { printable } from '@pai/core';
import { isName } from '../names.ts';
import { isAccount, isOfOwner, isOutside } from './resources.ts';
import { unreadable } from './unreadable.ts';

/**
 * Where an object stands: `in` a repository that the request names; `near` one, as the metadata of its parent is; `of` an
 * account that it names; `out` of all repositories; in `any` repository.
 */
export type Standing = `in ${string}` | `near ${string}` | `of ${string}` | 'out' | 'any';

/** How a field is followed: from a type that stands somewhere, to a type. */
export interface Step {
  readonly from: string;
  readonly at: Standing;
  readonly field: string;
  readonly to: string;
  /** A string argument of the field; undefined when it is not given or is no string. */
  readonly text: (argument: string) => string | undefined;
}

/**
 * Where what a field leads to stands. Closed: what cannot be shown to stay in a repository is in any. Throws
 * `malformed_request` when a repository is named by what is no name.
 */
export function follow(step: Step): Standing {
  const { from, at, to, field, text } = step;
  if (to === 'Repository') return followToRepository(step);
  if (texts.has(to)) return isNamed(at) ? at : 'out';
  if (isOutside(to)) {
    const login = from === 'Query' && isAccount(to) ? text('login') : undefined;
    return login !== undefined && isName(login) ? `of ${login}` : 'out';
  }
  if (isOfOwner(to)) return 'any';
  if (at.startsWith('near ')) return 'any';
  if (!at.startsWith('in ')) return 'any';
  if (to === 'Comparison' && namesOther(text('headRef'))) return 'any';
  if (!linkable.has(to) || from === 'Repository' || from.endsWith('Payload')) return at;
  return staysHome(from, field) ? at : 'any';
}

/** `OWNER:REPO:BRANCH` compares with another repository; `OWNER:BRANCH` stays with its network, as over REST. */
function namesOther(headRef: string | undefined): boolean {
  return headRef === undefined || headRef.split(':').length > 2;
}

/** Whether a standing is in or near a repository that the request names. */
export function isNamed(at: Standing): boolean {
  return at.startsWith('in ') || at.startsWith('near ');
}

function followToRepository({ from, at, field, text }: Step): Standing {
  if (from === 'Query' && field === 'repository')
    return `in ${nameOf(text('owner'))}/${nameOf(text('name'))}`;
  if (at.startsWith('of ') && field === 'repository') return `in ${at.slice(3)}/${nameOf(text('name'))}`;
  if (!at.startsWith('in ')) return 'any';
  if (from.endsWith('Payload') || staysHome(from, field)) return at;
  return kin.has(`${from}.${field}`) ? `near ${at.slice(3)}` : 'any';
}

function nameOf(text: string | undefined): string {
  if (text !== undefined && isName(text)) return text;
  throw unreadable(
    `${text === undefined ? 'what is no string' : printable(text)} is no name of a repository or an account`,
  );
}

/** Known texts and words, the same everywhere. */
const texts: ReadonlySet<string> = new Set(['CodeOfConduct', 'Language', 'License']);

/** Types that other repositories' objects lead to as well. */
const linkable: ReadonlySet<string> = new Set([
  'Blob',
  'Commit',
  'Discussion',
  'Issue',
  'PullRequest',
  'Ref',
  'Release',
  'Tag',
  'Tree',
]);

/** GitHub's REST answer for the object that leads there holds the same metadata. */
const kin: ReadonlySet<string> = new Set([
  'Repository.parent',
  'Repository.templateRepository',
  'PullRequest.headRepository',
]);

function staysHome(from: string, field: string): boolean {
  return (back.has(field) && !elsewhere.has(`${from}.${field}`)) || forth.has(`${from}.${field}`);
}

/** From a part back to what it is a part of. */
const back: ReadonlySet<string> = new Set([
  'assignable',
  'baseRepository',
  'closable',
  'commit',
  'discussion',
  'issue',
  'labelable',
  'lockable',
  'pullRequest',
  'reactable',
  'repository',
]);

const elsewhere: ReadonlySet<string> = new Set([
  'DependencyGraphDependency.repository',
  'ReferencedEvent.commit',
  'ConvertedToDiscussionEvent.discussion',
  'TransferredEvent.issue',
]);

const forth: ReadonlySet<string> = new Set([
  'BranchProtectionRule.matchingRefs',
  'Commit.history',
  'Commit.parents',
  'Commit.tree',
  'Comparison.commits',
  'Label.issues',
  'Label.pullRequests',
  'Milestone.issues',
  'Milestone.pullRequests',
  'PullRequest.baseRef',
  'PullRequest.mergeCommit',
  'PullRequest.potentialMergeCommit',
  'PullRequestReviewComment.originalCommit',
  'Ref.target',
  'Release.tag',
  'Release.tagCommit',
  'ReleaseAsset.release',
  'Tag.target',
  'TreeEntry.object',
]);
