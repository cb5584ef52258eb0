import { printable } from '@pai/core';
import type { FragmentDefinitionNode, OperationDefinitionNode, parse } from 'graphql/language';
import type { Envelope } from './envelope.ts';
import { unreadable } from './unreadable.ts';
import { readVariables, type Variables } from './values.ts';

/** The operation that a request means, with all it takes to walk it. */
export interface Operation {
  readonly definition: OperationDefinitionNode;
  readonly fragments: ReadonlyMap<string, FragmentDefinitionNode>;
  readonly variables: Variables;
}

/** Far more than any client sends; gh's largest document has about 500. */
const maxTokens = 20_000;

/**
 * Finds the one operation of a request's document that is meant. Throws `malformed_request` when there is no one such
 * operation, or when the document is none (https://spec.graphql.org) or has more than 20,000 tokens.
 */
export async function readOperation({ query, operationName, variables }: Envelope): Promise<Operation> {
  const { parse } = await import('graphql/language/parser.js');
  const { definitions } = parseDocument(parse, query);
  const operations: OperationDefinitionNode[] = [];
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const definition of definitions) {
    if (definition.kind === 'OperationDefinition') operations.push(definition);
    else if (definition.kind !== 'FragmentDefinition') throw unreadable('the document defines types');
    else if (fragments.has(definition.name.value)) throw unreadable('the document has a fragment twice');
    else fragments.set(definition.name.value, definition);
  }
  const definition = pick(operations, operationName);
  return { definition, fragments, variables: readVariables(definition, variables) };
}

/** graphql-ruby, which GitHub is built on, has two lexers: one ends comments at line feeds alone, both end block strings with up to five quotes. */
const ambiguous = /\r(?!\n)|""""/;

function parseDocument(read: typeof parse, query: string): ReturnType<typeof parse> {
  if (ambiguous.test(query)) {
    throw unreadable(
      'the GraphQL document has a carriage return without a line feed, or four quotes in a row, which servers read in two ways; leave them out',
    );
  }
  try {
    return read(query, { noLocation: true, maxTokens });
  } catch (thrown) {
    // Nesting that is deeper than the stack ends here too.
    const why = thrown instanceof RangeError ? 'it is nested too deeply' : printable(sentenceOf(thrown));
    throw unreadable(`the GraphQL document cannot be read: ${why}`);
  }
}

function sentenceOf(thrown: unknown): string {
  const [line = ''] = (thrown as Error).message.split('\n');
  return line.slice(0, 120);
}

function pick(
  operations: readonly OperationDefinitionNode[],
  wanted: string | undefined,
): OperationDefinitionNode {
  const named = operations.filter(({ name }) => wanted === undefined || name?.value === wanted);
  const [only, ...others] = named;
  if (only === undefined) {
    const what = wanted === undefined ? 'no operation' : `no operation ${printable(wanted)}`;
    throw unreadable(`the document has ${what}`);
  }
  if (others.length > 0) throw unreadable('the document has several operations; name one in operationName');
  return only;
}
