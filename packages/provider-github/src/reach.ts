import type { Place } from './containers.ts';
import type { ListedOperation } from './routes.ts';

/**
 * Whether a place that names no repository holds no repository data either, so that a repository scope has nothing to
 * say about it. Closed: whatever is not in these lists can reach repositories.
 */
export function isWithoutRepositories(place: Place, isRead: boolean): boolean {
  const noun = place.rest[0]?.toLowerCase() ?? '';
  if (place.container === 'root') return rootNouns.has(noun);
  if (place.container === 'user') return userNouns.has(noun);
  return place.container === 'org' && noun === '' && isRead;
}

/** The service itself, lists of accounts, and gists. Not `markdown`: it can render what its context repository holds. */
const rootNouns: ReadonlySet<string> = new Set([
  '',
  'meta',
  'zen',
  'octocat',
  'emojis',
  'versions',
  'rate_limit',
  'feeds',
  'licenses',
  'gitignore',
  'codes_of_conduct',
  'gists',
  'users',
  'organizations',
  'advisories',
]);

/** An account's own profile and settings. */
const userNouns: ReadonlySet<string> = new Set([
  '',
  'gists',
  'followers',
  'following',
  'orgs',
  'keys',
  'gpg_keys',
  'ssh_signing_keys',
  'emails',
  'email',
  'public_emails',
  'social_accounts',
  'blocks',
]);

/**
 * Whether an operation on one repository reaches others, which it does not name: it links issues or follows such links,
 * makes a repository of a template, or runs CodeQL on a list of repositories. `main...OWNER:REPO:BRANCH` compares with
 * another repository too; `OWNER:BRANCH` stays with its own.
 */
export function reachesOthers({ parts, parameters }: ListedOperation): boolean {
  const { basehead } = parameters;
  if (basehead?.split('...').some((side) => side.split(':').length > 2) === true) return true;
  if (parts[0] === 'issues') return linkingSegments.has(parts[2] ?? '');
  return crossing.has(parts.length > 3 ? '' : parts.join('/'));
}

const linkingSegments: ReadonlySet<string> = new Set([
  'sub_issue',
  'sub_issues',
  'parent',
  'dependencies',
  'timeline',
]);

const crossing: ReadonlySet<string> = new Set(['generate', 'code-scanning/codeql/variant-analyses']);
