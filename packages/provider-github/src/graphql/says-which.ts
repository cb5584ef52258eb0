import type { FragmentDefinitionNode, SelectionNode, SelectionSetNode } from 'graphql/language';
import { isIdentity } from './resources.ts';

/**
 * Tells of a selection, through its fragments and the items of a list, whether it asks which object it is made on, or how
 * many there are: what is read by that is what leads there.
 */
export function createSaysWhich(
  fragments: ReadonlyMap<string, FragmentDefinitionNode>,
): (selection: SelectionSetNode) => boolean {
  const known = new Map<SelectionSetNode, boolean>();

  function saysWhich(selection: SelectionSetNode): boolean {
    const found = known.get(selection);
    if (found !== undefined) return found;
    // For fragments that lead to themselves.
    known.set(selection, false);
    const says = selection.selections.some(nodeSaysWhich);
    known.set(selection, says);
    return says;
  }

  function nodeSaysWhich(node: SelectionNode): boolean {
    if (node.kind === 'InlineFragment') return saysWhich(node.selectionSet);
    if (node.kind === 'FragmentSpread') {
      const fragment = fragments.get(node.name.value);
      return fragment !== undefined && saysWhich(fragment.selectionSet);
    }
    const name = node.name.value;
    if (node.selectionSet !== undefined)
      return /^(?:edges|nodes?)$/.test(name) && saysWhich(node.selectionSet);
    return name !== '__typename' && (name === 'totalCount' || isIdentity('', name));
  }

  return saysWhich;
}
