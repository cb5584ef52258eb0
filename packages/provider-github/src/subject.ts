import { PaiError, printable } from '@pai/core';
import type { CommentLookup, Lookup } from './lookup.ts';
import type { ListedOperation } from './routes.ts';

/** Whether an operation is done to what can be an issue or a pull request. */
export function hasSubject({ method, parts }: ListedOperation): boolean {
  return method !== 'GET' && parts[0] === 'issues';
}

/**
 * The noun of what an operation under `issues` is done to, when that can be a pull request: every pull request is an
 * issue, and only GitHub knows which numbers are. Reading stays `issues`, and so does what nobody can be asked about.
 */
export async function subjectNoun(
  repository: string,
  listed: ListedOperation,
  lookup: Lookup & CommentLookup,
): Promise<'issues' | 'pulls'> {
  if (!hasSubject(listed)) return 'issues';
  const { issue_number: issue, comment_id: comment } = listed.parameters;
  if (issue !== undefined) return (await lookup.kindOf(repository, numberOf(issue))) ?? 'issues';
  if (comment === undefined) return 'issues';
  const subject = await lookup.subjectOf(repository, numberOf(comment));
  return subject === undefined ? 'issues' : ((await lookup.kindOf(repository, subject)) ?? 'issues');
}

function numberOf(text: string): number {
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw new PaiError('malformed_request', `${printable(text)} is not the number of an issue or a comment`);
}
