import { printable } from '@pai/core';
import type { FieldNode } from 'graphql/language';
import { isAnswer } from './answer.ts';
import { type Member, memberKey, type Place, type Spot } from './place.ts';
import { resourcesOf } from './resources.ts';
import { schemaType } from './schema.ts';
import { follow } from './standing.ts';
import { unreadable } from './unreadable.ts';
import { argument, type Variables } from './values.ts';

/** What a field with fields of its own leads to, by every type its object can have. Throws `malformed_request` for an unknown field. */
export function linksOf(field: FieldNode, { members, by }: Place, variables: Variables): readonly Spot[] {
  const name = field.name.value;
  const found = new Map<string, Member[]>();
  const via = members.filter(({ type }) => schemaType(type)?.links.has(name) === true);
  if (via.length === 0) throw unknownField(name, members[0]?.type ?? '');
  for (const from of via) {
    const target = schemaType(from.type)?.links.get(name) ?? '';
    const reached = found.get(target) ?? [];
    found.set(target, reached);
    for (const to of objectsOf(target)) reached.push(step(from, field, to, variables));
  }
  return [...found].map(([target, reached]) => toSpot(target, unique(reached), kindOf(via, by, target)));
}

/** The error for a field with fields of its own that a type has not. */
export function unknownField(name: string, type: string): Error {
  return unreadable(`GitHub's schema has no ${printable(name)} with fields of its own on ${type}`);
}

function step(
  { type: from, at, resources }: Member,
  { name, arguments: args }: FieldNode,
  to: string,
  variables: Variables,
): Member {
  const text = (wanted: string): string | undefined => {
    const value = argument(args, wanted, variables);
    return typeof value === 'string' ? value : undefined;
  };
  const around = from === 'Query' && name.value === 'search' ? ['search'] : resources;
  const standing = follow({ from, at, field: name.value, to, text });
  return { type: to, at: standing, resources: resourcesOf(to, around) };
}

function toSpot(target: string, members: readonly Member[], by: Place['by']): Spot {
  const type = schemaType(target);
  const place: Place = { members, isExact: members.length === 1 && type?.kind !== 'abstract', by };
  return type?.kind === 'connection' ? { type: target, of: place } : place;
}

function kindOf(via: readonly Member[], by: Place['by'], target: string): Place['by'] {
  if (via.some(({ type }) => type === 'Query')) return 'root';
  if (via.every(({ type }) => isAnswer(type))) return by === 'link' ? 'echo' : by;
  if (via.some(({ type }) => owners.has(type))) return 'list';
  const isConnection = schemaType(target)?.kind === 'connection';
  return isConnection && via.some(({ type }) => type === 'Repository') ? 'list' : 'link';
}

/** What these lead to, a query is after. */
const owners: ReadonlySet<string> = new Set(['Enterprise', 'Organization', 'Team', 'User']);

/** The object types behind a field: through a connection, and all that an abstract type can be. */
function objectsOf(target: string): Iterable<string> {
  const type = schemaType(target);
  if (type === undefined) return [];
  if (type.kind !== 'connection') return type.objects;
  const { links } = type;
  const inner = links.get('nodes') ?? links.get('node') ?? links.get('edges');
  return inner === undefined ? [] : objectsOf(inner);
}

function unique(members: readonly Member[]): readonly Member[] {
  return members.length < 2 ? members : [...new Map(members.map((one) => [memberKey(one), one])).values()];
}
