import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isRepositoryData, resourcesOf } from '../src/graphql/resources.ts';
import { schemaType } from '../src/graphql/schema.ts';
import { follow, type Standing } from '../src/graphql/standing.ts';
import { resolveJson, shown } from './graphql-request.ts';

/** A field of a random query: `inner` is what is asked of what it leads to, which is of type `to`. */
interface Chosen {
  readonly field: string;
  readonly args: Readonly<Record<string, string>>;
  readonly to: string;
  readonly inner: readonly Chosen[];
}

type Dice = (sides: number) => number;

function createDice(seed: number): Dice {
  let state = seed;
  return (sides) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % sides;
  };
}

const owners = ['o', 'other', 'O'];
const names = ['r', 'secret', 'r-2'];
const pick = <T>(dice: Dice, from: readonly T[]): T => from[dice(from.length)] as T;

/** Lists with names of their own, and fields that take node ids, are tested elsewhere. */
const left: ReadonlySet<string> = new Set([
  'collaborators',
  'enterpriseOwners',
  'followers',
  'following',
  'members',
  'membersWithRole',
  'pendingMembers',
  'stargazers',
  'watchers',
]);
const leftOfQuery: ReadonlySet<string> = new Set(['node', 'nodes']);

function isItem(field: string): boolean {
  return /^(?:edges|nodes?)$/.test(field);
}

function choose(dice: Dice, type: string, depth: number): readonly Chosen[] {
  const isList = schemaType(type)?.kind === 'connection';
  const links = [...(schemaType(type)?.links ?? [])].filter(([field]) =>
    isList ? isItem(field) : !left.has(field) && !(type === 'Query' && leftOfQuery.has(field)),
  );
  const leaf: Chosen = { field: pick(dice, ['state', 'body', 'createdAt']), args: {}, to: '', inner: [] };
  const own = type === 'Query' || isList ? [] : [leaf];
  if (links.length === 0 || (depth === 0 && own.length > 0)) return own;
  const wanted =
    type === 'Query' && dice(3) > 0
      ? links.filter(([field]) => /^(?:repository|organization)$/.test(field))
      : links;
  return [...own, ...Array.from({ length: 1 + dice(2) }, () => chooseLink(dice, pick(dice, wanted), depth))];
}

function chooseLink(dice: Dice, [field, target]: readonly [string, string], depth: number): Chosen {
  const to = pick(dice, [...(schemaType(target)?.objects ?? [])]);
  const args = { owner: pick(dice, owners), name: pick(dice, names), login: pick(dice, owners) };
  return { field, args, to, inner: choose(dice, to, Math.max(depth - 1, 0)) };
}

/** The query as one of the many texts that mean it. */
function write(dice: Dice, fields: readonly Chosen[]): string {
  const fragments: string[] = [];
  const variables = new Map<string, string>();
  const selection = (type: string, chosen: readonly Chosen[]): string => {
    const text = chosen.map((one) => wrap(type, fieldOf(one))).join(' ');
    return dice(6) === 0 ? `${text} ${text}` : text;
  };
  const fieldOf = ({ field, args, to, inner }: Chosen): string => {
    const alias = dice(3) === 0 ? `${pick(dice, ['repository', 'title', 'a'])}${dice(9)}:` : '';
    const directive = dice(8) === 0 ? '@skip(if:true)' : '';
    if (to === '') return `${alias}${field}${directive}`;
    const values = Object.entries(args).map(([name, value]) => `${name}:${literalOf(value)}`);
    const condition = dice(2) === 0 ? `... on ${to}{${selection(to, inner)}}` : `...${fragmentOf(to, inner)}`;
    return `${alias}${field}(${values.join()})${directive}{${condition}}`;
  };
  const literalOf = (value: string): string => {
    if (dice(3) > 0) return JSON.stringify(value);
    const name = `v${variables.size}`;
    variables.set(name, value);
    return `$${name}`;
  };
  const fragmentOf = (type: string, chosen: readonly Chosen[]): string => {
    const name = `f${fragments.length}`;
    const at = fragments.push('') - 1;
    fragments[at] = `fragment ${name} on ${type}{${selection(type, chosen)}}`;
    return name;
  };
  const wrap = (type: string, text: string): string => {
    if (dice(5) > 0) return text;
    return dice(2) === 0 ? `...{${text}}` : `... on ${type}@include(if:false){${text}}`;
  };
  const body = selection('Query', fields);
  const declared = [...variables.keys()].map((name) => `$${name}:String!="decoy"`);
  const query = `query Decoy{viewer{login}} query Q${declared.length === 0 ? '' : `(${declared.join()})`}{${body}} ${fragments.join(' ')}`;
  return JSON.stringify({ operationName: 'Q', variables: Object.fromEntries(variables), query });
}

/** Where a path from the query down has come to, and the field that led into the list it is in, if it is in one. */
interface Point {
  readonly type: string;
  readonly at: Standing;
  readonly resources: readonly string[];
  readonly list?: { readonly from: Point; readonly by: Chosen };
}

const target = (at: Standing) =>
  /^(?:in|near) /.test(at) ? (at.split(' ')[1] ?? '') : at === 'any' ? at : '-';

/** Every leaf on its own, from the query down: no fragments, no sets of types, nothing remembered. Undefined: one has no name. */
function readSlowly(fields: readonly Chosen[]): readonly string[] | undefined {
  const found = new Set<string>();
  let isNamed = true;
  const visit = (from: Point, by: Chosen): void => {
    if (by.to === '') {
      if (from.resources.length === 0) isNamed = false;
      for (const resource of from.resources) found.add(`${resource}:read ${target(from.at)}`);
      return;
    }
    const isSearch = from.type === 'Query' && by.field === 'search';
    if (isSearch) found.add('search:read any');
    const next = schemaType(by.to)?.kind === 'connection' ? toList(from, by) : toObject(from, by);
    for (const inner of by.inner) visit(next, inner);
  };
  for (const chosen of fields) visit({ type: 'Query', at: 'out', resources: [] }, chosen);
  if (!isNamed) return undefined;
  const isBeside = (place: string) =>
    [...found].some((one) => one.endsWith(` ${place}`) && isRepositoryData(one.split(':read ')[0] ?? ''));
  return [...found].filter((one) => !one.startsWith('repos:read ') || !isBeside(one.slice(11)));
}

/** Inside a list, what led to it counts. */
function toList(from: Point, by: Chosen): Point {
  return { ...from, type: by.to, list: from.list ?? { from, by } };
}

function toObject(point: Point, field: Chosen): Point {
  const { from, by } = point.list ?? { from: point, by: field };
  const around = from.type === 'Query' && by.field === 'search' ? ['search'] : from.resources;
  const text = (name: string) => by.args[name];
  const at = follow({ from: from.type, at: from.at, field: by.field, to: field.to, text });
  return { type: field.to, at, resources: resourcesOf(field.to, around) };
}

test('a random query has the actions that reading its leaves one by one finds', async () => {
  let resolved = 0;
  await fc.assert(
    fc.asyncProperty(fc.integer(), async (seed) => {
      const dice = createDice(seed);
      const fields = choose(dice, 'Query', 5);
      const body = write(dice, fields);
      const expected = readSlowly(fields);
      const actual = shown(await resolveJson(body));
      if (expected === undefined) {
        expect(String(actual), body).toMatch(/has no name among the actions$/);
        return;
      }
      resolved += 1;
      expect([...actual].sort(), body).toEqual([...expected].sort());
    }),
    { numRuns: 400 },
  );
  expect(resolved).toBeGreaterThan(200);
});
