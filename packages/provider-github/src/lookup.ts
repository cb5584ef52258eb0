import { createAnswers, PaiError, printable } from '@pai/core';
import { type Ask, type AskOptions, createAsk } from './ask.ts';
import { isFullName } from './names.ts';
import { type Node, nodeQuery, readNode } from './node.ts';

export type { Node } from './node.ts';

/** What a request does not say, asked of GitHub with the real credential. Each is undefined where there is no upstream to ask (`pai explain`); each throws PaiError when GitHub cannot say. */
export interface Lookup {
  /** Whether a number is an issue or a pull request. */
  kindOf(repository: string, number: number): Promise<'issues' | 'pulls' | undefined>;
  /** `owner/repo` of a numeric id. */
  repository(id: number): Promise<string | undefined>;
  node(id: string): Promise<Node | undefined>;
}

/** A look-up that REST needs beside those of {@link Lookup}. */
export interface CommentLookup {
  /** The number of the issue or pull request that a comment in a conversation belongs to. */
  subjectOf(repository: string, comment: number): Promise<number | undefined>;
}

/** What look-ups stand on. */
export interface LookupOptions extends AskOptions {
  /** Nothing can be asked. */
  readonly isOffline: boolean;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/** A comment stays where it is, but its repository may be made anew. */
const subjectLife = 600_000;
/** Repositories are renamed and transferred, and an issue can be made into a pull request. */
const nameLife = 60_000;

/** Look-ups over GitHub's API. Answers are kept for a while, and one question is asked once for all who wait. */
export function createLookup(options: LookupOptions): Lookup & CommentLookup {
  if (options.isOffline) return offline;
  const { now } = options;
  const ask = createAsk(options);
  const kinds = createAnswers<'issues' | 'pulls'>({ life: nameLife, now });
  const subjects = createAnswers<number>({ life: subjectLife, now });
  const repositories = createAnswers<string>({ life: nameLife, now });
  const nodes = createAnswers<Node>({ life: nameLife, now });
  return {
    kindOf: (repository, number) =>
      kinds(`${repository.toLowerCase()}#${number}`, () => askKind(ask, repository, number)),
    subjectOf: (repository, comment) =>
      subjects(`${repository.toLowerCase()}#${comment}`, () => askSubject(ask, repository, comment)),
    repository: (id) => repositories(String(id), () => askRepository(ask, id)),
    node: (id) => nodes(id, () => askNode(ask, id)),
  };
}

/** Knows nothing: there is nobody to ask. */
export const offline: Lookup & CommentLookup = {
  kindOf: async () => undefined,
  subjectOf: async () => undefined,
  repository: async () => undefined,
  node: async () => undefined,
};

/** A token may read pull requests and not issues. */
async function askKind(ask: Ask, repository: string, number: number): Promise<'issues' | 'pulls'> {
  const issue = await ask.rest(`/repos/${repository}/issues/${number}`);
  if (issue?.['number'] === number) return isRecord(issue['pull_request']) ? 'pulls' : 'issues';
  const pull = await ask.rest(`/repos/${repository}/pulls/${number}`);
  if (pull?.['number'] === number) return 'pulls';
  throw unknown(`whether ${number} of ${repository} is an issue or a pull request`);
}

async function askSubject(ask: Ask, repository: string, comment: number): Promise<number> {
  const found = await ask.rest(`/repos/${repository}/issues/comments/${comment}`);
  const number = /\/issues\/(\d{1,15})$/.exec(String(found?.['issue_url']))?.[1];
  if (number === undefined) throw unknown(`what comment ${comment} of ${repository} belongs to`);
  return Number(number);
}

async function askRepository(ask: Ask, id: number): Promise<string> {
  const found = await ask.rest(`/repositories/${id}`);
  const name = found?.['full_name'];
  if (found?.['id'] !== id || !isFullName(name)) throw unknown(`which repository has the id ${id}`);
  return name;
}

async function askNode(ask: Ask, id: string): Promise<Node> {
  const node = readNode(await ask.graphql(nodeQuery, { id }));
  if (node === undefined || (node.repository !== undefined && !isFullName(node.repository))) {
    throw unknown(`what ${printable(id)} is`);
  }
  return node;
}

function isRecord(value: unknown): boolean {
  return typeof value === 'object' && value !== null;
}

function unknown(what: string): PaiError {
  return new PaiError('upstream_protocol', `GitHub does not say ${what}, or the token may not read it`);
}
