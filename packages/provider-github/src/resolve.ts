import {
  type Action,
  type Actions,
  type AgentRequest,
  findMethodOverride,
  printable,
  type Resolution,
  readPath,
} from '@pai/core';
import { type Place, placeOf } from './containers.ts';
import { type Door, doorOf } from './door.ts';
import { gitPlaceOf } from './git/place.ts';
import { type OnPush, resolveGit } from './git/resolve-git.ts';
import type { CommentLookup, Lookup } from './lookup.ts';
import { nameOperation, nameUnlisted } from './name.ts';
import { canNameOthers, withNamed } from './named-in-body.ts';
import { isName } from './names.ts';
import { nounResource } from './nouns.ts';
import { isWithoutRepositories, reachesOthers } from './reach.ts';
import { unknownReference } from './refs.ts';
import { resolveRegistry } from './registries.ts';
import { readReview } from './review.ts';
import { findOperation, type ListedOperation } from './routes.ts';
import { resolveSigned } from './signed.ts';
import { hasSubject, subjectNoun } from './subject.ts';
import type { Method } from './verbs.ts';
import { resolveWeb } from './web.ts';
import { withReferences } from './written-refs.ts';

/** What a resolver may know beside its look-ups. */
export interface ResolverOptions {
  /** The references that REST writes are read from its bodies. Default false. */
  readonly readsReferences?: boolean;
  /** Whether the scope holds a repository: nothing is asked about others. Default: it holds all. */
  readonly isInScope?: (repository: string) => boolean;
  /** Takes what was read of a push, for the denial that may follow. */
  readonly onPush?: (request: AgentRequest) => OnPush;
}

/** What is known while a request is read. */
interface Reader extends ResolverOptions {
  readonly lookup: Lookup & CommentLookup;
}

/** Names the actions of a request to any host of GitHub, by the naming rule in docs/github.md. */
export function createResolver(lookup: Lookup & CommentLookup, options: ResolverOptions = {}) {
  const reader: Reader = { ...options, lookup };
  return (request: AgentRequest): Resolution | Promise<Resolution> => {
    const override = findMethodOverride(request);
    if (override !== undefined)
      return { unresolved: `${override} asks for another method; send that method` };
    const { method } = request;
    if (!isMethod(method)) return { unresolved: `${printable(method)} is no method of GitHub's API` };
    return resolveAt(doorOf(request.host, readPath(request.path).segments), request, method, reader);
  };
}

function resolveAt(
  { kind, segments }: Door,
  request: AgentRequest,
  method: Method,
  reader: Reader,
): Resolution | Promise<Resolution> {
  switch (kind) {
    case 'rest':
      return resolveRest(request, method, segments, reader);
    case 'graphql':
      return resolveLazily(request, reader.lookup);
    case 'web':
    case 'gist': {
      const place = gitPlaceOf(segments, kind === 'gist');
      if (place !== undefined) return resolveGit(request, place, reader.onPush?.(request) ?? (() => {}));
      return resolveWeb(kind, method, segments);
    }
    case 'signed':
      return resolveSigned(request, segments, reader.lookup);
    case 'raw':
    case 'gistRaw':
    case 'codeload':
      return resolveWeb(kind, method, segments);
    case 'other':
      return { unresolved: `${request.host} is no host that this Provider reads` };
    default:
      return resolveRegistry(kind, method, segments, request.query);
  }
}

/** What reads GraphQL is loaded when the first agent sends some. */
async function resolveLazily(request: AgentRequest, lookup: Pick<Lookup, 'node'>): Promise<Resolution> {
  const { resolveGraphql } = await import('./graphql/resolve.ts');
  return resolveGraphql(request, lookup);
}

function isMethod(method: string): method is Method {
  return methods.has(method);
}

const methods: ReadonlySet<string> = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE']);

/** A request to the REST API, and what its path says. */
interface Question {
  readonly request: AgentRequest;
  readonly method: Method;
  readonly place: Place;
  readonly listed: ListedOperation | undefined;
  readonly reader: Reader;
}

function resolveRest(
  request: AgentRequest,
  method: Method,
  segments: readonly string[],
  reader: Reader,
): Resolution | Promise<Resolution> {
  const place = placeOf(segments);
  const odd = place.identity.find((segment) => !isIdentity(segment, place));
  if (odd !== undefined) return { unresolved: `${printable(odd)} is no name of a repository or an account` };
  const listed = findListed(place, method);
  const question = { request, method, place, listed, reader };
  if (place.container === 'repo' && place.repository === undefined) return resolveNumbered(question);
  return resolveIn(place.repository ?? repositoryIn(listed), question);
}

/** `/repositories/{id}`, which only GitHub knows the name of. */
async function resolveNumbered(question: Question): Promise<Resolution> {
  const { place, reader } = question;
  const [id = ''] = place.identity;
  const repository = /^\d{1,15}$/.test(id) ? await reader.lookup.repository(Number(id)) : undefined;
  return resolveIn(repository, question);
}

function resolveIn(repository: string | undefined, question: Question): Resolution | Promise<Resolution> {
  const { method, place, listed, reader } = question;
  if (listed === undefined) {
    return resolveUnlisted(place, repository, method, reader.readsReferences ?? false);
  }
  if (repository !== undefined && repository !== place.repository && !repository.split('/').every(isName)) {
    return { unresolved: `${printable(repository)} is no name of a repository` };
  }
  if (place.container !== 'repo' || repository === undefined || !hasSubject(listed)) {
    return resolveListed(listed.name, listed, repository, question);
  }
  return resolveSubject(listed, repository, question);
}

/** Under the noun of what the operation is done to. */
async function resolveSubject(
  listed: ListedOperation,
  repository: string,
  question: Question,
): Promise<Resolution> {
  const { lookup, isInScope } = question.reader;
  const isPull =
    isInScope?.(repository) !== false && (await subjectNoun(repository, listed, lookup)) === 'pulls';
  const name = isPull
    ? nameOperation('repo', ['pulls', ...listed.parts.slice(1)], listed.method)
    : listed.name;
  return resolveListed(name, listed, repository, question);
}

function resolveListed(
  name: string | undefined,
  listed: ListedOperation,
  repository: string | undefined,
  { request, method, place, reader }: Question,
): Resolution | Promise<Resolution> {
  if (name === undefined) return { unresolved: 'the path begins with no readable noun' };
  const action = reachesOthers(listed) ? { name, reach: 'any' as const } : actionOf(name, repository, place);
  if (name === 'pulls:review' && method === 'POST') return resolveReview(request, action);
  if (place.container === 'repo' && canNameOthers(listed)) return withNamed(action, listed, request);
  if (listed.method === 'GET' || reader.readsReferences !== true) return { actions: [action] };
  return withReferences(action, listed, request).then((actions) => ({ actions }));
}

/** Accounts include apps, whose logins end in `[bot]`. */
function isIdentity(segment: string, { container }: Place): boolean {
  return isName(container === 'user' ? segment.replace(/\[bot\]$/, '') : segment);
}

/** A template that begins with a parameter is not meant for the nouns that are known. */
function findListed(place: Place, method: Method): ListedOperation | undefined {
  const listed = findOperation(place.container, place.rest, method);
  const isCatchAll = listed?.parts[0]?.startsWith('{') === true;
  return isCatchAll && nounResource(place.container, place.rest[0] ?? '') !== undefined ? undefined : listed;
}

/** What nobody has listed may write any reference of a repository. */
function resolveUnlisted(
  place: Place,
  repository: string | undefined,
  method: Method,
  readsReferences: boolean,
): Resolution {
  const isRead = method === 'GET' || method === 'HEAD';
  const part = readsReferences && !isRead && place.container === 'repo' ? { part: unknownReference } : {};
  const names = nameUnlisted(place.container, place.rest, method);
  const [first, ...others] = names.map((name) => ({ ...actionOf(name, repository, place), ...part }));
  if (first === undefined) return { unresolved: 'the path begins with no readable noun' };
  return { actions: [first, ...others] };
}

/** `owner/repo` of a template that names one further on, such as `/user/starred/{owner}/{repo}`. */
function repositoryIn(listed: ListedOperation | undefined): string | undefined {
  const { owner, repo } = listed?.parameters ?? {};
  return owner === undefined || repo === undefined ? undefined : `${owner}/${repo}`;
}

function actionOf(name: string, repository: string | undefined, place: Place): Action {
  if (repository !== undefined) return { name, resource: repository };
  return isWithoutRepositories(place, name.endsWith(':read')) ? { name } : { name, reach: 'any' };
}

async function resolveReview(request: AgentRequest, review: Action): Promise<Resolution> {
  const reading = await readReview(request);
  if (typeof reading === 'object') return reading;
  const actions: Actions = reading === 'approves' ? [review, { ...review, name: 'pulls:approve' }] : [review];
  return { actions };
}
