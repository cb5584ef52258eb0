import type { Actions } from '@pai/core';
import type { FieldNode } from 'graphql/language';
import type { Node } from '../lookup.ts';
import { isFullName } from '../names.ts';
import type { Operation } from './document.ts';
import { createFindings } from './findings.ts';
import { idsOfMutation, nameMutationField } from './name-mutation.ts';
import { typeOfNodeId } from './node-id.ts';
import type { Place } from './place.ts';
import { isOfOwner, isOutside, resourcesOf } from './resources.ts';
import { fieldsAnywhere, rootFields } from './root-fields.ts';
import { schemaType } from './schema.ts';
import type { Standing } from './standing.ts';
import { unreadable } from './unreadable.ts';
import { argument, idsOf, type Variables } from './values.ts';
import { walkSelection } from './walk.ts';

/** What is known of the nodes that an operation names, by id; undefined for one that nobody could be asked about. */
export type Nodes = ReadonlyMap<string, Node | undefined>;

/** The ids of all nodes that an operation names, in `node(id:)`, `nodes(ids:)` and the inputs of its mutations. */
export function idsOfOperation(operation: Operation): ReadonlySet<string> {
  const { variables } = operation;
  const inQueries = fieldsAnywhere(operation).flatMap((field) => idsOfField(field, variables) ?? []);
  if (operation.definition.operation !== 'mutation') return new Set(inQueries);
  return new Set([
    ...inQueries,
    ...rootFields(operation).flatMap((field) => idsOfMutation(field, variables)),
  ]);
}

/** The actions of a query or a mutation. Throws `malformed_request` for one that has no one meaning. */
export function nameOperation(operation: Operation, nodes: Nodes): Actions {
  const findings = createFindings();
  const enter = (field: FieldNode): readonly Place[] | undefined =>
    idsOfField(field, operation.variables)?.map((id) => placeOfNode(id, nodes.get(id)));
  const walk = { operation, findings, enter, taken: { steps: 0 } };
  if (operation.definition.operation === 'mutation') {
    for (const field of rootFields(operation)) nameMutationField(field, nodes, walk);
  } else {
    const query = { type: 'Query', at: 'out', resources: [] } as const;
    walkSelection(operation.definition.selectionSet, { members: [query], isExact: true, by: 'root' }, walk);
  }
  const actions = findings.actions();
  if (actions === undefined) throw unreadable('the GraphQL request asks for nothing that has a name');
  return actions;
}

/** The node ids that a field of the query takes; undefined for a field that takes none. */
function idsOfField(
  { name, arguments: args }: FieldNode,
  variables: Variables,
): readonly string[] | undefined {
  const field = name.value;
  if (args === undefined || args.length === 0 || (field !== 'node' && field !== 'nodes')) return undefined;
  return idsOf(argument(args, field === 'node' ? 'id' : 'ids', variables));
}

function placeOfNode(id: string, node: Node | undefined): Place {
  const name = node?.type ?? typeOfNodeId(id);
  const type = name === undefined ? undefined : schemaType(name);
  if (type === undefined && node !== undefined)
    throw unreadable("a node is of a type that GitHub's schema has not");
  if (type === undefined || type.kind !== 'object') {
    const objects = [...(schemaType('Node')?.objects ?? [])];
    return { members: objects.map((object) => memberOf(object, 'any')), isExact: false, by: 'root' };
  }
  return { members: [memberOf(type.name, standingOf(type.name, node))], isExact: true, by: 'root' };
}

function memberOf(type: string, at: Standing) {
  return { type, at, resources: resourcesOf(type, []) };
}

function standingOf(type: string, node: Node | undefined): Standing {
  if (isOutside(type)) return 'out';
  if (isOfOwner(type)) return 'any';
  const repository = node?.repository;
  return isFullName(repository) ? `in ${repository}` : 'any';
}
