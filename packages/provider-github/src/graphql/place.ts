import { printable } from '@pai/core';
import { resourcesOf } from './resources.ts';
import { schemaType } from './schema.ts';
import type { Standing } from './standing.ts';
import { unreadable } from './unreadable.ts';

/** One type that an object can have, where it then stands, and what its leaves are called. */
export interface Member {
  readonly type: string;
  readonly at: Standing;
  readonly resources: readonly string[];
}

/** An object that a selection is made on. */
export interface Place {
  readonly members: readonly Member[];
  /** The type is one, and known. */
  readonly isExact: boolean;
  /**
   * How it was reached: by a field of the query itself, from a list of a repository or an owner, by a link from another
   * object, or as the answer of a mutation, which only says what was written.
   */
  readonly by: 'root' | 'list' | 'link' | 'echo';
}

/** A connection or an edge: the list around the objects that a field leads to. */
export interface List {
  readonly type: string;
  readonly of: Place;
}

/** What a selection can be made on. */
export type Spot = Place | List;

/** Whether a selection is made on a connection or an edge. */
export function isList(spot: Spot): spot is List {
  return 'of' in spot;
}

/** What a fragment on a type is made on; it has no members when no such object can be there. Throws `malformed_request` for an unknown type. */
export function narrow(place: Place, condition: string): Place {
  const type = schemaType(condition);
  if (type === undefined) throw unreadable(`GitHub's schema has no type ${printable(condition)}`);
  const inside = place.members.filter((member) => type.objects.has(member.type));
  if (place.isExact) return type.kind === 'abstract' ? place : { ...place, members: inside };
  if (inside.length > 0) return { ...place, members: inside, isExact: type.kind !== 'abstract' };
  // A newer schema may know that the one can be the other.
  const around = place.members[0]?.resources ?? [];
  const members = [...type.objects].map((name) => ({
    type: name,
    at: 'any' as const,
    resources: resourcesOf(name, around),
  }));
  return { ...place, members };
}

/** The same for two spots on which a fragment says the same. */
export function keyOf(spot: Spot): string {
  return isList(spot)
    ? `${spot.type} of ${keyOf(spot.of)}`
    : `${spot.by} ${spot.isExact} ${spot.members.map(memberKey).join()}`;
}

/** The same for two members that are one. */
export function memberKey({ type, at, resources }: Member): string {
  return `${type} ${at} ${resources.join('+')}`;
}
