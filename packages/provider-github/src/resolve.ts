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
import { type Role, roleOf } from './hosts.ts';
import { nameOperation, nameUnlisted } from './name.ts';
import { nounResource } from './nouns.ts';
import { isWithoutRepositories } from './reach.ts';
import { readReview } from './review.ts';
import { findOperation, type ListedOperation } from './routes.ts';
import type { Method } from './verbs.ts';
import { isName, resolveWeb } from './web.ts';

/** Names the actions of a request to any host of GitHub, by the naming rule in docs/github.md. */
export function resolveGitHub(request: AgentRequest): Resolution | Promise<Resolution> {
  const override = findMethodOverride(request);
  if (override !== undefined) return { unresolved: `${override} asks for another method; send that method` };
  const { method } = request;
  if (!isMethod(method)) return { unresolved: `${printable(method)} is no method of GitHub's API` };
  const door = doorOf(roleOf(request.host), readPath(request.path).segments);
  switch (door.kind) {
    case 'rest':
      return resolveRest(request, method, door.segments);
    case 'graphql':
      return { unresolved: 'GraphQL is not read yet; use the REST API' };
    case 'other':
      return { unresolved: `${request.host} is no host that this Provider reads` };
    default:
      return resolveWeb(door.kind, method, door.segments);
  }
}

interface Door {
  readonly kind: 'rest' | 'graphql' | 'web' | 'raw' | 'codeload' | 'other';
  readonly segments: readonly string[];
}

function doorOf(role: Role, segments: readonly string[]): Door {
  const [first, second] = segments.map((segment) => segment.toLowerCase());
  if (role === 'rest') return { kind: first === 'graphql' ? 'graphql' : 'rest', segments };
  if (role !== 'server') return { kind: role, segments };
  if (first === 'manage' || first === 'setup') return { kind: 'rest', segments };
  if (first !== 'api') return { kind: 'web', segments };
  if (second === 'v3' || second === 'uploads') return doorOf('rest', segments.slice(2));
  return { kind: second === 'graphql' ? 'graphql' : 'web', segments };
}

function isMethod(method: string): method is Method {
  return /^(?:GET|HEAD|POST|PUT|PATCH|DELETE)$/.test(method);
}

function resolveRest(
  request: AgentRequest,
  method: Method,
  segments: readonly string[],
): Resolution | Promise<Resolution> {
  const place = placeOf(segments);
  const odd = place.identity.find((segment) => !isIdentity(segment, place));
  if (odd !== undefined) return { unresolved: `${printable(odd)} is no name of a repository or an account` };
  const listed = findListed(place, method);
  if (listed === undefined) return resolveUnlisted(place, method);
  const repository = repositoryOf(place, listed);
  if (repository !== undefined && !repository.split('/').every(isName)) {
    return { unresolved: `${printable(repository)} is no name of a repository` };
  }
  const name = nameOperation(place.container, listed.parts, listed.method);
  if (name === undefined) return { unresolved: 'the path begins with no readable noun' };
  const action = namesOtherRepository(listed)
    ? { name, reach: 'any' as const }
    : actionOf(name, repository, place);
  const isReview = name === 'pulls:review' && method === 'POST';
  return isReview ? resolveReview(request, action) : { actions: [action] };
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

function resolveUnlisted(place: Place, method: Method): Resolution {
  const names = nameUnlisted(place.container, place.rest, method);
  const [first, ...others] = names.map((name) => actionOf(name, place.repository, place));
  if (first === undefined) return { unresolved: 'the path begins with no readable noun' };
  return { actions: [first, ...others] };
}

/** `owner/repo` of the container, or of a template that names one further on, such as `/user/starred/{owner}/{repo}`. */
function repositoryOf(place: Place, { parameters }: ListedOperation): string | undefined {
  if (place.repository !== undefined) return place.repository;
  const { owner, repo } = parameters;
  return owner === undefined || repo === undefined ? undefined : `${owner}/${repo}`;
}

/** `main...OWNER:REPO:BRANCH` compares with a repository that the path does not stand in. `OWNER:BRANCH` stays with its own. */
function namesOtherRepository({ parameters }: ListedOperation): boolean {
  const { basehead } = parameters;
  return basehead?.split('...').some((side) => side.split(':').length > 2) === true;
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
