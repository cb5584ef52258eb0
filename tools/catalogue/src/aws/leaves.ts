import type { SourceMember, SourceProtocol, SourceShape } from './source.ts';

/** A member of an input, or of a structure inside it, that holds a text, several texts, or texts as keys. */
export interface Leaf {
  /** Its own name. */
  readonly name: string;
  /** Its name with those of its parents: `TransactItems.Put.TableName`; of a map's keys `RequestItems{}`. */
  readonly path: string;
  readonly place: 'label' | 'query' | 'header' | 'body';
  /** Where it stands there, a dot a level, `[]` for every element and `{}` for every key: `Entries[].Id`. */
  readonly wire: string;
  /** The same in content of the query protocols. */
  readonly form: string;
  /** How many structures it is inside of. */
  readonly depth: number;
  readonly isList: boolean;
}

/**
 * Every such member, those of the input itself first. Structures are entered six levels deep. A service that speaks only
 * query protocols has no other names than theirs, and one that speaks none of them has none of theirs.
 */
export function leavesOf(input: readonly SourceMember[], protocols: readonly SourceProtocol[]): Leaf[] {
  const isFlat = protocols.every((protocol) => protocol === 'ec2');
  const isOfForms = (protocol: SourceProtocol) => protocol === 'ec2' || protocol === 'query';
  const root = { path: '', wire: '', form: '', depth: 0, isFlat };
  const found = input.flatMap((member) => leaves(member, root)).sort((a, b) => a.depth - b.depth);
  if (!protocols.some(isOfForms)) return found.map((leaf) => ({ ...leaf, form: leaf.wire }));
  if (!protocols.every(isOfForms)) return found;
  return found.map((leaf) => (leaf.place === 'body' ? { ...leaf, wire: leaf.form } : leaf));
}

interface Parent {
  readonly path: string;
  readonly wire: string;
  readonly form: string;
  readonly depth: number;
  /** Whether all lists are flat, whatever the member says. */
  readonly isFlat: boolean;
}

function leaves(member: SourceMember, parent: Parent): Leaf[] {
  const { place, shape } = member;
  if (place === 'query-map' || place === 'header-map') return [];
  if (place === 'payload') return inside(shape, { ...parent, depth: 0 }, 'body');
  const at = {
    ...parent,
    path: join(parent.path, member.name),
    wire: join(parent.wire, member.wire),
    form: join(parent.form, member.form),
  };
  return [...ownLeaves(member, at, place), ...inside(shape, at, place)];
}

function ownLeaves({ name, shape }: SourceMember, at: Parent, place: Leaf['place']): Leaf[] {
  if (shape.type === 'scalar') return [{ ...at, name, place, isList: false }];
  if (shape.type === 'list' && shape.of.type === 'scalar') {
    return [{ ...at, name, place, wire: `${at.wire}[]`, form: listForm(at, shape), isList: true }];
  }
  if (shape.type !== 'map') return [];
  return [
    {
      ...at,
      name: `${name}{}`,
      path: `${at.path}{}`,
      place,
      wire: `${at.wire}{}`,
      form: `${at.form}{}`,
      isList: true,
    },
  ];
}

function inside(shape: SourceShape, at: Parent, place: Leaf['place']): Leaf[] {
  if (at.depth > 6) return [];
  const next = { ...at, depth: at.depth + 1 };
  if (shape.type === 'structure') {
    return shape.members.flatMap((member) => leaves({ ...member, place }, next));
  }
  if (shape.type !== 'list') return [];
  return inside(shape.of, { ...next, wire: `${at.wire}[]`, form: listForm(at, shape) }, place);
}

/** A list of the query protocols stands under its own name, or under that of its elements when they are not called `member`. */
function listForm(
  { form, isFlat }: Parent,
  { element, isFlat: isOwn }: SourceShape & { type: 'list' },
): string {
  return isFlat || isOwn || element === 'member' ? `${form}[]` : `${form}.${element}[]`;
}

function join(parent: string, name: string): string {
  return parent === '' ? name : `${parent}.${name}`;
}
