import { printable } from '@pai/core';
import type { FieldNode, SelectionNode, SelectionSetNode } from 'graphql/language';
import type { Operation } from './document.ts';
import type { Findings } from './findings.ts';
import { linksOf, unknownField } from './links.ts';
import { isList, keyOf, type List, narrow, type Place, type Spot } from './place.ts';
import { createReport } from './report.ts';
import { createSaysWhich } from './says-which.ts';
import { schemaType } from './schema.ts';
import { unreadable } from './unreadable.ts';

/** What one walk needs. */
export interface Walk {
  readonly operation: Operation;
  readonly findings: Findings;
  /** Where a field of the query leads that takes node ids; undefined for any other field. */
  readonly enter: (field: FieldNode) => readonly Place[] | undefined;
  /** The resource that a mutation writes, which its answer may show. */
  readonly written?: string;
  /** Steps taken so far by all walks of the operation. */
  readonly taken: { steps: number };
}

/**
 * Reports all that a selection reads, by GitHub's schema: every field counts, whatever its alias or its directives say.
 * Throws `malformed_request` for types and fields that the schema has not, and for more than 50,000 steps an operation.
 */
export function walkSelection(selection: SelectionSetNode, start: Place, walk: Walk): void {
  createWalker(walk).visit(selection, start, 0);
}

const deepest = 200;
const mostSteps = 50_000;

function createWalker({ operation, findings, enter, written, taken }: Walk) {
  const report = createReport(findings, written);
  const spreads = new Map<string, Set<string>>();
  const saysWhich = createSaysWhich(operation.fragments);

  function visit({ selections }: SelectionSetNode, spot: Spot, depth: number): void {
    if (depth > deepest) throw unreadable('the GraphQL document is nested too deeply');
    if (!isList(spot) && selections.some(({ kind }) => kind === 'Field')) report.pass(spot);
    const { members } = isList(spot) ? spot.of : spot;
    for (const node of selections) {
      taken.steps += 1 + (members.length >> 3);
      if (taken.steps > mostSteps) throw unreadable('the GraphQL document is too large to be judged');
      visitNode(node, spot, depth);
    }
  }

  function visitNode(node: SelectionNode, spot: Spot, depth: number): void {
    if (node.kind === 'FragmentSpread') return spread(node.name.value, spot, depth);
    if (node.kind === 'InlineFragment') {
      return visitAs(node.typeCondition?.name.value, node.selectionSet, spot, depth);
    }
    if (node.name.value === 'pageInfo') return;
    return isList(spot) ? visitListField(node, spot, depth) : visitField(node, spot, depth);
  }

  /** A fragment says the same each time it is spread on the same. */
  function spread(name: string, spot: Spot, depth: number): void {
    const fragment = operation.fragments.get(name);
    if (fragment === undefined) throw unreadable(`the document has no fragment ${printable(name)}`);
    const spots = spreads.get(name) ?? new Set();
    const key = keyOf(spot);
    if (spots.has(key)) return;
    spreads.set(name, spots.add(key));
    visitAs(fragment.typeCondition.name.value, fragment.selectionSet, spot, depth);
  }

  function visitAs(type: string | undefined, selection: SelectionSetNode, spot: Spot, depth: number): void {
    const narrowed = type === undefined || isList(spot) ? spot : narrow(spot, type);
    if (isList(narrowed) || narrowed.members.length > 0) visit(selection, narrowed, depth + 1);
  }

  function visitField(field: FieldNode, place: Place, depth: number): void {
    const name = field.name.value;
    const inner = field.selectionSet;
    if (inner === undefined) return report.leaf(name, place);
    if (saysWhich(inner)) report.link(name, place);
    if (!isOnlyCounted(inner)) report.list(name, place);
    const entered = place.members.some(({ type }) => type === 'Query') ? enterQuery(field) : undefined;
    for (const next of entered ?? linksOf(field, place, operation.variables)) visit(inner, next, depth + 1);
  }

  function enterQuery(field: FieldNode): readonly Place[] | undefined {
    const name = field.name.value;
    const isIntrospection = name === '__schema' || name === '__type';
    if (isIntrospection) findings.read('meta', 'out');
    if (name === 'search') findings.read('search', 'any');
    return isIntrospection ? [] : enter(field);
  }

  function visitListField(field: FieldNode, { type, of }: List, depth: number): void {
    const name = field.name.value;
    const inner = field.selectionSet;
    if (inner === undefined) return report.listLeaf(name, of);
    const target = schemaType(type)?.links.get(name);
    if (target === undefined) throw unknownField(name, type);
    if (name === 'edges') return visit(inner, { type: target, of }, depth + 1);
    if (name === 'nodes' || name === 'node') return visit(inner, of, depth + 1);
    const members = of.members.map((member) => ({ ...member, type }));
    for (const next of linksOf(field, { ...of, members }, operation.variables)) visit(inner, next, depth + 1);
  }

  return { visit };
}

function isOnlyCounted({ selections }: SelectionSetNode): boolean {
  return selections.every(
    (node) => node.kind === 'Field' && /^(?:totalCount|pageInfo)$/.test(node.name.value),
  );
}
