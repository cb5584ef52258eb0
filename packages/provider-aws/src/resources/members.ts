import { fieldKey } from '@pai/core';
import { memberOf } from '../member.ts';
import type { ResourceMember } from '../model.ts';
import type { Input } from '../reading.ts';

/** The values that a request gives the members of one rule: one text a variable. */
export type Values = Readonly<Record<string, string>>;

/** What a request gives: for each element of a list its own values; `odd` where what stands there is no text. */
export type Given = readonly (Values | 'odd')[];

/** Reads the members of one rule; `content` is the value of the input's content. */
export type MemberReader = (input: Input, content: unknown) => Given;

/**
 * Compiles the members of a rule. Members below the same list go together, an element at a time, also where an element
 * has none of them.
 */
export function compileMembers(members: readonly ResourceMember[]): MemberReader {
  const named = compileSpelling(members, ({ name }) => name);
  if (members.every(({ form }) => form === undefined)) return named;
  const formed = compileSpelling(members, ({ name, form }) => form ?? name);
  return (input, content) => {
    // A list of one protocol is no list of the other.
    const all = [named(input, content), formed(input, content)];
    const read = all.filter(
      (given) => !given.includes('odd') && given.some((values) => Object.keys(values).length > 0),
    );
    return (read.length > 0 ? read : all).flat();
  };
}

function compileSpelling(
  members: readonly ResourceMember[],
  spell: (member: ResourceMember) => string,
): MemberReader {
  const outside = members.filter(({ place }) => place !== 'body');
  const inside = members.filter(({ place }) => place === 'body');
  if (inside.length === 0) return (input) => product(outside.map((member) => outsideContent(member, input)));
  const tree = treeOf(inside.map((member) => [member.variable, stepsOf(spell(member))]));
  if (outside.length === 0) return (_input, content) => inValue(tree, content);
  return (input, content) =>
    product([...outside.map((member) => outsideContent(member, input)), inValue(tree, content)]);
}

function outsideContent({ variable, place, name }: ResourceMember, input: Input): Given {
  const isList = name.endsWith('[]');
  const found = valuesOf(place, isList ? name.slice(0, -2) : name, input);
  if (found.length === 0) return nothing;
  if (found.length > 1 && !isList) return ['odd'];
  return found.map((value) => (value === '' ? 'odd' : { [variable]: value }));
}

const nothing: Given = [{}];

function valuesOf(
  place: ResourceMember['place'],
  name: string,
  { labels, query, headers }: Input,
): readonly string[] {
  if (place === 'label') return [labels.get(name) ?? []].flat();
  if (place === 'query') return query.filter(([key]) => key === name).map(([, value]) => value);
  const key = fieldKey(name);
  return headers.filter((_, i) => i % 2 === 1 && fieldKey(headers[i - 1] ?? '') === key);
}

/** Where the variables stand, by the steps that lead there. */
interface Tree {
  readonly variables: string[];
  readonly below: Map<string, Tree>;
}

/** `Entries[].Id` is `Entries`, `[]`, `Id`. */
function stepsOf(path: string): string[] {
  return path.split('.').flatMap((part) => part.split(/(?=\[\]|\{\})/));
}

function treeOf(paths: readonly (readonly [variable: string, steps: readonly string[]])[]): Tree {
  const root: Tree = { variables: [], below: new Map() };
  for (const [variable, steps] of paths) {
    let tree = root;
    for (const step of steps) {
      const next = tree.below.get(step) ?? { variables: [], below: new Map() };
      tree.below.set(step, next);
      tree = next;
    }
    tree.variables.push(variable);
  }
  return root;
}

function inValue({ variables, below }: Tree, value: unknown): Given {
  const [variable, ...others] = variables;
  if (variable !== undefined) {
    if (typeof value !== 'string' || value === '') return ['odd'];
    return [
      others.length === 0 ? { [variable]: value } : Object.fromEntries(variables.map((one) => [one, value])),
    ];
  }
  const found: Given[] = [];
  for (const [step, next] of below) found.push(inStep(step, next, value));
  return product(found);
}

function inStep(step: string, next: Tree, value: unknown): Given {
  if (step === '[]') return Array.isArray(value) ? value.flatMap((item) => inValue(next, item)) : ['odd'];
  if (value === undefined && step !== '{}') return nothing;
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return ['odd'];
  if (step === '{}') return Object.keys(value).flatMap((key) => inValue(next, key));
  const member = memberOf(value, step);
  return member === undefined || member === null ? nothing : inValue(next, member);
}

/** Every choice of one of each. */
function product(choices: readonly Given[]): Given {
  const [first = nothing, ...others] = choices;
  return others.reduce<Given>(
    (before, next) =>
      before.flatMap((values) =>
        next.map((more) => (values === 'odd' || more === 'odd' ? 'odd' : { ...values, ...more })),
      ),
    first,
  );
}
