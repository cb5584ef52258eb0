import type { FieldNode, SelectionSetNode } from 'graphql/language';
import type { Operation } from './document.ts';

/** The fields of an operation itself, through all fragments. */
export function rootFields(operation: Operation): readonly FieldNode[] {
  return collect(operation, [operation.definition.selectionSet], false);
}

/** Every field of an operation and of all fragments of its document, each once. */
export function fieldsAnywhere(operation: Operation): readonly FieldNode[] {
  const fragments = [...operation.fragments.values()].map(({ selectionSet }) => selectionSet);
  return collect(operation, [operation.definition.selectionSet, ...fragments], true);
}

function collect(
  { fragments }: Operation,
  selections: readonly SelectionSetNode[],
  isDeep: boolean,
): readonly FieldNode[] {
  const found: FieldNode[] = [];
  const open = [...selections];
  const seen = new Set(open);
  const enter = (selection: SelectionSetNode | undefined): void => {
    if (selection === undefined || seen.has(selection)) return;
    seen.add(selection);
    open.push(selection);
  };
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    for (const node of next.selections) {
      if (node.kind === 'Field') {
        found.push(node);
        if (isDeep) enter(node.selectionSet);
      } else if (node.kind === 'InlineFragment') enter(node.selectionSet);
      else enter(fragments.get(node.name.value)?.selectionSet);
    }
  }
  return found;
}
