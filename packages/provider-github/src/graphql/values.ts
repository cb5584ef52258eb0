import { printable } from '@pai/core';
import type { ArgumentNode, OperationDefinitionNode, ValueNode } from 'graphql/language';
import { unreadable } from './unreadable.ts';

/** The values of an operation's variables by name; one that is declared and has none is undefined. */
export type Variables = ReadonlyMap<string, unknown>;

/** The values that an operation's variables have: those given, else their defaults. Throws `malformed_request` for a name declared twice. */
export function readVariables(
  { variableDefinitions = [] }: OperationDefinitionNode,
  given: Readonly<Record<string, unknown>>,
): Variables {
  const variables = new Map<string, unknown>();
  for (const { variable, defaultValue } of variableDefinitions) {
    const name = variable.name.value;
    if (variables.has(name)) throw unreadable(`the variable ${printable(name)} is declared twice`);
    const fallback = defaultValue === undefined ? undefined : readValue(defaultValue, new Map());
    variables.set(name, Object.hasOwn(given, name) ? given[name] : fallback);
  }
  return variables;
}

/** The value of one argument of a field; undefined when it is not given. Throws `malformed_request` when it is given twice. */
export function argument(
  args: readonly ArgumentNode[] | undefined,
  name: string,
  variables: Variables,
): unknown {
  const [found, ...others] = (args ?? []).filter((argument) => argument.name.value === name);
  if (others.length > 0) throw unreadable(`the argument ${printable(name)} is given twice`);
  return found === undefined ? undefined : readValue(found.value, variables);
}

/** A value with its variables filled in; enum values are strings. Throws `malformed_request` for a variable that is not declared and a key given twice. */
function readValue(node: ValueNode, variables: Variables): unknown {
  switch (node.kind) {
    case 'Variable':
      if (variables.has(node.name.value)) return variables.get(node.name.value);
      throw unreadable(`the variable ${printable(node.name.value)} is not declared`);
    case 'NullValue':
      return null;
    case 'IntValue':
    case 'FloatValue':
      return Number(node.value);
    case 'ListValue':
      return node.values.map((value) => readValue(value, variables));
    case 'ObjectValue': {
      const entries = node.fields.map(
        ({ name, value }) => [name.value, readValue(value, variables)] as const,
      );
      if (new Set(entries.map(([key]) => key)).size !== entries.length) {
        throw unreadable('an input object has a key twice');
      }
      return Object.fromEntries(entries);
    }
    default:
      return node.value;
  }
}

/** Most node ids of one request, as many as GitHub takes in one `nodes(ids:)`. */
export const mostIds = 100;

/** Node ids as GraphQL coerces them: one stands for a list of one, and whole numbers for their digits. Throws `malformed_request` for any other value, and for more than {@link mostIds}. */
export function idsOf(value: unknown): readonly string[] {
  const ids: string[] = [];
  let taken = 0;
  const take = (one: unknown): void => {
    taken += 1;
    if (taken > 4 * mostIds || ids.length > mostIds) throw tooMany();
    if (Array.isArray(one)) for (const inner of one) take(inner);
    else if (typeof one === 'string') ids.push(one);
    else if (typeof one === 'number' && Number.isSafeInteger(one)) ids.push(String(one));
    else if (one !== undefined && one !== null) throw unreadable('a node id is not a string');
  };
  take(value);
  return ids;
}

/** The error for more node ids than one request may name. */
export function tooMany(): Error {
  return unreadable(`the request names more than ${mostIds} nodes; send fewer at a time`);
}
