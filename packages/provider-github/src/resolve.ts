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
import { isName } from './names.ts';
import { nounResource } from './nouns.ts';
import { isWithoutRepositories, reachesOthers } from './reach.ts';
import { unknownReference } from './refs.ts';
import { resolveRegistry } from './registries.ts';
import { readReview } from './review.ts';
import { findOperation, type ListedOperation } from './routes.ts';
import { resolveSigned } from './signed.ts';
import { subjectNoun } from './subject.ts';
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
  return /^(?:GET|HEAD|POST|PUT|PATCH|DELETE)$/.test(method);
}

async function resolveRest(
  request: AgentRequest,
  method: Method,
  segments: readonly string[],
  reader: Reader,
): Promise<Resolution> {
  const place = placeOf(segments);
  const odd = place.identity.find((segment) => !isIdentity(segment, place));
  if (odd !== undefined) return { unresolved: `${printable(odd)} is no name of a repository or an account` };
  const listed = findListed(place, method);
  const repository = await repositoryOf(place, listed, reader.lookup);
  if (listed === undefined) {
    const { readsReferences = false } = reader;
    return resolveUnlisted(place, repository, method, readsReferences);
  }
  if (repository !== undefined && !repository.split('/').every(isName)) {
    return { unresolved: `${printable(repository)} is no name of a repository` };
  }
  const name = nameOperation(
    place.container,
    await partsOf(place, repository, listed, reader),
    listed.method,
  );
  if (name === undefined) return { unresolved: 'the path begins with no readable noun' };
  const action = reachesOthers(listed) ? { name, reach: 'any' as const } : actionOf(name, repository, place);
  if (name === 'pulls:review' && method === 'POST') return resolveReview(request, action);
  if (listed.method === 'GET' || reader.readsReferences !== true) return { actions: [action] };
  return { actions: await withReferences(action, listed, request) };
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

/** The parts of the template, under the noun of what the operation is done to. */
async function partsOf(
  { container }: Place,
  repository: string | undefined,
  listed: ListedOperation,
  { lookup, isInScope }: Reader,
): Promise<readonly string[]> {
  const { parts } = listed;
  if (container !== 'repo' || repository === undefined || isInScope?.(repository) === false) return parts;
  const noun = await subjectNoun(repository, listed, lookup);
  return noun === 'pulls' ? ['pulls', ...parts.slice(1)] : parts;
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

/** `owner/repo` of the container, or of a template that names one further on, such as `/user/starred/{owner}/{repo}`. */
async function repositoryOf(
  place: Place,
  listed: ListedOperation | undefined,
  lookup: Lookup,
): Promise<string | undefined> {
  if (place.repository !== undefined) return place.repository;
  const [id = ''] = place.identity;
  if (place.container === 'repo') return /^\d{1,15}$/.test(id) ? lookup.repository(Number(id)) : undefined;
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
