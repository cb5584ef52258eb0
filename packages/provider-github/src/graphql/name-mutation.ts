import { printable } from '@pai/core';
import type { FieldNode, SelectionSetNode } from 'graphql/language';
import { hasRepository, isFullName } from '../names.ts';
import { unknownReference } from '../refs.ts';
import { canApprove, nameMutation } from './mutations.ts';
import type { Nodes } from './name-operation.ts';
import { subjectResource, typeOfNodeId } from './node-id.ts';
import { isIdentity } from './resources.ts';
import { schemaMutation } from './schema.ts';
import type { Standing } from './standing.ts';
import { unreadable } from './unreadable.ts';
import { argument, idsOf, mostIds, type Variables } from './values.ts';
import { type Walk, walkSelection } from './walk.ts';

/** The ids in a mutation's input of the nodes that it changes or uses; not those of people and teams. */
export function idsOfMutation(field: FieldNode, variables: Variables): readonly string[] {
  const input = inputOf(field, variables);
  const mutation = schemaMutation(field.name.value);
  if (mutation === undefined) return [];
  const listed = mutation.ids
    .filter((path) => !people.test(path))
    .flatMap((path) => idsOf(valueAt(input, path.split('.'))));
  const target = idsOf(valueAt(input, [agentOrders, 'targetRepositoryId']));
  return [...listed, ...target, ...unlistedIds(input, mutation.ids)];
}

/** The member that gives a coding agent its orders, and may send it to another repository; a preview, which the schema has not. */
const agentOrders = 'agentAssignment';

/** Ids that a newer schema takes: what the input itself calls an id and is none of those listed. */
function unlistedIds(input: unknown, listed: readonly string[]): readonly string[] {
  if (typeof input !== 'object' || input === null) return [];
  const keys = Object.keys(input);
  if (keys.length > mostIds) throw unreadable('an input has more members than any that GitHub takes');
  const ids = keys.filter((key) => /^id$|Ids?$/.test(key) && !people.test(key) && !plainIds.test(key));
  return ids.filter((key) => !listed.includes(key)).flatMap((key) => idsOf(valueAt(input, [key])));
}

/** Called ids, and not those of nodes in a repository. */
const plainIds = /^(?:clientMutationId|externalId|issueTypeId)$/;

/** Reports what a mutation does and to which repositories, and what its answer reads beyond what was written. */
export function nameMutationField(field: FieldNode, nodes: Nodes, walk: Walk): void {
  const mutation = field.name.value;
  const { findings, operation } = walk;
  if (mutation === '__typename') return findings.pass('meta', 'out');
  const input = inputOf(field, operation.variables);
  const name = underConversation(
    nameOf(mutation, input, nodes),
    idsOfMutation(field, operation.variables),
    nodes,
  );
  const standings = standingsOf(name, mutation, input, nodes, operation.variables, field);
  const ordersAgent = (valueAt(input, [agentOrders]) ?? null) !== null;
  for (const at of standings) {
    findings.add(name, at, movesReference(mutation, input) ? unknownReference : undefined);
    if (canApprove(mutation) && isApproval(input)) findings.add('pulls:approve', at);
    if (ordersAgent) findings.add('agents:create', at);
  }
  walkAnswer(field, name, standings, walk);
}

/** Ids below these arguments are accounts' and teams'. */
const people = /(?:^|\.)(?:\w*[aA]ctorIds?|assigneeIds|reviewers|teamIds?|userIds?)$/;

function nameOf(mutation: string, input: unknown, nodes: Nodes): string {
  const named = nameMutation(mutation);
  if ('name' in named) return named.name;
  const [id, ...others] = idsOf(valueAt(input, [named.argument]));
  if (id === undefined || others.length > 0) throw unreadable(`${mutation} has no one ${named.argument}`);
  const type = nodes.get(id)?.type ?? typeOfNodeId(id);
  const resource = type === undefined ? undefined : subjectResource(type);
  if (resource !== undefined) return `${resource}:${named.verb}`;
  throw unreadable(`the ${named.argument} of ${mutation} does not say what ${printable(id)} is`);
}

/** GitHub's comments on issues are on pull requests too, and what is done to those has the names of `pulls`. */
function underConversation(name: string, ids: readonly string[], nodes: Nodes): string {
  const isOnPull = ids.length > 0 && ids.every((id) => nodes.get(id)?.isOnPull === true);
  return isOnPull ? name.replace(/^issues:/, 'pulls:') : name;
}

/** These write to a branch, beside what they are named for, that their input does not say. */
function movesReference(mutation: string, input: unknown): boolean {
  if (mutation === 'createDeployment') return valueAt(input, ['autoMerge']) !== false;
  return mutation === 'updatePullRequestBranch' || mutation === 'revertPullRequest';
}

function isApproval(input: unknown): boolean {
  const event = valueAt(input, ['event']);
  if (event === undefined || event === null) return false;
  if (typeof event !== 'string') throw unreadable('the event of a review is no string');
  return event.trim().toUpperCase() === 'APPROVE';
}

function standingsOf(
  name: string,
  mutation: string,
  input: unknown,
  nodes: Nodes,
  variables: Variables,
  field: FieldNode,
): ReadonlySet<Standing> {
  if (name.startsWith('followers:')) return new Set(['out']);
  const standings = new Set<Standing>();
  for (const id of idsOfMutation(field, variables)) standings.add(standingOfNode(id, nodes));
  for (const path of schemaMutation(mutation)?.repositories ?? []) {
    const repository = valueAt(input, path.split('.'));
    if (repository !== undefined && repository !== null) standings.add(standingOfName(repository));
  }
  if (standings.size === 0 || name === 'admin:repos:create' || isFromElsewhere(mutation, input))
    standings.add('any');
  return standings;
}

function isFromElsewhere(mutation: string, input: unknown): boolean {
  if (mutation !== 'createPullRequest') return false;
  const head = valueAt(input, ['headRefName']);
  return typeof head === 'string' && hasRepository(head);
}

function standingOfNode(id: string, nodes: Nodes): Standing {
  const node = nodes.get(id);
  if ((node?.type ?? typeOfNodeId(id)) === 'Gist') return 'out';
  return standingOfName(node?.repository);
}

function standingOfName(repository: unknown): Standing {
  return isFullName(repository) ? `in ${repository}` : 'any';
}

/** What was written may be read back; what the answer says of anything further on counts as a query for it. */
function walkAnswer(field: FieldNode, name: string, standings: ReadonlySet<Standing>, walk: Walk): void {
  const { selectionSet } = field;
  const payload = schemaMutation(field.name.value)?.payload;
  if (selectionSet === undefined) return;
  if (payload === undefined) {
    if (!readsOn(selectionSet, false)) return;
    throw unreadable(
      `${printable(field.name.value)} is no mutation of GitHub's schema, and its answer is read`,
    );
  }
  const [only, ...others] = standings;
  const at = only !== undefined && others.length === 0 ? only : 'any';
  const written = name.replace(/:[^:]*$/, '');
  const member = { type: payload, at, resources: [written] };
  walkSelection(selectionSet, { members: [member], isExact: true, by: 'link' }, { ...walk, written });
}

/** Whether a selection on what is unknown asks for more than a state, and which objects were written. */
function readsOn({ selections }: SelectionSetNode, isInner: boolean): boolean {
  return selections.some((node) => {
    if (node.kind === 'FragmentSpread') return true;
    if (node.kind === 'InlineFragment') return readsOn(node.selectionSet, isInner);
    if (node.selectionSet !== undefined) return isInner || readsOn(node.selectionSet, true);
    return isInner && !isIdentity('', node.name.value);
  });
}

function inputOf({ arguments: args }: FieldNode, variables: Variables): unknown {
  return argument(args, 'input', variables);
}

/** The value at a path of keys; through lists, the values of all of their items. */
function valueAt(value: unknown, path: readonly string[]): unknown {
  const [key, ...rest] = path;
  if (key === undefined || value === undefined || value === null) return value;
  if (Array.isArray(value)) {
    if (value.length > mostIds) throw unreadable(`${key} is in a list of more than ${mostIds}`);
    return value.map((item) => valueAt(item, path));
  }
  if (typeof value !== 'object') throw unreadable('an input is no object');
  return Object.hasOwn(value, key) ? valueAt((value as Record<string, unknown>)[key], rest) : undefined;
}
